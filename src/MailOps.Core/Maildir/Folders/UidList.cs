using System.Buffers.Text;
using System.Globalization;
using System.Text;
using MailOps.Maildir.Names;

namespace MailOps.Maildir.Folders;

/// <summary>A line of the list: a UID and the message it belongs to.</summary>
/// <param name="Uid">The UID.</param>
/// <param name="Base">The message's file name without info.</param>
/// <param name="SizeAsSent">The octets as sent (Dovecot's <c>W</c> field), or -1 where the name tells.</param>
/// <param name="Extensions">Other fields as they were read, which other programs use.</param>
internal readonly record struct UidLine(uint Uid, string Base, long SizeAsSent, string Extensions);

/// <summary>
/// The content of <c>dovecot-uidlist</c>, version 3: a header <c>3 V&lt;uidvalidity&gt; N&lt;next uid&gt; G&lt;guid&gt;</c>, then a line
/// <c>uid [fields] :name</c> for each message, ascending. Lines may have been appended since the header was written.
/// </summary>
internal sealed class UidList
{
    internal const string FileName = "dovecot-uidlist";

    private UidList()
    {
    }

    internal uint UidValidity { get; private set; }

    internal uint NextUid { get; private set; }

    internal string Guid { get; private set; } = "";

    internal List<UidLine> Lines { get; } = [];

    /// <summary>True if nothing in it can be trusted: the folder needs a new UIDVALIDITY.</summary>
    internal bool IsDamaged { get; private set; }

    /// <summary>Octets up to the end of the last whole line. What follows is a line that somebody is writing, or that a crash cut.</summary>
    internal int WholeLength { get; private set; }

    internal static UidList Parse(ReadOnlySpan<byte> octets)
    {
        var list = new UidList();
        var end = octets.IndexOf((byte)'\n');
        if (end < 0 || !list.ParseHeader(octets[..end]))
        {
            list.IsDamaged = true;
            return list;
        }

        list.WholeLength = end + 1;
        list.ParseLines(octets[(end + 1)..]);
        return list;
    }

    /// <summary>Parses lines that were appended to a list that is known up to there.</summary>
    internal static UidList ParseAppended(ReadOnlySpan<byte> octets, uint lastUid)
    {
        var list = new UidList { NextUid = lastUid + 1 };
        list.ParseLines(octets, lastUid);
        return list;
    }

    internal static byte[] Format(uint uidValidity, uint nextUid, string guid, IEnumerable<UidLine> lines)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"3 V{uidValidity} N{nextUid} G{guid}\n");
        AppendLines(text, lines);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    internal static byte[] FormatLines(IEnumerable<UidLine> lines)
    {
        var text = new StringBuilder();
        AppendLines(text, lines);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void AppendLines(StringBuilder text, IEnumerable<UidLine> lines)
    {
        foreach (var line in lines)
        {
            text.Append(CultureInfo.InvariantCulture, $"{line.Uid}");
            if (line.SizeAsSent >= 0 && MessageFileName.SizeIn(line.Base, 'W') < 0)
                text.Append(CultureInfo.InvariantCulture, $" W{line.SizeAsSent}");
            if (line.Extensions.Length > 0)
                text.Append(' ').Append(line.Extensions);
            text.Append(" :").Append(line.Base).Append('\n');
        }
    }

    private bool ParseHeader(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith("3 "u8))
        {
            foreach (var range in line[2..].Split((byte)' '))
            {
                var field = line[2..][range];
                if (field.IsEmpty)
                    continue;
                var value = field[1..];
                switch (field[0])
                {
                    case (byte)'V' when TryNumber(value, out var validity):
                        UidValidity = validity;
                        break;
                    case (byte)'N' when TryNumber(value, out var next):
                        NextUid = next;
                        break;
                    case (byte)'G' when IsGuid(value):
                        Guid = Encoding.ASCII.GetString(value);
                        break;
                    case (byte)'V' or (byte)'N' or (byte)'G':
                        return false;
                }
            }
        }

        return UidValidity > 0 && NextUid > 0;
    }

    private void ParseLines(ReadOnlySpan<byte> octets, uint last = 0)
    {
        while (!octets.IsEmpty)
        {
            var end = octets.IndexOf((byte)'\n');
            if (end < 0)
                return;
            if (!TryLine(octets[..end], out var line) || line.Uid <= last || line.Uid == uint.MaxValue)
            {
                IsDamaged = true;
                return;
            }

            last = line.Uid;
            Lines.Add(line);
            WholeLength += end + 1;
            octets = octets[(end + 1)..];
            if (last >= NextUid)
                NextUid = last + 1;
        }
    }

    private static bool TryLine(ReadOnlySpan<byte> octets, out UidLine line)
    {
        line = default;
        if (!Utf8Parser.TryParse(octets, out uint uid, out var used) || uid == 0 || octets[0] is (byte)'0' or (byte)'+')
            return false;
        var rest = octets[used..];
        var size = -1L;
        var extensions = "";
        while (true)
        {
            if (rest.Length < 3 || rest[0] != ' ')
                return false;
            rest = rest[1..];
            if (rest[0] == ':')
                break;
            var end = rest.IndexOf((byte)' ');
            if (end < 2 || rest[0] is not (>= (byte)'A' and <= (byte)'Z'))
                return false;
            if (rest[0] == 'W' && Utf8Parser.TryParse(rest[1..end], out long asSent, out var digits) && digits == end - 1 && asSent >= 0)
                size = asSent;
            else
                extensions += (extensions.Length == 0 ? "" : " ") + Encoding.UTF8.GetString(rest[..end]);
            rest = rest[end..];
        }

        var name = rest[1..];
        if (name.ContainsAny((byte)'/', (byte)0))
            return false;
        var text = Encoding.UTF8.GetString(name);
        line = new UidLine(uid, text[..MessageFileName.InfoStart(text)], size, extensions);
        return line.Base.Length > 0;
    }

    private static bool TryNumber(ReadOnlySpan<byte> digits, out uint number) =>
        Utf8Parser.TryParse(digits, out number, out var used) && used == digits.Length && number > 0 && digits[0] != '+';

    private static bool IsGuid(ReadOnlySpan<byte> value) => value.Length == 32 && !value.ContainsAnyExcept("0123456789abcdef"u8);
}
