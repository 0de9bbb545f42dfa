namespace MailOps.Dns;

/// <summary>Where a mail exchanger comes from.</summary>
public enum MxKind
{
    /// <summary>From an MX record.</summary>
    Explicit,

    /// <summary>The domain has no MX record, but an address: the domain itself is the exchanger, preference 0 (RFC 5321 section 5.1).</summary>
    Implicit,

    /// <summary>The domain says that it takes no mail: a single MX record of "." (RFC 7505).</summary>
    Null,
}
