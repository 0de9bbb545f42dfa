namespace MailOps.Messages;

/// <summary>The header fields that a digest keeps: those of the envelope, of threads, and those that mail clients list messages by.</summary>
internal enum HeaderField : byte
{
    None,
    Date,
    Subject,
    From,
    Sender,
    ReplyTo,
    To,
    Cc,
    Bcc,
    InReplyTo,
    MessageId,
    References,
    ContentType,
    ContentDescription,
    Newsgroups,
    Lines,
    Priority,
    XPriority,
    Importance,
    XLabel,
    XOriginalTo,
    ListId,
    ListPost,
    ListSubscribe,
    ListUnsubscribe,
}
