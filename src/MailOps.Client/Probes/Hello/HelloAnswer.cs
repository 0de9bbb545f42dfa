using System.Collections.Immutable;

namespace MailOps.Client.Probes.Hello;

/// <summary>What came back on a ClientHello.</summary>
internal enum HelloAnswerKind
{
    ServerHello,
    HelloRetryRequest,
    Alert,
    Closed,
    TimedOut,
    NotTls,
}

/// <summary>The answer on a ClientHello, as far as it is readable without keys.</summary>
internal sealed record HelloAnswer(HelloAnswerKind Kind, string Evidence)
{
    /// <summary>The version that the server chose, or 0.</summary>
    public ushort Version { get; init; }

    public ushort? CipherSuite { get; init; }

    public ushort? Group { get; init; }

    /// <summary>The size of a finite-field Diffie-Hellman group that was not named, in bits.</summary>
    public int? DiffieHellmanBits { get; init; }

    /// <summary>The certificates, which are in the clear up to TLS 1.2; empty in TLS 1.3.</summary>
    public ImmutableArray<byte[]> Certificates { get; init; } = [];

    /// <summary>The alert's description, if one came.</summary>
    public byte? Alert { get; init; }

    public string? GroupName => Group is { } group ? TlsNames.Group(group) : DiffieHellmanBits is { } bits ? FormattableString.Invariant($"DHE {bits} bits") : null;
}
