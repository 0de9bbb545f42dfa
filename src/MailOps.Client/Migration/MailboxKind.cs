namespace MailOps.Client.Migration;

/// <summary>What kind of mailbox is copied.</summary>
public enum MailboxKind
{
    /// <summary>An account of IMAP.</summary>
    Imap,

    /// <summary>An account of POP3, which has one folder.</summary>
    Pop3,

    /// <summary>A Maildir.</summary>
    Maildir,

    /// <summary>Files of many messages each (RFC 4155), or a folder of them.</summary>
    Mbox,

    /// <summary>Files of one message each, in folders.</summary>
    Eml,
}
