namespace MailOps.Server.Tests.Imap;

/// <summary>The untagged responses that sessions which change mailboxes at random may hear.</summary>
internal enum UntaggedKind
{
    Exists,
    Recent,
    Expunge,
    Vanished,
    VanishedEarlier,
    Fetch,
    UidFetch,
    Flags,
    PermanentFlags,
    UidValidity,
    UidNext,
    Unseen,
    MailboxId,
    HighestModSeq,
    Closed,
    CopyUid,
    AppendUid,
    Search,
    ExtendedSearch,
    Status,
    List,
    Enabled,
}
