using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using MailOps.Maildir.Names;

namespace MailOps.Maildir.Folders;

/// <summary>A line of the list: a UID and the message it belongs to.</summary>
/// <param name="Uid">The UID.</param>
/// <param name="Base">The message's file name without info.</param>
/// <param name="SizeAsSent">The octets as sent (Dovecot's <c>W</c> field), or -1 where the name tells.</param>
/// <param name="Extensions">Other fields as they were read, which other programs use.</param>
internal readonly record struct UidLine(uint Uid, MessageName Base, long SizeAsSent, string Extensions);

/// <summary>
/// The content of <c>dovecot-uidlist</c>, version 3: a header <c>3 V&lt;uidvalidity&gt; N&lt;next uid&gt; G&lt;guid&gt;</c>, then a line
/// <c>uid [fields] :name</c> for each message, ascending. Lines may have been appended since the header was written.
/// </summary>
internal sealed class UidList
{
    internal const string FileName = "dovecot-uidlist";

    // What file systems take in one name, with room for the larger ones.
    private const int LongestName = 1024;

    private UidList()
    {
    }

    internal uint UidValidity { get; private set; }

    internal uint NextUid { get; private set; }

    internal string Guid { get; private set; } = "";

    internal List<UidLine> Lines { get; } = [];

    /// <summary>True if nothing in it can be trusted: the folder needs a new UIDVALIDITY.</summary>
    internal bool IsDamaged { get; private set; }

    /// <summary>True if its damage is not what a cut of the power leaves, which is zeros or nothing.</summary>
    internal bool IsGarbled { get; private set; }

    /// <summary>Octets up to the end of the last whole line. What follows is a line that somebody is writing, or that a crash cut.</summary>
    internal int WholeLength { get; private set; }

    /// <summary>Parses a list. The names of its lines stay where they are in the octets.</summary>
    internal static UidList Parse(byte[] octets)
    {
        var list = new UidList();
        var end = octets.AsSpan().IndexOf((byte)'\n');
        if (end < 0 || !list.ParseHeader(octets.AsSpan(0, end)))
        {
            list.IsDamaged = true;
            return list;
        }

        list.WholeLength = end + 1;
        list.ParseLines(octets, end + 1);
        return list;
    }

    /// <summary>Takes the lines up to the damage for all there are, under a next UID that is known from elsewhere.</summary>
    internal void CutAt(uint nextUid)
    {
        IsDamaged = false;
        NextUid = Math.Max(NextUid, nextUid);
    }

    internal static byte[] Format(uint uidValidity, uint nextUid, string guid, IEnumerable<UidLine> lines)
    {
        var octets = new ArrayBufferWriter<byte>(64 * 1024);
        octets.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"3 V{uidValidity} N{nextUid} G{guid}\n")));
        Write(octets, lines);
        return octets.WrittenSpan.ToArray();
    }

    internal static byte[] FormatLines(IEnumerable<UidLine> lines)
    {
        var octets = new ArrayBufferWriter<byte>();
        Write(octets, lines);
        return octets.WrittenSpan.ToArray();
    }

    private static void Write(ArrayBufferWriter<byte> octets, IEnumerable<UidLine> lines)
    {
        foreach (var line in lines)
        {
            WriteNumber(octets, line.Uid);
            if (line.SizeAsSent >= 0 && line.Base.SizeIn('W') < 0)
            {
                octets.Write(" W"u8);
                WriteNumber(octets, line.SizeAsSent);
            }

            if (line.Extensions.Length > 0)
            {
                octets.Write(" "u8);
                octets.Write(Encoding.UTF8.GetBytes(line.Extensions));
            }

            octets.Write(" :"u8);
            octets.Write(line.Base.Octets);
            octets.Write("\n"u8);
        }
    }

    private static void WriteNumber(ArrayBufferWriter<byte> octets, long number)
    {
        Utf8Formatter.TryFormat(number, octets.GetSpan(20), out var written);
        octets.Advance(written);
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ParseLines(byte[] octets, int at)
    {
        var last = 0u;
        while (at < octets.Length)
        {
            var length = octets.AsSpan(at).IndexOf((byte)'\n');
            if (length < 0)
                return;
            if (!TryLine(octets, at, length, out var line) || line.Uid <= last || line.Uid == uint.MaxValue)
            {
                IsDamaged = true;
                IsGarbled = !octets.AsSpan(at, length).Contains((byte)0);
                return;
            }

            last = line.Uid;
            Lines.Add(line);
            at += length + 1;
            WholeLength = at;
            if (last >= NextUid)
                NextUid = last + 1;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool TryLine(byte[] octets, int start, int length, out UidLine line)
    {
        line = default;
        var whole = octets.AsSpan(start, length);
        if (!Utf8Parser.TryParse(whole, out uint uid, out var used) || uid == 0 || whole[0] is (byte)'0' or (byte)'+')
            return false;
        ReadOnlySpan<byte> rest = whole[used..];
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
        var info = name.IndexOf((byte)MessageFileName.InfoSeparator);
        var baseLength = info < 0 ? name.Length : info;
        line = new UidLine(uid, new MessageName(octets, start + length - name.Length, baseLength), size, extensions);
        return baseLength is > 0 and <= LongestName;
    }

    private static bool TryNumber(ReadOnlySpan<byte> digits, out uint number) =>
        Utf8Parser.TryParse(digits, out number, out var used) && used == digits.Length && number > 0 && digits[0] != '+';

    private static bool IsGuid(ReadOnlySpan<byte> value) => value.Length == 32 && !value.ContainsAnyExcept("0123456789abcdef"u8);
}
