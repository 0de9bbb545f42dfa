using System.Net;
using MailOps.Wire;

namespace MailOps.Client.Mailboxes;

/// <summary>How to reach a mailbox.</summary>
public sealed record MailboxOptions
{
    /// <summary>The server's name or address.</summary>
    public required string Server { get; init; }

    /// <summary>The port.</summary>
    public required int Port { get; init; }

    /// <summary>When the connection is secured.</summary>
    public TlsMode Tls { get; init; } = TlsMode.StartTls;

    /// <summary>The account's name and password.</summary>
    public required NetworkCredential Credential { get; init; }

    /// <summary>True to go on whatever the certificate.</summary>
    public bool SkipCertificateCheck { get; init; }

    /// <summary>How long each single step may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);
}
