namespace MailOps.Trust.MtaSts;

/// <summary>Where the policy that applies to a domain is from.</summary>
public enum MtaStsOrigin
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>It was fetched just now.</summary>
    Fetched,

    /// <summary>It was fetched before and still holds.</summary>
    Cached,
}
