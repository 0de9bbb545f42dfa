using System.Buffers.Text;
using System.Text;

namespace MailOps.Server.Pop3;

/// <summary>Reads the arguments of a POP3 command. Each method takes one element if it stands next. Knows no state and no command.</summary>
internal ref struct Pop3Reader(ReadOnlySpan<byte> text)
{
    private ReadOnlySpan<byte> _rest = text;

    /// <summary>True if nothing is left.</summary>
    public readonly bool AtEnd => _rest.IsEmpty;

    /// <summary>One or more spaces. The standard has one; hands type more.</summary>
    public bool Space()
    {
        var trimmed = _rest.TrimStart((byte)' ');
        if (trimmed.Length == _rest.Length)
            return false;

        _rest = trimmed;
        return true;
    }

    /// <summary>Exactly one space.</summary>
    public bool OneSpace()
    {
        if (_rest is not [(byte)' ', ..])
            return false;

        _rest = _rest[1..];
        return true;
    }

    /// <summary>Spaces that may be there.</summary>
    public bool OptionalSpace()
    {
        Space();
        return true;
    }

    /// <summary>A number without sign, at most nine digits.</summary>
    public bool Number(out int number)
    {
        if (!Utf8Parser.TryParse(_rest, out number, out var length) || number < 0 || length > 9 || _rest[0] == '+')
            return false;

        _rest = _rest[length..];
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

    /// <summary>Everything that is left, spaces and all: a password may hold them (RFC 1939 section 7).</summary>
    public bool Text(out string text)
    {
        text = Encoding.UTF8.GetString(_rest);
        _rest = default;
        return text.Length > 0;
    }
}
