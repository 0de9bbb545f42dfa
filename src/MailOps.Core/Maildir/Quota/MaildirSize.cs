using System.Globalization;
using System.Text;

namespace MailOps.Maildir.Quota;

/// <summary>
/// The content of <c>maildirsize</c> (Maildir++): a line with the limits (<c>1000000S,500C</c>), then lines <c>octets messages</c> that add up to
/// what the Maildir holds. Every program appends what it adds or takes away.
/// </summary>
/// <param name="Limit">The limits of the first line.</param>
/// <param name="Bytes">The sum of the octets.</param>
/// <param name="Messages">The sum of the messages.</param>
/// <param name="Lines">How many lines follow the first.</param>
internal readonly record struct MaildirSize(MailQuota Limit, long Bytes, long Messages, int Lines)
{
    internal const string FileName = "maildirsize";

    /// <summary>A file of this length is written anew (Maildir++: when it reaches 5120 octets).</summary>
    internal const int Longest = 5120;

    // No number and no sum is larger, so that the sums of a file that is not too long stay in their type.
    private const long Most = long.MaxValue / 4096;

    /// <summary>Null for a file that is damaged or too long: what the Maildir holds has to be counted. A last line without its end is still being written.</summary>
    internal static MaildirSize? Parse(ReadOnlySpan<byte> octets)
    {
        var end = octets.LastIndexOf((byte)'\n');
        if (end < 0 || octets.Length >= Longest || octets.Contains((byte)0))
            return null;
        var lines = Encoding.ASCII.GetString(octets[..end]).Split('\n');
        var (bytes, messages) = (0L, 0L);
        foreach (var line in lines.AsSpan(1))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length != 2 || !TryNumber(fields[0], out var octetsAdded) || !TryNumber(fields[1], out var messagesAdded))
                return null;
            bytes += octetsAdded;
            messages += messagesAdded;
        }

        return bytes is < 0 or > Most || messages is < 0 or > Most ? null : new MaildirSize(LimitIn(lines[0]), bytes, messages, lines.Length - 1);
    }

    /// <summary>The limits of a file, whatever follows them; those of an empty or foreign first line are none.</summary>
    internal static MailQuota LimitOf(ReadOnlySpan<byte> octets)
    {
        var end = octets.IndexOf((byte)'\n');
        return end < 0 ? new MailQuota() : LimitIn(Encoding.ASCII.GetString(octets[..end]));
    }

    /// <summary>A file with one sum. No limit is <c>0S</c>.</summary>
    internal static byte[] Format(MailQuota limit, long bytes, long messages)
    {
        var text = new StringBuilder();
        if (limit.Bytes is not null || limit.Messages is null)
            text.Append(CultureInfo.InvariantCulture, $"{limit.Bytes ?? 0}S");
        if (limit.Messages is { } most)
            text.Append(CultureInfo.InvariantCulture, $"{(text.Length > 0 ? "," : "")}{most}C");
        return Encoding.ASCII.GetBytes(text.Append(CultureInfo.InvariantCulture, $"\n{bytes} {messages}\n").ToString());
    }

    /// <summary>A line to append.</summary>
    internal static byte[] FormatLine(long bytes, long messages) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{bytes} {messages}\n"));

    // Zero means no limit, in this file.
    private static MailQuota LimitIn(string line)
    {
        long? bytes = null;
        long? messages = null;
        foreach (var field in line.Split(','))
        {
            if (field.Length < 2 || !TryNumber(field.AsSpan(0, field.Length - 1), out var value) || value <= 0)
                continue;
            if (field[^1] == 'S')
                bytes = value;
            else if (field[^1] == 'C')
                messages = value;
        }

        return new MailQuota(bytes, messages);
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out long number) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number) && number is >= -Most and <= Most;
}
