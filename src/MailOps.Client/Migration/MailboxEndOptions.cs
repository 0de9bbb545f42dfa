using System.Net;

namespace MailOps.Client.Migration;

/// <summary>How a mailbox is opened.</summary>
public sealed record MailboxEndOptions
{
    /// <summary>The login, for a mailbox on a server.</summary>
    public NetworkCredential? Credential { get; init; }

    /// <summary>True to go on whatever the server's certificate.</summary>
    public bool SkipCertificateCheck { get; init; }

    /// <summary>How long a server may be silent.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>True to make a Maildir that is not there.</summary>
    public bool IsMade { get; init; }
}
