namespace MailOps.Dns;

/// <summary>The selector of a TLSA record (RFC 6698 section 2.1.2; names: RFC 7218 section 2.2).</summary>
public enum TlsaSelector : byte
{
    /// <summary>The whole certificate.</summary>
    Cert = 0,

    /// <summary>The public key with its algorithm (SubjectPublicKeyInfo), which renewed certificates may keep.</summary>
    Spki = 1,

    /// <summary>For private use.</summary>
    PrivSel = 255,
}
