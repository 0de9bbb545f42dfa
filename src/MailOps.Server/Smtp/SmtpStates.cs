namespace MailOps.Server.Smtp;

/// <summary>Where in a session a command is legal (RFC 5321 section 4.1.4).</summary>
[Flags]
internal enum SmtpStates
{
    /// <summary>Before HELO or EHLO.</summary>
    Fresh = 1,

    /// <summary>After HELO or EHLO, with no transaction under way.</summary>
    Ready = 2,

    /// <summary>After MAIL, before the first accepted RCPT.</summary>
    Sender = 4,

    /// <summary>After an accepted RCPT.</summary>
    Recipients = 8,

    /// <summary>After a BDAT that was not the last, or that failed.</summary>
    Chunks = 16,

    /// <summary>At any time.</summary>
    Any = Fresh | Ready | Sender | Recipients | Chunks,
}
