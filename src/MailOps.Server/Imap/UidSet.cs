using System.Globalization;
using System.Text;

namespace MailOps.Server.Imap;

/// <summary>Writes UIDs as a set, runs joined: <c>4:7,9</c>. The order is kept, so that the sets of COPYUID match one to one.</summary>
internal static class UidSet
{
    public static string Format(IReadOnlyList<uint> uids)
    {
        var text = new StringBuilder();
        for (var i = 0; i < uids.Count;)
        {
            var end = i;
            while (end + 1 < uids.Count && uids[end + 1] == uids[end] + 1)
                end++;
            if (text.Length > 0)
                text.Append(',');
            text.Append(CultureInfo.InvariantCulture, $"{uids[i]}");
            if (end > i)
                text.Append(CultureInfo.InvariantCulture, $":{uids[end]}");
            i = end + 1;
        }

        return text.ToString();
    }
}
