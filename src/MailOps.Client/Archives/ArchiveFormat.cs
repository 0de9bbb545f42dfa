namespace MailOps.Client.Archives;

/// <summary>How messages lie in files.</summary>
public enum ArchiveFormat
{
    /// <summary>A file for each message, its octets and nothing else.</summary>
    Eml,

    /// <summary>A file of many messages (RFC 4155).</summary>
    Mbox,

    /// <summary>A Maildir.</summary>
    Maildir,

    /// <summary>A directory of MH: a file for each message, named by a number, and <c>.mh_sequences</c> for what is known of them.</summary>
    Mh,
}
