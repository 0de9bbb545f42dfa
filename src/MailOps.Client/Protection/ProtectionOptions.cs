namespace MailOps.Client.Protection;

/// <summary>How a message is signed and encrypted: by S/MIME with certificates, or by OpenPGP with keys.</summary>
public sealed record ProtectionOptions
{
    /// <summary>The certificate that signs, an X509Certificate2 or a file; null to sign with a key, or not.</summary>
    public object? SigningCertificate { get; init; }

    /// <summary>The password of the file.</summary>
    public string? Password { get; init; }

    /// <summary>The certificates of those who are to read it; empty to encrypt with keys, or not.</summary>
    public IReadOnlyList<object> RecipientCertificates { get; init; } = [];

    /// <summary>True to put the content into the signature, where only programs that know S/MIME can read it.</summary>
    public bool IsOpaque { get; init; }

    /// <summary>Files of keys.</summary>
    public IReadOnlyList<FileInfo> KeyFiles { get; init; } = [];

    /// <summary>What opens the secret keys.</summary>
    public string? Passphrase { get; init; }

    /// <summary>True to sign with a key.</summary>
    public bool SignsWithKey { get; init; }

    /// <summary>Whose key signs: an address, a key id or a fingerprint; null for the message's author.</summary>
    public string? SigningKey { get; init; }

    /// <summary>True to encrypt with keys.</summary>
    public bool EncryptsWithKeys { get; init; }

    /// <summary>Whose keys encrypt; empty for the message's recipients.</summary>
    public IReadOnlyList<string> RecipientKeys { get; init; } = [];
}
