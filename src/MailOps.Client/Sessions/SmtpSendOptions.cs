using System.Net;
using System.Security.Cryptography.X509Certificates;
using MailOps.Wire;

namespace MailOps.Client.Sessions;

/// <summary>One message to send, and exactly how.</summary>
public sealed record SmtpSendOptions
{
    /// <summary>The server's name or address.</summary>
    public required string Server { get; init; }

    /// <summary>The port.</summary>
    public int Port { get; init; } = 25;

    /// <summary>When the connection is secured.</summary>
    public TlsMode Tls { get; init; } = TlsMode.None;

    /// <summary>True to go on whatever the certificate.</summary>
    public bool SkipCertificateCheck { get; init; }

    /// <summary>What the server's certificate is known by, any of them; nothing else decides then. Needs TLS.</summary>
    public IReadOnlyList<CertificatePin> CertificatePins { get; init; } = [];

    /// <summary>The name said in EHLO or HELO; null for this machine's name, or its address where it has no full name.</summary>
    public string? HelloName { get; init; }

    /// <summary>True for HELO; otherwise EHLO, and HELO if the server does not know that.</summary>
    public bool UseHelo { get; init; }

    /// <summary>The reverse-path, with or without brackets; empty for the null path.</summary>
    public string From { get; init; } = "";

    /// <summary>The forward-paths, with or without brackets.</summary>
    public IReadOnlyList<string> To { get; init; } = [];

    /// <summary>A whole line to send in the place of MAIL FROM, or null.</summary>
    public string? LiteralMailCommand { get; init; }

    /// <summary>Whole lines to send in the place of RCPT TO, before those made of <see cref="To"/>.</summary>
    public IReadOnlyList<string> LiteralRcptCommands { get; init; } = [];

    /// <summary>Parameters after MAIL FROM, such as <c>SIZE=1000</c> or <c>RET=HDRS</c>. BODY=8BITMIME and SMTPUTF8 are added where the message needs them and the server offers them.</summary>
    public IReadOnlyList<string> MailParameters { get; init; } = [];

    /// <summary>Parameters after each RCPT TO, such as <c>NOTIFY=NEVER</c>.</summary>
    public IReadOnlyList<string> RecipientParameters { get; init; } = [];

    /// <summary>The message. The sender does not dispose it.</summary>
    public required MessageContent Content { get; init; }

    /// <summary>True to send the message's octets as they are: line ends are not made CRLF, leading dots not doubled.</summary>
    public bool LiteralContent { get; init; }

    /// <summary>True to send MAIL, RCPT and DATA in one go where the server offers PIPELINING (RFC 2920).</summary>
    public bool Pipelining { get; init; }

    /// <summary>What is sent between the steps.</summary>
    public SmtpExtraCommands ExtraCommands { get; init; } = new();

    /// <summary>The credential to log in with, or null.</summary>
    public NetworkCredential? Credential { get; init; }

    /// <summary>The certificate to present to the server's TLS if it asks for one, with its private key, or null. It stays the caller's.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>The SASL mechanism to use, even if the server does not offer it or would have the password in the clear; null for the strongest that it offers.</summary>
    public string? AuthMechanism { get; init; }

    /// <summary>How long each single step may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);
}
