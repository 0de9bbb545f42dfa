namespace MailOps.Server.Imap.Notify;

/// <summary>What a client may be told of (RFC 5465 section 5). Messages have no annotations here, so AnnotationChange is not among it.</summary>
[Flags]
internal enum NotifyEvents
{
    /// <summary>NONE.</summary>
    None = 0,

    /// <summary>Messages come.</summary>
    MessageNew = 1,

    /// <summary>Messages go.</summary>
    MessageExpunge = 2,

    /// <summary>Flags change.</summary>
    FlagChange = 4,

    /// <summary>Mailboxes are made, deleted and renamed.</summary>
    MailboxName = 8,

    /// <summary>Names are subscribed, or are no longer.</summary>
    SubscriptionChange = 16,

    /// <summary>Annotations of mailboxes change.</summary>
    MailboxMetadataChange = 32,

    /// <summary>Annotations of the account change, which is the server to its client.</summary>
    ServerMetadataChange = 64,

    /// <summary>What happens to messages.</summary>
    Messages = MessageNew | MessageExpunge | FlagChange,
}
