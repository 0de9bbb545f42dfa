namespace MailOps.Trust.Dkim;

/// <summary>A private key with the name that verifiers find its public half by.</summary>
/// <param name="domain">The signing domain, in lower case and A-labels: the tag d.</param>
/// <param name="selector">The selector: the tag s.</param>
/// <param name="key">The key; goes with this.</param>
internal sealed class DkimSigningKey(string domain, string selector, DkimPrivateKey key) : IDisposable
{
    /// <summary>The signing domain.</summary>
    public string Domain { get; } = domain;

    /// <summary>The selector.</summary>
    public string Selector { get; } = selector;

    /// <summary>The tag a. SHA-1 is never used (RFC 8301 section 3.1).</summary>
    public string Algorithm => key.KeyType is DkimKeyType.Rsa ? "rsa-sha256" : "ed25519-sha256";

    /// <inheritdoc cref="DkimPrivateKey.PublicData"/>
    public byte[] PublicData() => key.PublicData();

    /// <inheritdoc cref="DkimPrivateKey.Sign"/>
    public byte[] Sign(ReadOnlySpan<byte> hash) => key.Sign(hash);

    /// <inheritdoc/>
    public void Dispose() => key.Dispose();
}
