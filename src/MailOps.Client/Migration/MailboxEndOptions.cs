using System.Net;
using MailOps.Wire;

namespace MailOps.Client.Migration;

/// <summary>How a mailbox is opened.</summary>
public sealed record MailboxEndOptions
{
    /// <summary>The login, for a mailbox on a server.</summary>
    public NetworkCredential? Credential { get; init; }

    /// <summary>True to go on whatever the server's certificate.</summary>
    public bool SkipCertificateCheck { get; init; }

    /// <summary>What the server's certificate is known by, any of them; nothing else decides then. Needs TLS.</summary>
    public IReadOnlyList<CertificatePin> CertificatePins { get; init; } = [];

    /// <summary>How long a server may be silent.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>True to make a Maildir that is not there.</summary>
    public bool IsMade { get; init; }
}
