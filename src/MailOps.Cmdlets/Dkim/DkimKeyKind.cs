namespace MailOps.Cmdlets.Dkim;

/// <summary>What a DKIM key signs with.</summary>
public enum DkimKeyKind
{
    /// <summary>RSA with SHA-256, which every verifier knows.</summary>
    Rsa,

    /// <summary>Ed25519 with SHA-256 (RFC 8463): a short record, but not every verifier knows it.</summary>
    Ed25519,
}
