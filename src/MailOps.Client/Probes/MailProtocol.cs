namespace MailOps.Client.Probes;

/// <summary>What is spoken on a port.</summary>
public enum MailProtocol
{
    /// <summary>SMTP between servers (RFC 5321), port 25.</summary>
    Smtp,

    /// <summary>SMTP of users (RFC 6409), ports 587 and 465.</summary>
    Submission,

    /// <summary>POP3 (RFC 1939), ports 110 and 995.</summary>
    Pop3,

    /// <summary>IMAP (RFC 9051), ports 143 and 993.</summary>
    Imap,
}
