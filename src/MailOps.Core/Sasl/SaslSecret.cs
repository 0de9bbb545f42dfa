namespace MailOps.Sasl;

/// <summary>By what a mechanism shows who somebody is.</summary>
public enum SaslSecret
{
    /// <summary>The password itself crosses the wire: not outside TLS.</summary>
    Password,

    /// <summary>A proof that the password is known; the password stays where it is.</summary>
    Proof,

    /// <summary>A bearer token crosses the wire: not outside TLS (RFC 6750 section 5.3).</summary>
    Token,

    /// <summary>The certificate that the client presented to TLS.</summary>
    Certificate,
}
