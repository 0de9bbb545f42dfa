namespace MailOps.Client.Sessions;

/// <summary>The steps of sending a message.</summary>
public enum SmtpStep
{
    /// <summary>The server's greeting.</summary>
    Greeting,

    /// <summary>EHLO or HELO.</summary>
    Ehlo,

    /// <summary>STARTTLS and the handshake.</summary>
    StartTls,

    /// <summary>AUTH.</summary>
    Auth,

    /// <summary>MAIL FROM.</summary>
    Mail,

    /// <summary>RCPT TO.</summary>
    Rcpt,

    /// <summary>DATA, up to its 354.</summary>
    Data,

    /// <summary>The message, up to the reply to its final dot.</summary>
    Message,

    /// <summary>QUIT.</summary>
    Quit,
}
