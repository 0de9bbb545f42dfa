namespace MailOps.Server.Queue;

/// <summary>What becomes of the sender of mail that aliases lead to other servers.</summary>
public enum SenderRewriting
{
    /// <summary>It stays, and servers that look at SPF may refuse the mail.</summary>
    None,

    /// <summary>It becomes an address of ours, by the Sender Rewriting Scheme; what comes back to that is sent on to it.</summary>
    Srs,
}
