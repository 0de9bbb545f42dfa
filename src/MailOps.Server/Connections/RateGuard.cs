using System.Net;

namespace MailOps.Server.Connections;

/// <summary>
/// How much each address and each account did lately, whatever the protocol. Bounded: who came longest ago is forgotten first.
/// One for each server.
/// </summary>
internal sealed class RateGuard
{
    /// <summary>How many addresses, and how many accounts, are remembered at most.</summary>
    public const int MostRemembered = 16 * 1024;

    private readonly Lock _lock = new();
    private readonly RecentTable<IPAddress, RateBuckets> _addresses = new(MostRemembered);
    private readonly RecentTable<string, RateBuckets> _accounts = new(MostRemembered);
    private readonly Func<RateBuckets> _ofAddress;
    private readonly Func<RateBuckets> _ofAccount;
    private readonly TrustedNetworks _exempt;

    /// <summary>A guard that has seen nothing yet.</summary>
    /// <param name="limits">What is too much.</param>
    /// <param name="exempt">Who is not counted by address.</param>
    /// <param name="clock">The time.</param>
    /// <exception cref="ArgumentException">A limit is less than none.</exception>
    public RateGuard(RateLimits limits, TrustedNetworks exempt, TimeProvider clock)
    {
        int[] ofAddress = [limits.ConnectionsPerMinute, limits.CommandsPerMinute, limits.MessagesPerMinute, limits.RecipientsPerMinute];
        int[] ofAccount = [0, 0, limits.AccountMessagesPerDay, limits.AccountRecipientsPerDay];
        if (ofAddress.Concat(ofAccount).Any(limit => limit < 0))
            throw new ArgumentException("What an address may do in a minute and an account in a day cannot be less than none. Give 0 to set no limit.");

        _exempt = exempt;
        _ofAddress = () => new RateBuckets(ofAddress, TimeSpan.FromMinutes(1), "your address", "a minute", clock);
        _ofAccount = () => new RateBuckets(ofAccount, TimeSpan.FromDays(1), "your account", "a day", clock);
    }

    /// <summary>How many addresses and accounts are remembered.</summary>
    public int Remembered
    {
        get
        {
            lock (_lock)
                return _addresses.Count + _accounts.Count;
        }
    }

    /// <summary>What a client's address did, or null if it is not counted.</summary>
    public RateBuckets? Of(ServerConnection c) =>
        !_exempt.Contains(c.Remote?.Address) && ClientNetwork.Of(c) is { } network ? Of(network) : null;

    /// <summary>What the clients of a network did.</summary>
    public RateBuckets Of(IPAddress network) => Of(_addresses, network, _ofAddress);

    /// <summary>What an account did.</summary>
    public RateBuckets Of(string account) => Of(_accounts, account, _ofAccount);

    private RateBuckets Of<TKey>(RecentTable<TKey, RateBuckets> table, TKey key, Func<RateBuckets> create)
        where TKey : notnull
    {
        lock (_lock)
        {
            var buckets = table.TryGet(key, out var found) ? found : create();
            table.Set(key, buckets);
            return buckets;
        }
    }
}
