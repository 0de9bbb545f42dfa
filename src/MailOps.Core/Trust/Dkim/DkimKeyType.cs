namespace MailOps.Trust.Dkim;

/// <summary>What a DKIM key signs with.</summary>
public enum DkimKeyType
{
    /// <summary>RSA with SHA-256 (RFC 6376 section 3.3.1), which every verifier knows.</summary>
    Rsa,

    /// <summary>Ed25519 with SHA-256 (RFC 8463): short records, but not every verifier knows it, so it goes beside RSA.</summary>
    Ed25519,
}
