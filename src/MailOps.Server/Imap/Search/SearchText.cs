using System.Text;
using MailOps.Messages;

namespace MailOps.Server.Imap.Search;

/// <summary>A text that is looked for, whatever the case and the composition of characters (i;unicode-casemap, RFC 5051): É is found as é, and as an e with an accent behind it.</summary>
internal sealed class SearchText
{
    private readonly string _key;
    private readonly bool _isAscii;
    private readonly byte[] _octets;

    /// <summary>A text to look for; an empty one is everywhere.</summary>
    public SearchText(string text)
    {
        _key = UnicodeCasemap.KeyOf(text);
        _isAscii = Ascii.IsValid(_key);
        _octets = Encoding.UTF8.GetBytes(_key);
    }

    /// <summary>True if there is nothing to look for.</summary>
    public bool IsEmpty => _key.Length == 0;

    /// <summary>Characters of a text that may hold a part of the one that is looked for, at the most: where a text comes in pieces, so many are looked at twice.</summary>
    public int Length => _key.Length;

    /// <summary>True if it is there, in a text of ASCII characters.</summary>
    public bool IsIn(ReadOnlySpan<byte> ascii)
    {
        if (IsEmpty || !_isAscii)
            return _isAscii;
        var (upper, lower) = (_octets[0], (byte)char.ToLowerInvariant(_key[0]));
        while (ascii.IndexOfAny(upper, lower) is >= 0 and var at && ascii.Length - at >= _octets.Length)
        {
            if (Ascii.EqualsIgnoreCase(ascii.Slice(at, _octets.Length), _octets))
                return true;
            ascii = ascii[(at + 1)..];
        }

        return false;
    }

    /// <summary>True if it is there.</summary>
    public bool IsIn(ReadOnlySpan<char> text) => Ascii.IsValid(text)
        ? _isAscii && text.Contains(_key, StringComparison.OrdinalIgnoreCase)
        : UnicodeCasemap.KeyOf(text.ToString()).Contains(_key, StringComparison.Ordinal);
}
