namespace MailOps.Maildir;

/// <summary>What came of making, deleting or renaming a mailbox.</summary>
public enum MailboxOutcome
{
    /// <summary>It was done, and is on disk.</summary>
    Done,

    /// <summary>The new name is taken.</summary>
    AlreadyExists,

    /// <summary>There is no such mailbox.</summary>
    NonExistent,

    /// <summary>Who asks has not the right, and may know that the mailbox, or the one above it, is there (RFC 4314).</summary>
    NotPermitted,

    /// <summary>The new name lies in another account, or among public mailboxes and the old one does not.</summary>
    OtherOwner,

    /// <summary>The name cannot be used: empty level, control character, too long, or the mailbox is INBOX where that is not allowed.</summary>
    InvalidName,
}
