namespace MailOps.Wire;

/// <summary>Why a conversation with a server could not go on. The names are stable: error ids are made of them.</summary>
public enum MailSessionFault
{
    /// <summary>The server's name has no address, or the resolver did not answer.</summary>
    HostNotFound,

    /// <summary>No address of the server took the connection.</summary>
    ConnectFailed,

    /// <summary>The server did not connect, answer or read in time.</summary>
    TimedOut,

    /// <summary>The server closed or reset the connection in the middle of the conversation.</summary>
    ConnectionLost,

    /// <summary>What the server said is not the protocol.</summary>
    ProtocolViolation,

    /// <summary>TLS was asked for, and the server does not offer it or refused to start it.</summary>
    TlsNotOffered,

    /// <summary>The TLS handshake failed.</summary>
    TlsFailed,

    /// <summary>The server's certificate is not trusted for its name.</summary>
    CertificateNotTrusted,

    /// <summary>The server's certificate is none of those that are pinned.</summary>
    CertificateNotPinned,

    /// <summary>The server offers no mechanism that can be used, or would have the password in the clear.</summary>
    AuthenticationNotOffered,

    /// <summary>There is no access token to log in with: who gives one failed.</summary>
    TokenFailed,

    /// <summary>The server refused the credential.</summary>
    AuthenticationFailed,

    /// <summary>The mailbox is open in another session, and the server lets one in at a time.</summary>
    MailboxInUse,

    /// <summary>The server refused a command that the conversation depends on.</summary>
    CommandRefused,

    /// <summary>The server asks to come back later: too many requests, connections or octets in a time, or it lets nobody in for now.</summary>
    ServerBusy,

    /// <summary>There is no such mailbox or folder.</summary>
    MailboxNotFound,

    /// <summary>The server has no room for a message: a quota is used up.</summary>
    OverQuota,

    /// <summary>A message has more octets than the server takes.</summary>
    TooBig,

    /// <summary>The folder is another than the one whose messages were listed: its UIDs are new (RFC 9051 section 2.3.1.1).</summary>
    UidValidityChanged,
}
