using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace MailOps.Server.Tracking;

/// <summary>
/// A row as a line of text: columns parted by tabs, a backslash before what cannot stand in one (<c>\t \n \r \\</c> and <c>\uXXXX</c>), and a
/// dot as the last column, so that a line that was torn is none.
/// </summary>
internal static class TrackingLine
{
    /// <summary>The columns, in their order.</summary>
    public const string Names = "time\tevent\tid\tmessage-id\tsender\trecipients\tsize\tsource\tconnector\tpeer\taddress\tstatus\tdelay\ttook\treference\taccount\tsubject\tend";

    /// <summary>Octets of the time at a line's beginning, which sorts as text.</summary>
    public const int TimeLength = 24;

    /// <summary>How many columns there are.</summary>
    public const int ColumnCount = 18;

    /// <summary>What a file begins with; a line that begins so is no row.</summary>
    public const string Head = "# MailOps tracking log 1: a row a line, columns parted by tabs, times in UTC, delays in seconds\n# " + Names + "\n";

    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
    private const int MostOfText = 1024;
    private const int MostOfSubject = 256;

    /// <summary>Appends the line of a row.</summary>
    /// <param name="line">Gets it.</param>
    /// <param name="row">The row.</param>
    /// <param name="time">The time that it is told with.</param>
    public static void Write(StringBuilder line, MailTrackingEntry row, DateTimeOffset time)
    {
        line.Append(TimeText(time)).Append('\t').Append(row.EventId);
        Add(line, row.Id, MostOfText);
        Add(line, row.MessageId, MostOfText);
        Add(line, row.Sender, MostOfText);
        line.Append('\t');
        for (var i = 0; i < row.Recipients.Length; i++)
        {
            if (i > 0)
                line.Append(';');
            Escape(line, row.Recipients[i], MostOfText, isInList: true);
        }

        line.Append('\t').Append(row.TotalBytes?.ToString(CultureInfo.InvariantCulture));
        Add(line, row.Source, MostOfText);
        Add(line, row.ConnectorId, MostOfText);
        Add(line, row.PeerName, MostOfText);
        Add(line, row.PeerAddress, MostOfText);
        Add(line, row.Status, MostOfText);
        line.Append('\t').Append(Seconds(row.MessageLatency)).Append('\t').Append(Seconds(row.Duration));
        Add(line, row.Reference, MostOfText);
        Add(line, row.Account, MostOfText);
        Add(line, row.MessageSubject, MostOfSubject);
        line.Append("\t.\n");
    }

    /// <summary>Finds the columns of a line.</summary>
    /// <param name="line">The line without its end.</param>
    /// <param name="columns">Gets where each is; <see cref="ColumnCount"/> places.</param>
    /// <returns>False if it is no whole row.</returns>
    public static bool TrySplit(ReadOnlySpan<byte> line, Span<Range> columns)
    {
        if (!line.EndsWith("\t."u8) || line[0] == '#')
            return false;
        var (start, count) = (0, 0);
        while (count < ColumnCount)
        {
            var length = line[start..].IndexOf((byte)'\t');
            columns[count++] = length < 0 ? start..line.Length : start..(start + length);
            if (length < 0)
                break;
            start += length + 1;
        }

        return count == ColumnCount && columns[^1].End.Value == line.Length && columns[0].End.Value == TimeLength;
    }

