using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using MailOps.Maildir;

namespace MailOps.Server.Imap;

/// <summary>Writes many small pieces into the connection's buffer, asking for room a page at a time. <see cref="Close"/> hands over what was written.</summary>
/// <remarks>What runs once for each message of a large folder is compiled at its best at once: the first session would otherwise wait for code that is tried out.</remarks>
/// <param name="output">The connection's buffer.</param>
/// <param name="hasUtf8">True if quoted strings may be in UTF-8.</param>
internal ref struct ReplySpan(PipeWriter output, bool hasUtf8)
{
    private const int Page = 4096;

    // What is left of a buffer is not thrown away for the sake of a whole page.
    private const int Least = 256;

    // What a quoted string carries as it is (RFC 3501 section 9, quoted).
    private static readonly SearchValues<byte> Plain = SearchValues.Create(
        [.. Enumerable.Range(1, 127).Where(octet => octet is not ('\r' or '\n' or '"' or '\\')).Select(octet => (byte)octet)]);

    private const int LongestNumber = 20;

    private static readonly (SystemFlags Flag, byte[] Name)[] Named =
    [
        (SystemFlags.Answered, "\\Answered"u8.ToArray()),
        (SystemFlags.Flagged, "\\Flagged"u8.ToArray()),
        (SystemFlags.Deleted, "\\Deleted"u8.ToArray()),
        (SystemFlags.Seen, "\\Seen"u8.ToArray()),
        (SystemFlags.Draft, "\\Draft"u8.ToArray()),
    ];

    private Span<byte> _room = output.GetSpan(Least);
    private int _length;

    /// <summary>Octets as they are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Raw(scoped ReadOnlySpan<byte> octets)
    {
        if (_room.Length - _length < octets.Length)
            Ask(octets.Length);
        octets.CopyTo(_room[_length..]);
        _length += octets.Length;
    }

    /// <summary>A number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Number(long number)
    {
        if (_room.Length - _length < LongestNumber)
            Ask(LongestNumber);
        Utf8Formatter.TryFormat(number, _room[_length..], out var written);
        _length += written;
    }

    /// <summary>A parenthesised list of flags.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Flags(MessageFlagSet flags, bool recent)
    {
        Raw("("u8);
        var start = true;
        if (recent)
            Flag("\\Recent"u8, ref start);
        if (flags.System != SystemFlags.None)
        {
            foreach (var (flag, name) in Named)
            {
                if ((flags.System & flag) != SystemFlags.None)
                    Flag(name, ref start);
            }
        }

        foreach (var keyword in flags.Keywords)
            Flag(Encoding.ASCII.GetBytes(keyword), ref start);
        Raw(")"u8);
    }

    /// <summary>A string in UTF-8, or NIL: what <see cref="ImapReplyWriter.NString"/> writes.</summary>
    public void NString(ReadOnlySpan<byte> text, bool isThere)
    {
        if (!isThere)
        {
            Raw("NIL"u8);
            return;
        }

        if (text.Length > 1000 || text.IndexOfAnyExcept(Plain) >= 0)
        {
            Unusual(text);
            return;
        }

        if (_room.Length - _length < text.Length + 2)
            Ask(text.Length + 2);
        var room = _room[_length..];
        room[0] = (byte)'"';
        text.CopyTo(room[1..]);
        room[text.Length + 1] = (byte)'"';
        _length += text.Length + 2;
    }

    /// <summary>Hands over what was written.</summary>
    public void Close()
    {
        output.Advance(_length);
        _room = default;
        _length = 0;
    }

    private void Flag(ReadOnlySpan<byte> name, ref bool isFirst)
    {
        if (!isFirst)
            Raw(" "u8);
        isFirst = false;
        Raw(name);
    }

    private void Unusual(ReadOnlySpan<byte> text)
    {
        if (text.Length > 1000 || text.ContainsAny((byte)0, (byte)'\r', (byte)'\n') || (text.ContainsAnyInRange((byte)0x80, (byte)0xff) && !(hasUtf8 && System.Text.Unicode.Utf8.IsValid(text))))
        {
            Literal(text);
            return;
        }

        Raw("\""u8);
        foreach (var octet in text)
        {
            if (octet is (byte)'"' or (byte)'\\')
                Raw("\\"u8);
            Raw([octet]);
        }

        Raw("\""u8);
    }

    // A literal carries any octet but NUL.
    private void Literal(ReadOnlySpan<byte> text)
    {
        Span<byte> size = stackalloc byte[20];
        Utf8Formatter.TryFormat(text.Length - text.Count((byte)0), size, out var digits);
        Raw("{"u8);
        Raw(size[..digits]);
        Raw("}\r\n"u8);
        while (text.IndexOf((byte)0) is >= 0 and var zero)
        {
            Raw(text[..zero]);
            text = text[(zero + 1)..];
        }

        Raw(text);
    }

    private void Ask(int count)
    {
        output.Advance(_length);
        _length = 0;
        _room = output.GetSpan(Math.Max(count, Page));
    }
}
