namespace MailOps.Trust.TlsRpt;

/// <summary>
/// What went wrong with TLS to a mail server, in the kinds of RFC 8460 section 4.3. Its <c>dane-required</c> is not among them: it is for who
/// requires DANE of a domain by himself.
/// </summary>
public enum TlsFault
{
    /// <summary>The server does not offer STARTTLS.</summary>
    StartTlsNotSupported,

    /// <summary>The certificate is for other names.</summary>
    CertificateHostMismatch,

    /// <summary>The certificate has expired, or does not hold yet.</summary>
    CertificateExpired,

    /// <summary>Nothing that is trusted vouches for the certificate.</summary>
    CertificateNotTrusted,

    /// <summary>Anything else.</summary>
    ValidationFailure,

    /// <summary>None of the TLSA records can be used.</summary>
    TlsaInvalid,

    /// <summary>Whether there are TLSA records could not be found out.</summary>
    DnssecInvalid,

    /// <summary>The MTA-STS policy could not be fetched.</summary>
    StsPolicyFetchError,

    /// <summary>The MTA-STS policy is not one.</summary>
    StsPolicyInvalid,

    /// <summary>The certificate of the host that has the MTA-STS policy does not hold.</summary>
    StsWebPkiInvalid,
}
