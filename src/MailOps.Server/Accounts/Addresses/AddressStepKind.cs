namespace MailOps.Server.Accounts.Addresses;

/// <summary>What mail for an address meets.</summary>
internal enum AddressStepKind
{
    /// <summary>An alias of that name, which leads on.</summary>
    Alias,

    /// <summary>An alias that takes all of the domain.</summary>
    CatchAll,

    /// <summary>The rule that postmaster and abuse reach somebody.</summary>
    Role,

    /// <summary>An account.</summary>
    Account,

    /// <summary>Nobody: the domain is elsewhere.</summary>
    Elsewhere,

    /// <summary>Nobody, although the domain is ours.</summary>
    Nobody,
}
