namespace MailOps.Client.Probes;

/// <summary>Whether a server takes one version of TLS, as it answered a ClientHello for that version alone.</summary>
public sealed record TlsVersionFacts
{
    /// <summary>The version: SSLv3, TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3.</summary>
    public required string Version { get; init; }

    /// <summary>True if it is taken, false if it is refused, null if the answer does not say.</summary>
    public required bool? Taken { get; init; }

    /// <summary>The cipher suite that the server chose, by its IANA name, or null.</summary>
    public string? CipherSuite { get; init; }

    /// <summary>The group of the key exchange that the server chose, such as x25519, or null.</summary>
    public string? KeyExchangeGroup { get; init; }

    /// <summary>What the server answered.</summary>
    public required string Evidence { get; init; }

    /// <summary>The version and whether it is taken.</summary>
    public override string ToString() => $"{Version} {Taken switch { true => "taken", false => "refused", null => "unknown" }}";
}
