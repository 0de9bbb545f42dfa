using System.Buffers.Text;
using System.Text;

namespace MailOps.Sasl;

/// <summary>Reads the attributes of a SCRAM message in their order (RFC 5802 section 7).</summary>
internal ref struct ScramReader(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> _rest = message;
    private bool _atEnd = message.IsEmpty;

    /// <summary>True if nothing is left.</summary>
    public readonly bool AtEnd => _atEnd;

    /// <summary>What was not yet read.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    /// <summary>Takes everything up to the next comma, or to the end.</summary>
    public bool Part(out ReadOnlySpan<byte> part)
    {
        part = default;
        if (_atEnd)
            return false;

        if (_rest.IndexOf((byte)',') is >= 0 and var comma)
        {
            part = _rest[..comma];
            _rest = _rest[(comma + 1)..];
        }
        else
        {
            part = _rest;
            _rest = default;
            _atEnd = true;
        }

        return true;
    }

    /// <summary>Takes an attribute of that name; its value may be empty.</summary>
    public bool Attribute(char name, out ReadOnlySpan<byte> value)
    {
        var before = this;
        if (Part(out var part) && part.Length >= 2 && part[0] == name && part[1] == (byte)'=')
        {
            value = part[2..];
            return true;
        }

        this = before;
        value = default;
        return false;
    }

    /// <summary>Takes an attribute whose value is base64.</summary>
    public bool Base64(char name, out byte[] value)
    {
        value = [];
        return Attribute(name, out var text) && !text.IsEmpty && SaslBase64.TryDecode(text, out value);
    }

    /// <summary>Takes a nonce: printable ASCII without a comma, at least one character.</summary>
    public bool Nonce(out string nonce)
    {
        nonce = string.Empty;
        if (!Attribute('r', out var value) || value.IsEmpty || value.ContainsAnyExceptInRange((byte)0x21, (byte)0x7e))
            return false;

        nonce = Encoding.ASCII.GetString(value);
        return true;
    }

    /// <summary>Takes a count without sign or leading zero.</summary>
    public bool Number(char name, out int number)
    {
        number = 0;
        return Attribute(name, out var value)
            && value.Length is >= 1 and <= 10 && value[0] is >= (byte)'1' and <= (byte)'9'
            && Utf8Parser.TryParse(value, out number, out var used) && used == value.Length;
    }

    /// <summary>Takes a saslname: <c>=2C</c> is a comma, <c>=3D</c> an equals sign, nothing else follows an equals sign.</summary>
    public bool Name(char name, out string text)
    {
        text = string.Empty;
        if (!Attribute(name, out var value) || value.IsEmpty || value.Contains((byte)0) || !StrictUtf8.TryDecode(value, out var coded))
            return false;

        var plain = new StringBuilder(coded.Length);
        for (var at = 0; at < coded.Length; at++)
        {
            if (coded[at] != '=')
            {
                plain.Append(coded[at]);
                continue;
            }

            switch (coded.AsSpan(at + 1))
            {
                case ['2', 'C', ..]: plain.Append(','); break;
                case ['3', 'D', ..]: plain.Append('='); break;
                default: return false;
            }

            at += 2;
        }

        text = plain.ToString();
        return true;
    }

    /// <summary>A name as a saslname.</summary>
    public static string EncodeName(string text) =>
        text.Replace("=", "=3D", StringComparison.Ordinal).Replace(",", "=2C", StringComparison.Ordinal);
}
