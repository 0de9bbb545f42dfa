namespace MailOps.Wire;

/// <summary>What is spoken on an endpoint.</summary>
public enum MailProtocol
{
    /// <summary>SMTP between servers (RFC 5321), port 25.</summary>
    Smtp,

    /// <summary>Submission by users, after a login (RFC 6409), ports 587 and 465.</summary>
    Submission,

    /// <summary>POP3 (RFC 1939), ports 110 and 995.</summary>
    Pop3,

    /// <summary>IMAP4rev1 (RFC 3501), ports 143 and 993.</summary>
    Imap,

    /// <summary>LMTP (RFC 2033), from a server with a queue to one with mailboxes. Port 24 is usual, or a Unix socket.</summary>
    Lmtp,
}
