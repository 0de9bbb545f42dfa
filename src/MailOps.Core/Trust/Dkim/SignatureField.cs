using System.Globalization;
using System.Text;

namespace MailOps.Trust.Dkim;

/// <summary>Writes a DKIM-Signature field (RFC 6376 section 3.5).</summary>
internal sealed class SignatureField
{
    private readonly FoldedTags _tags = new("DKIM-Signature");

    /// <summary>Writes all tags; b is empty until <see cref="Sign"/>.</summary>
    /// <param name="key">Whose signature it is.</param>
    /// <param name="options">How it was made.</param>
    /// <param name="names">The fields that are signed.</param>
    /// <param name="bodyHash">The hash of the body.</param>
    /// <param name="time">When it was made.</param>
    public SignatureField(DkimSigningKey key, DkimSigningOptions options, IReadOnlyList<string> names, byte[] bodyHash, DateTimeOffset time)
    {
        _tags.Tag("v=1;").Tag($"a={key.Algorithm};").Tag($"c={Name(options.Header)}/{Name(options.Body)};").Tag($"d={key.Domain};").Tag($"s={key.Selector};")
            .Tag(string.Create(CultureInfo.InvariantCulture, $"t={time.ToUnixTimeSeconds()};"));
        if (options.Lifetime is { } lifetime)
            _tags.Tag(string.Create(CultureInfo.InvariantCulture, $"x={(time + lifetime).ToUnixTimeSeconds()};"));
        _tags.List("h", names).Tag($"bh={Convert.ToBase64String(bodyHash)};").Tag("b=");
    }

    /// <inheritdoc cref="FoldedTags.Unsigned"/>
    public byte[] Unsigned() => _tags.Unsigned();

    /// <inheritdoc cref="FoldedTags.Sign"/>
    public byte[] Sign(byte[] signature) => Encoding.ASCII.GetBytes(_tags.Sign(signature));

    private static string Name(DkimCanonicalization canonicalization) => canonicalization is DkimCanonicalization.Relaxed ? "relaxed" : "simple";
}
