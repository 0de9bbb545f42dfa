namespace MailOps.Client.Sessions;

/// <summary>What became of a message for a recipient.</summary>
public enum MailSendStatus
{
    /// <summary>The server took it.</summary>
    Accepted,

    /// <summary>The server refused it, or cannot carry it as it is.</summary>
    Refused,

    /// <summary>There was no connection, no login, or the connection ended before the message did: the server has not got it, and it may be sent again.</summary>
    NotSent,

    /// <summary>The whole message was sent and the connection ended before the answer: the server may have it. Sent again, it may come twice.</summary>
    Unknown,
}
