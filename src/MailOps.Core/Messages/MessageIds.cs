using System.Text;

namespace MailOps.Messages;

/// <summary>
/// The message ids of a Message-ID, In-Reply-To or References field, one after the other, in a form that does not depend on how they are quoted
/// (RFC 5256 section 3, THREAD). What stands between them is passed over.
/// </summary>
/// <param name="value">The field's value, folded as it lies there.</param>
internal ref struct MessageIds(ReadOnlySpan<byte> value)
{
    // Nobody makes longer ones, and each is kept while threads are built.
    private const int Longest = 1000;

    private ReadOnlySpan<byte> _rest = value;

    /// <summary>The id, without its brackets.</summary>
    public string Current { get; private set; } = "";

    /// <summary>Goes on to the next id.</summary>
    public bool MoveNext()
    {
        while (_rest.IndexOf((byte)'<') is >= 0 and var start)
        {
            _rest = _rest[(start + 1)..];
            if (TryTake(out var id))
            {
                Current = id;
                return true;
            }
        }

        return false;
    }

    // Up to the closing bracket; quotes, escapes and folding go. Another opening bracket begins anew.
    private bool TryTake(out string id)
    {
        id = "";
        var end = _rest.IndexOfAny((byte)'>', (byte)'<', (byte)'"');
        if (end > 0 && _rest[end] == (byte)'>' && end <= Longest && !_rest[..end].ContainsAny(" \t\r\n\\"u8))
        {
            id = Encoding.Latin1.GetString(_rest[..end]);
            _rest = _rest[(end + 1)..];
            return true;
        }

        return TryTakeUnusual(out id);
    }

    private bool TryTakeUnusual(out string id)
    {
        var text = new StringBuilder();
        var isQuoted = false;
        for (var i = 0; i < _rest.Length && text.Length <= Longest; i++)
        {
            var octet = _rest[i];
            if (octet == (byte)'\\' && i + 1 < _rest.Length)
                text.Append((char)_rest[++i]);
            else if (octet == (byte)'"')
                isQuoted = !isQuoted;
            else if (octet == (byte)'<' && !isQuoted)
                break;
            else if (octet == (byte)'>' && !isQuoted)
            {
                _rest = _rest[(i + 1)..];
                id = text.ToString();
                return id.Length > 0;
            }
            else if (octet is not ((byte)'\r' or (byte)'\n') && (isQuoted || octet is not ((byte)' ' or (byte)'\t')))
                text.Append((char)octet);
        }

        id = "";
        return false;
    }
}
