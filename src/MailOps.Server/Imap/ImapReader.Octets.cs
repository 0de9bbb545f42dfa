using System.Buffers;
using System.Text;

namespace MailOps.Server.Imap;

/// <content>Values of octets.</content>
internal ref partial struct ImapReader
{
    /// <summary>A string, a literal8 (RFC 3516), or NIL, which gives null: the octets as they came.</summary>
    public bool NOctets(out byte[]? octets)
    {
        octets = null;
        if (Sees('"'))
        {
            if (!Quoted(out var text))
                return false;
            octets = Encoding.UTF8.GetBytes(text);
            return true;
        }

        var isBinary = Is('~');
        if (!isBinary && !Sees('{'))
            return IsWord("NIL");
        if (!LiteralHeader(out var literal) || literal.Size > _rest.Remaining)
            return false;
        octets = _rest.UnreadSequence.Slice(0, literal.Size).ToArray();
        _rest.Advance(literal.Size);
        // NUL is for literal8 alone (RFC 9051 section 4.3).
        return isBinary || !octets.AsSpan().Contains((byte)0);
    }
}
