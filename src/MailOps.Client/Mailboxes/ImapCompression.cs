namespace MailOps.Client.Mailboxes;

/// <summary>When a connection for many messages is compressed (COMPRESS=DEFLATE, RFC 4978), of a server that offers it.</summary>
public enum ImapCompression
{
    /// <summary>As soon as the line turns out to be slower than compressing is. Never on the same machine, or in the same room.</summary>
    WhenSlow,

    /// <summary>From the beginning.</summary>
    Always,

    /// <summary>Not at all.</summary>
    Never,
}
