namespace MailOps.Trust.Dane;

/// <summary>What DANE asks of a connection to a mail server (RFC 7672 section 2.2).</summary>
public enum DaneUse
{
    /// <summary>DANE does not apply: what would apply without it does.</summary>
    NotApplicable,

    /// <summary>TLS is required, and the server must be authenticated by one of the records.</summary>
    Authenticate,

    /// <summary>TLS is required, though nothing that can be used says how to authenticate the server.</summary>
    Encrypt,

    /// <summary>
    /// It could not be found out: the server is to be treated as one that cannot be reached, and tried again later. To go
    /// on without DANE would let whoever suppresses answers suppress the protection.
    /// </summary>
    Unknown,
}
