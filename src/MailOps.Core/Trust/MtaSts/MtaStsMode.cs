namespace MailOps.Trust.MtaSts;

/// <summary>What a sender does where a policy is not kept (RFC 8461 section 5).</summary>
public enum MtaStsMode
{
    /// <summary>Deliver all the same: as though the domain had no policy. How a domain takes its policy back (section 8.3).</summary>
    None,

    /// <summary>Deliver all the same, and report it where reports are sent.</summary>
    Testing,

    /// <summary>Do not deliver to that host.</summary>
    Enforce,
}