    /// <summary>Reads a row.</summary>
    /// <returns>Null if the line is no whole one.</returns>
    public static MailTrackingEntry? TryRead(ReadOnlySpan<byte> line)
    {
        Span<Range> columns = stackalloc Range[ColumnCount];
        if (!TrySplit(line, columns) || !TryTime(line[columns[0]], out var time))
            return null;
        var recipients = line[columns[5]];
        return new MailTrackingEntry
        {
            Timestamp = time,
            EventId = Text(line[columns[1]]) ?? "",
            Id = Text(line[columns[2]]) ?? "",
            MessageId = Text(line[columns[3]]),
            Sender = Text(line[columns[4]]) ?? "",
            Recipients = recipients.IsEmpty ? [] : [.. Encoding.UTF8.GetString(recipients).Split(';').Select(Unescape)],
            TotalBytes = Utf8Parser.TryParse(line[columns[6]], out long size, out _) ? size : null,
            Source = Text(line[columns[7]]) ?? "",
            ConnectorId = Text(line[columns[8]]),
            PeerName = Text(line[columns[9]]),
            PeerAddress = Text(line[columns[10]]),
            Status = Text(line[columns[11]]),
            MessageLatency = Span(line[columns[12]]),
            Duration = Span(line[columns[13]]),
            Reference = Text(line[columns[14]]),
            Account = Text(line[columns[15]]),
            MessageSubject = Text(line[columns[16]]),
        };
    }

    /// <summary>The time as it stands in a line.</summary>
    public static string TimeText(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    /// <summary>Reads the time at a line's beginning.</summary>
    public static bool TryTime(ReadOnlySpan<byte> text, out DateTimeOffset time)
    {
        time = default;
        if (text.Length < TimeLength)
            return false;
        Span<char> chars = stackalloc char[TimeLength];
        return Ascii.ToUtf16(text[..TimeLength], chars, out _) is OperationStatus.Done
            && DateTimeOffset.TryParseExact(chars, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);
    }

    /// <summary>True for what a column cannot hold as it is, or what would be read otherwise than it stands there: control characters, and those that turn the direction of a line.</summary>
    public static bool IsEscaped(char c) => c is '\\' or < ' ' or (>= '\x7f' and <= '\x9f') or (>= '\u2028' and <= '\u202e') or (>= '\u2066' and <= '\u2069');

    /// <summary>Takes the escapes out.</summary>
    public static string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
            return text;
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i == text.Length - 1)
            {
                plain.Append(text[i]);
                continue;
            }

            i++;
            if (text[i] == 'u' && i + 4 < text.Length && ushort.TryParse(text.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
            {
                plain.Append((char)code);
                i += 4;
            }
            else
            {
                plain.Append(text[i] switch { 't' => '\t', 'n' => '\n', 'r' => '\r', var other => other });
            }
        }

        return plain.ToString();
    }

    private static void Add(StringBuilder line, string? text, int most)
    {
        line.Append('\t');
        Escape(line, text, most, isInList: false);
    }

    private static void Escape(StringBuilder line, string? text, int most, bool isInList)
    {
        if (text is null)
            return;
        text = text.Length > most ? text[..most] : text;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsSurrogate(c))
                line.Append(IsOfPair(text, i) ? c : '\ufffd');
            else if (!IsEscaped(c) && !(isInList && c == ';'))
                line.Append(c);
            else
                _ = c switch { '\\' => line.Append("\\\\"), '\t' => line.Append("\\t"), '\n' => line.Append("\\n"), '\r' => line.Append("\\r"), _ => line.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") };
        }
    }

    // A half alone, where a text was cut or was never whole, is nothing in UTF-8.
    private static bool IsOfPair(string text, int i) =>
        char.IsHighSurrogate(text[i]) ? i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]) : i > 0 && char.IsHighSurrogate(text[i - 1]);

    private static string Seconds(TimeSpan? time) => time is { } span ? Math.Max(0, span.TotalSeconds).ToString("0.###", CultureInfo.InvariantCulture) : "";

    private static string? Text(ReadOnlySpan<byte> column) => column.IsEmpty ? null : Unescape(Encoding.UTF8.GetString(column));

    private static TimeSpan? Span(ReadOnlySpan<byte> column) =>
        Utf8Parser.TryParse(column, out double seconds, out var used) && used == column.Length && seconds is >= 0 and < 1e9 ? TimeSpan.FromSeconds(seconds) : null;
}
