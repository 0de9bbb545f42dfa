namespace MailOps.Server.Connections.Faults;

/// <summary>What goes wrong where a fault is played.</summary>
public enum FaultKind
{
    /// <summary>The answer is the one that was given.</summary>
    Reply,

    /// <summary>The answer comes late; other faults may follow.</summary>
    Delay,

    /// <summary>The connection is closed without a word.</summary>
    Drop,

    /// <summary>The server's side of the connection is closed; what the client sends is read and dropped.</summary>
    HalfClose,

    /// <summary>After so many octets more the server reads nothing and closes.</summary>
    DropAfter,

    /// <summary>The answer ends after so many octets, and the connection with it.</summary>
    Truncate,

    /// <summary>The TLS handshake fails with an alert.</summary>
    TlsFailure,

    /// <summary>The handshake presents a certificate for another name.</summary>
    WrongCertificate,

    /// <summary>The handshake presents a certificate that has ended.</summary>
    ExpiredCertificate,

    /// <summary>A recipient is deferred until its sender comes again after a while.</summary>
    Greylist,

    /// <summary>So many messages a minute are taken, the next is told 421.</summary>
    Throttle,

    /// <summary>Mailboxes show another UIDVALIDITY.</summary>
    SwapUidValidity,

    /// <summary>An OAuth token is answered as one that has expired.</summary>
    ExpireToken,
}
