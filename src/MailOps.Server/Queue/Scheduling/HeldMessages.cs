namespace MailOps.Server.Queue.Scheduling;

/// <summary>How many messages of each account wait for their release (RFC 4865). Guarded by the queue's lock.</summary>
internal sealed class HeldMessages
{
    private readonly Dictionary<string, Dictionary<QueueId, DateTimeOffset>> _releases = new(StringComparer.Ordinal);
    private readonly Dictionary<QueueId, string> _accounts = [];

    /// <summary>Counts a message until its release, if it has one and an account.</summary>
    public void Add(QueueId id, string? account, DateTimeOffset? until)
    {
        if (account is null || until is not { } release)
            return;
        if (!_releases.TryGetValue(account, out var releases))
            _releases.Add(account, releases = []);
        releases[id] = release;
        _accounts[id] = account;
    }

    /// <summary>The account and the release of a message that is counted, or nothing.</summary>
    public (string? Account, DateTimeOffset? Release) Find(QueueId id) =>
        _accounts.TryGetValue(id, out var account) ? (account, _releases[account][id]) : default;

    /// <summary>Counts a message no longer.</summary>
    public void Remove(QueueId id)
    {
        if (!_accounts.Remove(id, out var account))
            return;
        _releases[account].Remove(id);
        if (_releases[account].Count == 0)
            _releases.Remove(account);
    }

    /// <summary>How many messages of an account wait for their release.</summary>
    public int CountOf(string account, DateTimeOffset now) =>
        _releases.TryGetValue(account, out var releases) ? releases.Values.Count(release => release > now) : 0;
}
