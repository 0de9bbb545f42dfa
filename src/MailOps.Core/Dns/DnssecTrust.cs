namespace MailOps.Dns;

/// <summary>
/// Which name servers are believed when they say that they validated an answer with DNSSEC. The bit that says so (AD) is
/// not protected on its way: it is worth as much as the path to the name server, and its honesty (RFC 7672 section 2.1.3,
/// RFC 6698 appendix A.3).
/// </summary>
public enum DnssecTrust
{
    /// <summary>Those on this machine, reached by a loopback address. They are taken to validate where they say so.</summary>
    Loopback,

    /// <summary>All that are asked. Only for name servers that validate, and to which the path is protected.</summary>
    Always,

    /// <summary>None: no answer counts as validated.</summary>
    Never,
}
