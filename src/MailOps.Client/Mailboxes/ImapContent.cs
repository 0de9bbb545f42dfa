namespace MailOps.Client.Mailboxes;

/// <summary>How much of each message is read.</summary>
public enum ImapContent
{
    /// <summary>What a listing shows: From, To, Subject, Date and Message-ID, of many messages with one command.</summary>
    Listing,

    /// <summary>All of the header.</summary>
    Header,

    /// <summary>All octets.</summary>
    Whole,
}
