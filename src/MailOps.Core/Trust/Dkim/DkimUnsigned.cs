namespace MailOps.Trust.Dkim;

/// <summary>Why a message has no signature.</summary>
internal enum DkimUnsigned
{
    /// <summary>It has one.</summary>
    None,

    /// <summary>There was no key to sign with.</summary>
    NoKey,

    /// <summary>The header is longer than is kept.</summary>
    HeaderTooLong,

    /// <summary>
    /// The header has lines that are no fields, or a CR or LF that stands alone. Readers take such a header for different
    /// things, and a signature would vouch for all of them (RFC 6376 section 8.15).
    /// </summary>
    HeaderUnreadable,

    /// <summary>There is no From field, which a signature must cover (RFC 6376 section 5.4), or more than one, and each reader shows another.</summary>
    NotOneFrom,
}
