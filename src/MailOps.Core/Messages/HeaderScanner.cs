using System.Buffers;

namespace MailOps.Messages;

/// <summary>
/// Goes through the fields of a header as RFC 5322 section 2.2 has it: names of printable characters, a colon, folded lines, an
/// empty line at the end. What is not like that is odd, and MimeKit's to make sense of. No octet is copied.
/// </summary>
/// <param name="header">A message from its first octet on, line ends as CRLF.</param>
internal ref struct HeaderScanner(ReadOnlySpan<byte> header)
{
    private static readonly SearchValues<byte> NameOctets = SearchValues.Create(
        [.. Enumerable.Range('!', '~' - '!' + 1).Where(octet => octet != ':').Select(octet => (byte)octet)]);

    private readonly ReadOnlySpan<byte> _header = header;
    private int _at;
    private int _colon;
    private int _end;

    /// <summary>Octets up to the field after the one at hand; after the last field, of the whole header with its empty line.</summary>
    public readonly int Passed => _end;

    /// <summary>True if the scan ended at something that is no ordinary header.</summary>
    public bool IsOdd { get; private set; }

    /// <summary>The field's name as it is written.</summary>
    public readonly ReadOnlySpan<byte> Name => _header[_at.._colon];

    /// <summary>What follows the colon, folded, with the last line end.</summary>
    public readonly ReadOnlySpan<byte> Value => _header[(_colon + 1).._end];

    /// <summary>The whole field.</summary>
    public readonly ReadOnlySpan<byte> Line => _header[_at.._end];

    /// <summary>Goes on to the next field.</summary>
    /// <returns>False at the end, and at what is odd.</returns>
    public bool MoveNext()
    {
        _at = _end;
        var rest = _header[_at..];
        if (rest.StartsWith("\r\n"u8))
        {
            _end += 2;
            return false;
        }

        var name = rest.IndexOfAnyExcept(NameOctets);
        if (name <= 0 || rest[name] != (byte)':')
            return Odd();
        var end = name + 1;
        while (true)
        {
            var lineFeed = rest[end..].IndexOf((byte)'\n');
            if (lineFeed < 0)
                return Odd();
            end += lineFeed + 1;
            // A header that is not all there yet may go on with a folded line.
            if (end == rest.Length)
                return Odd();
            if (rest[end] is not ((byte)' ' or (byte)'\t'))
                break;
        }

        _colon = _at + name;
        _end = _at + end;
        return true;
    }

    /// <summary>Where a header with its empty line ends, whatever its line ends are; -1 if it does not.</summary>
    public static int EndOfHeader(ReadOnlySpan<byte> octets)
    {
        if (octets.StartsWith("\r\n"u8))
            return 2;
        if (octets.StartsWith("\n"u8))
            return 1;
        var end = octets.IndexOf("\n\r\n"u8);
        var bare = (end < 0 ? octets : octets[..end]).IndexOf("\n\n"u8);
        return bare >= 0 ? bare + 2 : end >= 0 ? end + 3 : -1;
    }

    private bool Odd()
    {
        IsOdd = true;
        return false;
    }
}
