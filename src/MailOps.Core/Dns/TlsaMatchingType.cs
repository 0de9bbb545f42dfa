namespace MailOps.Dns;

/// <summary>The matching type of a TLSA record (RFC 6698 section 2.1.3; names: RFC 7218 section 2.3).</summary>
public enum TlsaMatchingType : byte
{
    /// <summary>The selected part itself.</summary>
    Full = 0,

    /// <summary>Its SHA-256 hash.</summary>
    Sha256 = 1,

    /// <summary>Its SHA-512 hash.</summary>
    Sha512 = 2,

    /// <summary>For private use.</summary>
    PrivMatch = 255,
}
