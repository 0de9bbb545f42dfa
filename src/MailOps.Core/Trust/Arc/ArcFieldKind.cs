namespace MailOps.Trust.Arc;

/// <summary>The fields of a set, in the order in which a seal covers them (RFC 8617 section 5.1.1).</summary>
internal enum ArcFieldKind
{
    /// <summary>ARC-Authentication-Results.</summary>
    Results,

    /// <summary>ARC-Message-Signature.</summary>
    Message,

    /// <summary>ARC-Seal.</summary>
    Seal,
}
