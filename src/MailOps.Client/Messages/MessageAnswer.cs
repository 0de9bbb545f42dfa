namespace MailOps.Client.Messages;

/// <summary>What a new message is to an older one.</summary>
public enum MessageAnswer
{
    /// <summary>Nothing: it stands for itself.</summary>
    None,

    /// <summary>A reply to its sender.</summary>
    Reply,

    /// <summary>A reply to its sender and all its recipients.</summary>
    ReplyAll,

    /// <summary>It is sent on, its text and attachments in the new message.</summary>
    Forward,

    /// <summary>It is sent on as it is, attached.</summary>
    ForwardAsAttachment,
}
