namespace MailOps.Client.Protection;

/// <summary>A signature of a message, and what it is worth. Plain values: it survives <c>Export-Clixml</c> and remoting.</summary>
public sealed record MimeSignature
{
    /// <summary>What it is worth.</summary>
    public required SignatureStatus Status { get; init; }

    /// <summary>Why, in words.</summary>
    public required string Reason { get; init; }

    /// <summary><c>S/MIME</c> or <c>OpenPGP</c>; null without a signature.</summary>
    public string? Kind { get; init; }

    /// <summary>Who signed, by the certificate's subject or the key's user id; null if that is not known.</summary>
    public string? Signer { get; init; }

    /// <summary>The addresses that the certificate or key is for.</summary>
    public IReadOnlyList<string> Email { get; init; } = [];

    /// <summary>When it was signed, by the signer's own word; null if it does not say.</summary>
    public DateTimeOffset? SignedAt { get; init; }

    /// <summary>The fingerprint in hexadecimal: SHA-256 of a certificate, that of OpenPGP of a key.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>Who vouches for the certificate; null for a key.</summary>
    public string? Issuer { get; init; }

    /// <summary>From when the certificate or key holds.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Until when it holds; null if it does not end.</summary>
    public DateTimeOffset? NotAfter { get; init; }

    /// <summary>The digest, such as <c>Sha256</c>.</summary>
    public string? Digest { get; init; }

    /// <summary>True if all of the message's body is signed; false if there is more around it, as mailing lists add it, or in a multipart/signed more than the signed part and the signature.</summary>
    public bool IsWholeBody { get; init; }

    /// <summary>The message's author, as its header has it.</summary>
    public string? From { get; init; }

    /// <summary>The message's subject, which is not signed.</summary>
    public string? Subject { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Status}: {Reason}";
}
