using System.Globalization;
using System.Text;

namespace MailOps.Client.Mailboxes.Wire;

/// <summary>Sets of UIDs in text: <c>1:3,7</c> (RFC 9051 section 9, <c>sequence-set</c>).</summary>
internal static class UidText
{
    /// <summary>The shortest text for UIDs that ascend.</summary>
    public static string Of(IReadOnlyList<uint> uids)
    {
        var text = new StringBuilder();
        for (var i = 0; i < uids.Count;)
        {
            var first = i;
            do
                i++;
            while (i < uids.Count && uids[i] == uids[i - 1] + 1);
            text.Append(text.Length > 0 ? "," : "").Append(CultureInfo.InvariantCulture, $"{uids[first]}");
            if (i - first > 1)
                text.Append(CultureInfo.InvariantCulture, $":{uids[i - 1]}");
        }

        return text.ToString();
    }

    /// <summary>The UIDs of a text, in its order; null if it is none, or has more than a mailbox can.</summary>
    /// <param name="text">The text.</param>
    /// <param name="most">How many there can be.</param>
    public static List<uint>? Parse(string text, int most)
    {
        var uids = new List<uint>();
        foreach (var range in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = range.IndexOf(':', StringComparison.Ordinal);
            if (!uint.TryParse(colon < 0 ? range : range[..colon], NumberStyles.None, CultureInfo.InvariantCulture, out var a)
                || !uint.TryParse(range[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var b)
                || Math.Max(a, b) - (long)Math.Min(a, b) >= most - uids.Count)
            {
                return null;
            }

            // Both orders mean the same, and are told upwards (RFC 9051 section 9, seq-range).
            for (var uid = Math.Min(a, b); ; uid++)
            {
                uids.Add(uid);
                if (uid == Math.Max(a, b))
                    break;
            }
        }

        return uids;
    }
}
