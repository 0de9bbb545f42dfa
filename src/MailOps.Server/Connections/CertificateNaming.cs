namespace MailOps.Server.Connections;

/// <summary>Which names in a client's certificate are names of accounts.</summary>
public enum CertificateNaming
{
    /// <summary>Its e-mail addresses (rfc822Name among the subject's alternative names).</summary>
    Email,

    /// <summary>The common name of its subject.</summary>
    CommonName,

    /// <summary>Its user principal name, as Active Directory's certificates have it.</summary>
    UserPrincipalName,
}
