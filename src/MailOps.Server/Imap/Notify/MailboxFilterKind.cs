namespace MailOps.Server.Imap.Notify;

/// <summary>How mailboxes are named (RFC 5465 section 6, RFC 7377 section 2.2).</summary>
internal enum MailboxFilterKind
{
    /// <summary>The one that is selected, whichever that is.</summary>
    Selected,

    /// <summary>The same, where expunges wait for a command that lets them be told.</summary>
    SelectedDelayed,

    /// <summary>Those into which mail is delivered: INBOX.</summary>
    Inboxes,

    /// <summary>All that are the account's own.</summary>
    Personal,

    /// <summary>Those that are subscribed.</summary>
    Subscribed,

    /// <summary>Those that are named, and all below them.</summary>
    Subtree,

    /// <summary>Those that are named, and those one level below them.</summary>
    SubtreeOne,

    /// <summary>Those that are named.</summary>
    Mailboxes,
}
