using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace MailOps.Smtp;

/// <summary>
/// Reads the arguments of an SMTP command. Each method takes one element of the grammar (RFC 5321 section 4.1.2) if it
/// stands next and says whether it did; nothing is taken otherwise. Knows no state and no command.
/// </summary>
public ref struct SmtpReader(ReadOnlySpan<byte> text)
{
    // UTF-8 is looked at once the element is known (RFC 6531 section 3.3).
    private static readonly SearchValues<byte> AtomText = WithUtf8("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~"u8);

    private static readonly SearchValues<byte> DomainText = WithUtf8("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._"u8);

    private static readonly SearchValues<char> KeywordText = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

    private const int MaxKeyword = 64;

    // RFC 5321 section 4.5.3.1.3: 256 octets with the brackets.
    private const int MaxPath = 254;

    private ReadOnlySpan<byte> _rest = text;

    /// <summary>True if nothing is left.</summary>
    public readonly bool AtEnd => _rest.IsEmpty;

    /// <summary>One or more spaces or tabs.</summary>
    public bool Space()
    {
        var trimmed = _rest.TrimStart(" \t"u8);
        if (trimmed.Length == _rest.Length)
            return false;

        _rest = trimmed;
        return true;
    }

    /// <summary>Spaces that may be there: before an argument and after the last (RFC 5321 section 4.1.1 asks to tolerate trailing ones).</summary>
    public bool OptionalSpace()
    {
        Space();
        return true;
    }

    /// <summary>A fixed text, without regard to case.</summary>
    public bool Literal(ReadOnlySpan<byte> expected)
    {
        if (_rest.Length < expected.Length || !Ascii.EqualsIgnoreCase(_rest[..expected.Length], expected))
            return false;

        _rest = _rest[expected.Length..];
        return true;
    }

    /// <summary>Everything up to the next space.</summary>
    public bool Word(out string word)
    {
        var end = _rest.IndexOf((byte)' ');
        var span = end < 0 ? _rest : _rest[..end];
        word = Encoding.UTF8.GetString(span);
        _rest = _rest[span.Length..];
        return span.Length > 0;
    }

    /// <summary>Digits. What is more than a long holds is <see cref="long.MaxValue"/>.</summary>
    public bool Number(out long number)
    {
        var end = _rest.IndexOfAnyExceptInRange((byte)'0', (byte)'9') is >= 0 and var other ? other : _rest.Length;
        number = 0;
        if (end == 0)
            return false;

        if (!Utf8Parser.TryParse(_rest[..end], out number, out _))
            number = long.MaxValue;
        _rest = _rest[end..];
        return true;
    }

    /// <summary>Everything that is left, if it is UTF-8 without controls.</summary>
    public bool Utf8Text(out string text)
    {
        if (!InternationalText.TryDecode(_rest, out text))
            return false;

        _rest = default;
        return true;
    }

    /// <summary>Everything that is left.</summary>
    public bool Text(out string text)
    {
        text = Encoding.UTF8.GetString(_rest);
        _rest = default;
        return true;
    }

    /// <summary>
    /// A reverse-path or forward-path: <c>&lt;&gt;</c>, <c>&lt;local@domain&gt;</c>, a source route (taken and ignored, RFC 5321
    /// appendix C), or an address without its brackets, which old clients send. One with UTF-8 in it is taken too
    /// (RFC 6531): whether it may be used is for <see cref="SmtpPath.IsAscii"/> to say.
    /// </summary>
    public bool Path(out SmtpPath path)
    {
        path = SmtpPath.Null;
        if (!Octet('<'))
            return Mailbox(out path);

        if (Octet('>'))
            return true;

        if (_rest is [(byte)'@', ..])
        {
            // A-d-l ":" — the hops before the address.
            var colon = _rest.IndexOf((byte)':');
            if (colon < 0 || _rest[..colon].ContainsAny(" <>\""u8))
                return false;
            _rest = _rest[(colon + 1)..];
        }

        return Mailbox(out path) && Octet('>');
    }

    /// <summary>An ESMTP parameter, <c>KEYWORD</c> or <c>KEYWORD=value</c> (RFC 5321 section 4.1.2).</summary>
    public bool Parameter(out string keyword, out string? value)
    {
        value = null;
        if (!Word(out keyword))
            return false;

        var equals = keyword.IndexOf('=', StringComparison.Ordinal);
        if (equals >= 0)
        {
            value = keyword[(equals + 1)..];
            keyword = keyword[..equals];
        }

        // Replies and events show the keyword: what is none is not taken.
        keyword = keyword.ToUpperInvariant();
        return keyword.Length is > 0 and <= MaxKeyword && !keyword.AsSpan().ContainsAnyExcept(KeywordText) && value?.Any(char.IsControl) != true;
    }

    private bool Octet(char expected)
    {
        if (_rest.IsEmpty || _rest[0] != expected)
            return false;

        _rest = _rest[1..];
        return true;
    }

    private bool Mailbox(out SmtpPath path)
    {
        path = SmtpPath.Null;
        if (!LocalPart(out var localPart))
            return false;

        // "postmaster" alone is an address of its own (RFC 5321 section 4.1.1.3).
        if (!Octet('@'))
        {
            path = new SmtpPath(localPart, "");
            return path.IsPostmaster;
        }

        if (!Domain(out var domain))
            return false;

        path = new SmtpPath(localPart, domain);
        // RFC 5321 section 4.5.3.1: at least so much is taken, and more where that can be. The return paths of forwarders are longer (SRS).
        var (local, host) = (Encoding.UTF8.GetByteCount(localPart), Encoding.UTF8.GetByteCount(domain));
        return (local <= 64 && host <= 255) || local + 1 + host <= MaxPath;
    }

    private bool LocalPart(out string localPart)
    {
        if (Octet('"'))
            return QuotedString(out localPart);

        var length = 0;
        while (true)
        {
            var atom = _rest[length..].IndexOfAnyExcept(AtomText) is >= 0 and var end ? end : _rest.Length - length;
            if (atom == 0)
            {
                localPart = "";
                return false;
            }

            length += atom;
            if (length >= _rest.Length || _rest[length] != '.')
                break;
            length++;
        }

        var isText = InternationalText.TryDecode(_rest[..length], out localPart);
        _rest = _rest[length..];
        return isText;
    }

    private bool QuotedString(out string content)
    {
        var unquoted = new byte[_rest.Length];
        var length = 0;
        for (var i = 0; i < _rest.Length; i++)
        {
            var octet = _rest[i];
            if (octet == '"')
            {
                _rest = _rest[(i + 1)..];
                return InternationalText.TryDecode(unquoted.AsSpan(0, length), out content);
            }

            var isQuoted = octet == '\\' && ++i < _rest.Length;
            if (isQuoted)
                octet = _rest[i];
            // Only what is printable ASCII may stand behind a backslash.
            if (octet is < 32 or 127 || (isQuoted && octet > 127))
                break;
            unquoted[length++] = octet;
        }

        content = "";
        return false;
    }

    private static SearchValues<byte> WithUtf8(ReadOnlySpan<byte> ascii) =>
        SearchValues.Create([.. ascii, .. Enumerable.Range(0x80, 0x80).Select(octet => (byte)octet)]);

    private bool Domain(out string domain)
    {
        var length = _rest is [(byte)'[', ..]
            ? _rest.IndexOf((byte)']') + 1
            : _rest.IndexOfAnyExcept(DomainText) is >= 0 and var end ? end : _rest.Length;
        var isText = InternationalText.TryDecode(_rest[..length], out domain);
        _rest = _rest[length..];
        if (!isText)
            return false;
        if (!Ascii.IsValid(domain))
            return InternationalText.TryToAscii(domain, out _);

        // Whatever an address literal says, it is written into trace lines: no control characters.
        return length > 0 && !domain.AsSpan().ContainsAnyExceptInRange('!', '~') && domain[0] is not ('.' or '-') && !domain.Contains("..", StringComparison.Ordinal) && !domain.AsSpan().ContainsAny(" <>");
    }
}
