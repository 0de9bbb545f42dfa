using MailOps.Server.Connections;

namespace MailOps.Server.Accounts;

/// <summary>
/// The recent failures of addresses or of accounts. Each has a level that every failure raises by one and that sinks to nothing over the
/// window; who reaches the limit is locked. Bounded: the oldest are forgotten, those that are locked last.
/// </summary>
/// <param name="limit">Failures that lock; 0 for none.</param>
/// <param name="window">In what time.</param>
/// <param name="lockTime">For how long.</param>
/// <param name="capacity">How many are counted, and how many are locked, at most.</param>
/// <param name="clock">The time.</param>
internal sealed class FailureTable<TKey>(int limit, TimeSpan window, TimeSpan lockTime, int capacity, TimeProvider clock)
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly RecentTable<TKey, (double Level, long At)> _counted = new(capacity);
    private readonly RecentTable<TKey, long> _locked = new(capacity);

    /// <summary>How many are counted or locked now.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _counted.Count + _locked.Count;
        }
    }

    /// <summary>True while it is locked.</summary>
    public bool IsLocked(TKey key)
    {
        lock (_lock)
        {
            if (!_locked.TryGet(key, out var since))
                return false;
            if (clock.GetElapsedTime(since) < lockTime)
                return true;
            _locked.Remove(key);
            return false;
        }
    }

    /// <summary>Counts a failure.</summary>
    /// <returns>How many there are now, and whether this one locked it.</returns>
    public (int Failures, bool Locked) Fail(TKey key)
    {
        if (limit == 0)
            return (0, false);

        var now = clock.GetTimestamp();
        lock (_lock)
        {
            var level = 1.0;
            if (_counted.TryGet(key, out var before))
                level += Math.Max(0, before.Level - (clock.GetElapsedTime(before.At, now) / window * limit));

            // Levels sink between two failures however close they are: the last part of one counts as a whole.
            if (Math.Ceiling(level - 0.01) < limit)
            {
                _counted.Set(key, (level, now));
                return ((int)Math.Ceiling(level), false);
            }

            _counted.Remove(key);
            _locked.Set(key, now);
            return (limit, true);
        }
    }

    /// <summary>Forgets the failures; a lock stays.</summary>
    public void Forgive(TKey key)
    {
        lock (_lock)
            _counted.Remove(key);
    }
}
