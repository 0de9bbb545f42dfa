using MailOps.Server.Connections;

namespace MailOps.Server.Accounts;

/// <summary>How many failed logins an address and an account may have before nothing is tried any more for a while.</summary>
public sealed record LoginLimits
{
    /// <summary>Failures of one address within <see cref="Window"/>, over all protocols, that lock it. 0: addresses are not locked. Of an IPv6 address the /64 counts.</summary>
    public int FailuresPerAddress { get; init; } = 10;

    /// <summary>Failures of one account within <see cref="Window"/>, from all addresses together, that lock it. 0: accounts are not locked. An address from which the account was logged in to before is let in all the same.</summary>
    public int FailuresPerAccount { get; init; } = 20;

    /// <summary>In what time so many are too many. Failures are forgotten one by one over this time.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long an address or an account is locked.</summary>
    public TimeSpan LockTime { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Who is never locked and whose failures are not counted: this machine unless others are named. It may be a program that logs in for many.</summary>
    public TrustedNetworks Exempt { get; init; } = TrustedNetworks.Loopback;

    /// <summary>How many addresses, and how many accounts, are remembered at most; the oldest are forgotten first.</summary>
    public int MostRemembered { get; init; } = 16 * 1024;
}
