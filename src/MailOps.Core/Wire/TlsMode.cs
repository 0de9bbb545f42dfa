namespace MailOps.Wire;

/// <summary>When a connection is secured with TLS.</summary>
public enum TlsMode
{
    /// <summary>Never: everything is sent in the clear.</summary>
    None,

    /// <summary>After the greeting, by the protocol's own command: STARTTLS or STLS.</summary>
    StartTls,

    /// <summary>From the first octet, as on ports 465, 993 and 995 (RFC 8314).</summary>
    Implicit,
}
