using MailOps.Wire;

namespace MailOps.Client.Probes;

/// <summary>What a TLS probe found out about one port of one server.</summary>
public sealed record MailTlsReport
{
    /// <summary>The host that was asked for.</summary>
    public required string Server { get; init; }

    /// <summary>The port.</summary>
    public required int Port { get; init; }

    /// <summary>What is spoken there.</summary>
    public required MailProtocol Protocol { get; init; }

    /// <summary>When TLS starts.</summary>
    public required TlsMode Tls { get; init; }

    /// <summary>The address that was connected to, or null if none could be.</summary>
    public string? Address { get; init; }

    /// <summary>The name that was asked for (SNI) and looked for in the certificate, or null if there was only an address.</summary>
    public string? ServerName { get; init; }

    /// <summary>All findings taken together: the weightiest of them.</summary>
    public required FindingStatus Verdict { get; init; }

    /// <summary>Why the verdict is what it is. Empty for <see cref="FindingStatus.Pass"/>.</summary>
    public required IReadOnlyList<string> Reasons { get; init; }

    /// <summary>The version that was negotiated, such as TLSv1.3, or null.</summary>
    public string? Version { get; init; }

    /// <summary>The cipher suite that was negotiated, by its IANA name, or null.</summary>
    public string? CipherSuite { get; init; }

    /// <summary>The group that the server chooses for the key exchange in that version, or null if it was not visible.</summary>
    public string? KeyExchangeGroup { get; init; }

    /// <summary>The versions that the server takes, oldest first.</summary>
    public IReadOnlyList<string> VersionsTaken { get; init; } = [];

    /// <summary>Each version that was tried, and what the server answered.</summary>
    public IReadOnlyList<TlsVersionFacts> Versions { get; init; } = [];

    /// <summary>Whether a client that checks certificates trusts this one: chain, dates and name. Null if it was not seen.</summary>
    public bool? IsTrusted { get; init; }

    /// <summary>The server's own certificate, or null if it was not seen.</summary>
    public CertificateFacts? Certificate { get; init; }

    /// <summary>The subject of the server's certificate.</summary>
    public string? CertificateSubject => Certificate?.Subject;

    /// <summary>When the server's certificate ends.</summary>
    public DateTimeOffset? NotAfter => Certificate?.NotAfter;

    /// <summary>Whole days until then.</summary>
    public int? DaysLeft => Certificate?.DaysLeft;

    /// <summary>The certificates as the server presented them, its own first.</summary>
    public IReadOnlyList<CertificateFacts> Chain { get; init; } = [];

    /// <summary>Everything that was looked at.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>When the probe began.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>How long the probe took.</summary>
    public required TimeSpan Duration { get; init; }
}
