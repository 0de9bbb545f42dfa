namespace MailOps.Maildir.Access;

/// <summary>The rights of RFC 4314 section 2.1, by their letters.</summary>
[Flags]
public enum MailboxRights
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary><c>l</c>: the mailbox is listed, and can be subscribed.</summary>
    Lookup = 1,

    /// <summary><c>r</c>: the mailbox can be selected, and its messages read.</summary>
    Read = 2,

    /// <summary><c>s</c>: \Seen can be set and taken off.</summary>
    KeepSeen = 4,

    /// <summary><c>w</c>: flags but \Seen and \Deleted can be set and taken off.</summary>
    WriteFlags = 8,

    /// <summary><c>i</c>: messages can be appended and copied to the mailbox.</summary>
    Insert = 16,

    /// <summary><c>p</c>: mail can be sent to the mailbox's address. IMAP does nothing with it.</summary>
    Post = 32,

    /// <summary><c>k</c>: mailboxes can be made below.</summary>
    CreateBelow = 64,

    /// <summary><c>x</c>: the mailbox can be deleted, and renamed.</summary>
    DeleteMailbox = 128,

    /// <summary><c>t</c>: \Deleted can be set and taken off.</summary>
    DeleteMessages = 256,

    /// <summary><c>e</c>: messages with \Deleted can be expunged.</summary>
    Expunge = 512,

    /// <summary><c>a</c>: rights can be read and changed.</summary>
    Administer = 1024,

    /// <summary>All of them.</summary>
    All = 2047,

    /// <summary>What every owner keeps, so that nobody is locked out of his own mailbox.</summary>
    OfEveryOwner = Lookup | Administer,

    /// <summary>With one of these a mailbox is opened to be changed (RFC 4314 section 5.2). All flags are shared here.</summary>
    Changing = Insert | Expunge | KeepSeen | WriteFlags | DeleteMessages,

    /// <summary>With one of these who may not list a mailbox is told of his rights on it (RFC 4314 section 4, MYRIGHTS).</summary>
    Telling = Lookup | Read | Insert | CreateBelow | DeleteMailbox | Administer,

    /// <summary>With one of these, and <see cref="Lookup"/>, annotations are read and written (RFC 5464 section 3.3).</summary>
    Annotating = Read | KeepSeen | WriteFlags | Insert | Post,
}
