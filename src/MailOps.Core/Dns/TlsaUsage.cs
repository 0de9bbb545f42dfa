namespace MailOps.Dns;

/// <summary>The certificate usage of a TLSA record (RFC 6698 section 2.1.1; names: RFC 7218 section 2.1).</summary>
public enum TlsaUsage : byte
{
    /// <summary>A certificate authority that must be in the chain, which must be trusted otherwise as well.</summary>
    PkixTa = 0,

    /// <summary>The server's own certificate, which must be trusted otherwise as well.</summary>
    PkixEe = 1,

    /// <summary>A trust anchor, whether or not anybody else trusts it.</summary>
    DaneTa = 2,

    /// <summary>The server's own certificate, whether or not anybody else trusts it.</summary>
    DaneEe = 3,

    /// <summary>For private use.</summary>
    PrivCert = 255,
}
