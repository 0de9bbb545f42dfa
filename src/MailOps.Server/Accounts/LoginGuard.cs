using System.Net;
using MailOps.Server.Connections;

namespace MailOps.Server.Accounts;

/// <summary>
/// Failed logins of a whole server, by address and by account, whatever the protocol: how much slower the next answer is, and who is locked.
/// One for each server.
/// </summary>
internal sealed class LoginGuard
{
    private readonly LoginLimits _limits;
    private readonly string? _defaultDomain;
    private readonly FailureTable<IPAddress> _addresses;
    private readonly FailureTable<string> _accounts;
    private readonly RecentTable<(string Account, IPAddress Network), bool> _known;
    private readonly Lock _concluding = new();

    /// <summary>A guard that has seen nothing yet.</summary>
    /// <param name="limits">What is too much.</param>
    /// <param name="defaultDomain">The domain of names without one: a name counts as the same account however it is written.</param>
    /// <param name="clock">The time.</param>
    public LoginGuard(LoginLimits limits, string? defaultDomain, TimeProvider clock)
    {
        _limits = limits;
        _defaultDomain = defaultDomain;
        _addresses = new FailureTable<IPAddress>(limits.FailuresPerAddress, limits.Window, limits.LockTime, limits.MostRemembered, clock);
        _accounts = new FailureTable<string>(limits.FailuresPerAccount, limits.Window, limits.LockTime, limits.MostRemembered, clock);
        _known = new RecentTable<(string, IPAddress), bool>(limits.MostRemembered);
    }

    /// <summary>How many addresses and accounts are remembered because of failures.</summary>
    public int Remembered => _addresses.Count + _accounts.Count;

    /// <summary>True while nothing is tried for this client, or for it and this name.</summary>
    /// <param name="c">The connection.</param>
    /// <param name="user">The name as the client sent it, or null if it has not come yet.</param>
    public bool IsLocked(ServerConnection c, string? user)
    {
        if (IsExempt(c))
            return false;
        var network = Network(c);
        if (network is not null && _addresses.IsLocked(network))
            return true;
        // Who was let in from there before is not locked out by what others try from elsewhere.
        return user is not null && Key(user) is var account && _accounts.IsLocked(account) && !IsKnown(account, network);
    }

    /// <summary>Counts a failure, and says in events what it locked.</summary>
    /// <returns>
    /// How many recent failures there are: of the address or of the account, whichever has more. Null if one of them was locked while the
    /// login was tried: of logins that come at the same time no more count than of those that come one after the other.
    /// </returns>
    public int? Fail(ServerConnection c, string? user)
    {
        if (IsExempt(c))
            return 0;

        lock (_concluding)
        {
            if (IsLocked(c, user))
                return null;
            var failures = 0;
            if (Network(c) is { } network)
            {
                (failures, var locked) = _addresses.Fail(network);
                if (locked)
                    c.Publish(new LoginsLocked { Network = ClientNetwork.Text(network), Account = null, LockTime = _limits.LockTime });
            }

            if (user is null)
                return failures;

            var account = Key(user);
            var (ofAccount, accountLocked) = _accounts.Fail(account);
            if (accountLocked)
                c.Publish(new LoginsLocked { Network = null, Account = account, LockTime = _limits.LockTime });
            return Math.Max(failures, ofAccount);
        }
    }

    /// <summary>Remembers a success. It does not wipe out the failures of the address: who has one account might try others in between.</summary>
    /// <returns>False if the address or the account was locked while the login was tried: then it counts for nothing.</returns>
    public bool Succeed(ServerConnection c, string account)
    {
        if (IsExempt(c))
            return true;
        lock (_concluding)
        {
            if (IsLocked(c, account))
                return false;
            _accounts.Forgive(account);
            if (Network(c) is { } network)
                _known.Set((account, network), true);
            return true;
        }
    }

    private bool IsKnown(string account, IPAddress? network)
    {
        if (network is null)
            return false;
        lock (_concluding)
            return _known.TryGet((account, network), out _);
    }

    // A name that no account can have is counted too: locks say nothing about which accounts there are.
    private string Key(string user) =>
        AccountName.TryParse(user, _defaultDomain, out var name) ? name : string.Create(Math.Min(user.Length, 256), user, static (span, text) => text.AsSpan(0, span.Length).ToLowerInvariant(span));

    private bool IsExempt(ServerConnection c) => _limits.Exempt.Contains(Address(c));

    // Who comes over a Unix socket is this machine.
    private static IPAddress? Address(ServerConnection c) => c.Remote?.Address ?? (c.IsUnixSocket && !c.IsIntroduced ? IPAddress.Loopback : null);

    /// <summary>Whose failures count as one's. Null for who is not known.</summary>
    private static IPAddress? Network(ServerConnection c) => Address(c) is { } address ? ClientNetwork.Of(address) : null;
}
