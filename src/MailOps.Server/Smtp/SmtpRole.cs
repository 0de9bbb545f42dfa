namespace MailOps.Server.Smtp;

/// <summary>What a listener of the SMTP family is for.</summary>
public enum SmtpRole
{
    /// <summary>Takes mail from other servers (RFC 5321).</summary>
    Mx,

    /// <summary>Takes mail from users (RFC 6409).</summary>
    Submission,

    /// <summary>Takes mail from a server that keeps the queue, with an answer for each recipient (RFC 2033).</summary>
    Lmtp,
}
