namespace MailOps.Server.Hosting;

/// <summary>
/// A server that runs in this process, as it was when the object was made: where it listens and what it has counted.
/// Its properties bind to the client cmdlets by name. Get-MailServer gives a fresh one.
/// </summary>
public sealed class MailServerInfo
{
    /// <summary>The server's number in this process.</summary>
    public required int Id { get; init; }

    /// <summary>The name in greetings and in the self-made certificate.</summary>
    public required string HostName { get; init; }

    /// <summary><c>Running</c> or <c>Stopped</c>.</summary>
    public required string Status { get; init; }

    /// <summary>The address to connect to: the listening address, or loopback where it listens on every address.</summary>
    public required string Server { get; init; }

    /// <summary>The folder of the store.</summary>
    public required string StorePath { get; init; }

    /// <summary>The configuration file, or null if it has none.</summary>
    public string? ConfigurationPath { get; init; }

    /// <summary>The domains whose mail is taken.</summary>
    public required string[] Domain { get; init; }

    /// <summary>True if any recipient and any login are taken.</summary>
    public required bool Capture { get; init; }

    /// <summary>The port for SMTP between servers, or null where it does not listen.</summary>
    public int? SmtpPort { get; init; }

    /// <summary>The port for submission with STARTTLS, or null.</summary>
    public int? SubmissionPort { get; init; }

    /// <summary>The port for submission under TLS, or null.</summary>
    public int? SubmissionTlsPort { get; init; }

    /// <summary>The port for LMTP with STARTTLS, or null.</summary>
    public int? LmtpPort { get; init; }

    /// <summary>The Unix socket for LMTP, or null.</summary>
    public string? LmtpPath { get; init; }

    /// <summary>The port for POP3 with STLS, or null.</summary>
    public int? Pop3Port { get; init; }

    /// <summary>The port for POP3 under TLS, or null.</summary>
    public int? Pop3TlsPort { get; init; }

    /// <summary>The port for IMAP with STARTTLS, or null.</summary>
    public int? ImapPort { get; init; }

    /// <summary>The port for IMAP under TLS, or null.</summary>
    public int? ImapTlsPort { get; init; }

    /// <summary>The port that the metrics can be read at over HTTP, or null.</summary>
    public int? MetricsPort { get; init; }

    /// <summary>Every endpoint.</summary>
    public required MailServerEndpoint[] Endpoints { get; init; }

    /// <summary>The SHA-256 thumbprint of the certificate, in hexadecimal.</summary>
    public required string CertificateThumbprint { get; init; }

    /// <summary>When it started.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Connections open at that moment.</summary>
    public required long OpenConnections { get; init; }

    /// <summary>Connections since the start.</summary>
    public required long Connections { get; init; }

    /// <summary>Clients turned away by a limit.</summary>
    public required long ConnectionsRefused { get; init; }

    /// <summary>Commands carried out.</summary>
    public required long Commands { get; init; }

    /// <summary>Successful logins.</summary>
    public required long Logins { get; init; }

    /// <summary>Failed logins.</summary>
    public required long FailedLogins { get; init; }

    /// <summary>Messages accepted.</summary>
    public required long MessagesAccepted { get; init; }

    /// <summary>Octets of those.</summary>
    public required long BytesAccepted { get; init; }

    /// <summary>Senders, recipients and messages refused.</summary>
    public required long Refusals { get; init; }

    /// <summary>Faults of the server's own: bugs and disk errors.</summary>
    public required long Faults { get; init; }
}
