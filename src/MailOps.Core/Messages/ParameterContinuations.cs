using System.Globalization;
using System.Text;

namespace MailOps.Messages;

/// <summary>Puts parameters together that a message has in pieces (RFC 2231 sections 3 and 4), as IMAP4rev2 tells them (RFC 9051 section 7.5.2, body parameter parenthesized list).</summary>
internal static class ParameterContinuations
{
    /// <summary>
    /// The parameters with pieces joined where the first of them stands: <c>baz*0</c> and <c>baz*1</c> are <c>baz</c>; of
    /// <c>foo*0*</c> and <c>foo*1</c>, or of <c>foo*</c> alone, octets and charset are decoded, and the name is <c>foo*</c>. Pieces without
    /// a first one stay as they are, and so does what is in a charset that nobody knows.
    /// </summary>
    public static IReadOnlyList<MimeParameter> Join(IReadOnlyList<MimeParameter> parameters)
    {
        if (!parameters.Any(parameter => parameter.Name.Contains('*', StringComparison.Ordinal)))
            return parameters;

        var pieces = new Dictionary<(string Name, int Number), (string Value, bool IsEncoded)>();
        foreach (var parameter in parameters)
        {
            if (PieceOf(parameter.Name) is { } piece)
                pieces.TryAdd((piece.Name.ToUpperInvariant(), piece.Number), (parameter.Value, piece.IsEncoded));
        }

        var joined = new List<MimeParameter>(parameters.Count);
        var told = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var parameter in parameters)
        {
            if (PieceOf(parameter.Name) is not { } piece || !pieces.TryGetValue((piece.Name.ToUpperInvariant(), 0), out var first) || Value(pieces, piece.Name, first.IsEncoded) is not { } value)
                joined.Add(parameter);
            else if (told.Add(piece.Name))
                joined.Add(new MimeParameter(first.IsEncoded ? piece.Name + "*" : piece.Name, value));
        }

        return joined;
    }

    // name*, name*0, name*0*: the name, which piece, and whether it is percent-encoded.
    private static (string Name, int Number, bool IsEncoded)? PieceOf(string name)
    {
        var isEncoded = name.EndsWith('*');
        var rest = isEncoded ? name[..^1] : name;
        var star = rest.IndexOf('*', StringComparison.Ordinal);
        if (star < 0)
            return isEncoded && rest.Length > 0 ? (rest, 0, true) : null;
        return star > 0 && int.TryParse(rest.AsSpan(star + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? (rest[..star], number, isEncoded) : null;
    }

    // Null if it cannot be decoded.
    private static string? Value(Dictionary<(string Name, int Number), (string Value, bool IsEncoded)> pieces, string name, bool isEncoded)
    {
        var octets = new List<byte>();
        string? charset = null;
        for (var i = 0; pieces.TryGetValue((name.ToUpperInvariant(), i), out var piece); i++)
        {
            var value = piece.Value;
            if (i == 0 && isEncoded)
            {
                // charset'language'text
                var ends = value.Split('\'', 3);
                if (ends.Length < 3)
                    return null;
                (charset, value) = (ends[0], ends[2]);
            }

            octets.AddRange(piece.IsEncoded ? Unescaped(value) : Encoding.UTF8.GetBytes(value));
        }

        if (string.IsNullOrEmpty(charset))
            return Encoding.UTF8.GetString([.. octets]);
        return EncodingOf(charset)?.GetString([.. octets]);
    }

    private static Encoding? EncodingOf(string charset)
    {
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(charset) ?? Encoding.GetEncoding(charset);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static IEnumerable<byte> Unescaped(string value)
    {
        var octets = Encoding.UTF8.GetBytes(value);
        for (var i = 0; i < octets.Length; i++)
        {
            if (octets[i] == '%' && i + 2 < octets.Length && byte.TryParse(octets.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var escaped))
            {
                yield return escaped;
                i += 2;
            }
            else
            {
                yield return octets[i];
            }
        }
    }
}
