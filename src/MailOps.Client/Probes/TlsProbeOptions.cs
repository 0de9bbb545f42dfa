using System.Security.Cryptography.X509Certificates;

namespace MailOps.Client.Probes;

/// <summary>How a TLS probe goes about it.</summary>
public sealed record TlsProbeOptions
{
    /// <summary>How long each step may take: a connection, a reply, a handshake.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>With less time left than this, a certificate's end is a warning.</summary>
    public TimeSpan ExpiryWarning { get; init; } = TimeSpan.FromDays(14);

    /// <summary>Roots that are trusted beside those of the system: a private CA.</summary>
    public IReadOnlyList<X509Certificate2> Roots { get; init; } = [];

    /// <summary>The clock, for timeouts and for a certificate's dates.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
