using System.Globalization;
using System.Text;

namespace MailOps.Trust.Dkim;

/// <summary>
/// Writes a DKIM-Signature field (RFC 6376 section 3.5) in lines of 78 columns at the most, where no name is longer than that.
/// The tag b is the last, so that what is signed is the field up to it.
/// </summary>
internal sealed class SignatureField
{
    private const int Columns = 78;

    private readonly StringBuilder _text = new("DKIM-Signature:");
    private int _column = "DKIM-Signature:".Length;

    /// <summary>Writes all tags; b is empty until <see cref="Sign"/>.</summary>
    /// <param name="key">Whose signature it is.</param>
    /// <param name="options">How it was made.</param>
    /// <param name="names">The fields that are signed.</param>
    /// <param name="bodyHash">The hash of the body.</param>
    /// <param name="time">When it was made.</param>
    public SignatureField(DkimSigningKey key, DkimSigningOptions options, IReadOnlyList<string> names, byte[] bodyHash, DateTimeOffset time)
    {
        Tag("v=1;");
        Tag($"a={key.Algorithm};");
        Tag($"c={Name(options.Header)}/{Name(options.Body)};");
        Tag($"d={key.Domain};");
        Tag($"s={key.Selector};");
        Tag(string.Create(CultureInfo.InvariantCulture, $"t={time.ToUnixTimeSeconds()};"));
        if (options.Lifetime is { } lifetime)
            Tag(string.Create(CultureInfo.InvariantCulture, $"x={(time + lifetime).ToUnixTimeSeconds()};"));
        for (var i = 0; i < names.Count; i++)
        {
            var name = names[i] + (i < names.Count - 1 ? ':' : ';');
            if (i == 0)
                Tag($"h={name}");
            else
                Piece(name);
        }

        Tag($"bh={Convert.ToBase64String(bodyHash)};");
        Tag("b=");
    }

    /// <summary>The field without a signature and without a line end, as it is signed (section 3.7).</summary>
    public byte[] Unsigned() => Encoding.ASCII.GetBytes(_text.ToString());

    /// <summary>The whole field with its line end. To be called once.</summary>
    public byte[] Sign(byte[] signature)
    {
        var rest = Convert.ToBase64String(signature).AsSpan();
        while (true)
        {
            var now = Math.Min(rest.Length, Columns - _column);
            _text.Append(rest[..now]);
            rest = rest[now..];
            if (rest.IsEmpty)
                break;
            _text.Append("\r\n ");
            _column = 1;
        }

        return Encoding.ASCII.GetBytes(_text.Append("\r\n").ToString());
    }

    // A tag has a space in front of it, in the same line or the next.
    private void Tag(string tag)
    {
        if (_column + 1 + tag.Length > Columns)
            Fold();
        else
            Write(" ");
        Write(tag);
    }

    private void Piece(string piece)
    {
        if (_column + piece.Length > Columns)
            Fold();
        Write(piece);
    }

    private void Fold()
    {
        _text.Append("\r\n ");
        _column = 1;
    }

    private void Write(string text)
    {
        _text.Append(text);
        _column += text.Length;
    }

    private static string Name(DkimCanonicalization canonicalization) => canonicalization is DkimCanonicalization.Relaxed ? "relaxed" : "simple";
}
