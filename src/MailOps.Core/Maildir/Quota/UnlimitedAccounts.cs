namespace MailOps.Maildir.Quota;

/// <summary>
/// Accounts that had no quota a moment ago, so that not every message asks the disk. What changes in one meanwhile is written down nowhere:
/// if another program then makes the file, it has to be counted.
/// </summary>
internal sealed class UnlimitedAccounts(TimeProvider clock)
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    private const int Most = 1024;
    private const long Never = long.MinValue;

    private readonly Dictionary<string, (long Looked, long Changed)> _accounts = new(StringComparer.Ordinal);

    /// <summary>True if the account had no quota a moment ago.</summary>
    internal bool Knows(string account)
    {
        lock (_accounts)
            return _accounts.TryGetValue(account, out var known) && IsFresh(known.Looked);
    }

    /// <summary>Remembers an account that was looked at and had no quota.</summary>
    /// <param name="account">The account.</param>
    /// <param name="looked">The clock's timestamp from before the look.</param>
    /// <param name="hasNone">Looks at another account, whose memory is to make room.</param>
    internal void Add(string account, long looked, Func<string, bool> hasNone)
    {
        lock (_accounts)
        {
            if (_accounts.TryGetValue(account, out var known))
            {
                if (known.Looked < looked)
                    _accounts[account] = (looked, known.Changed < looked ? Never : known.Changed);
                return;
            }

            if (_accounts.Count >= Most)
                MakeRoom(hasNone);
            if (_accounts.Count < Most)
                _accounts[account] = (looked, Never);
        }
    }

    /// <summary>Notes that an account changed that had no quota a moment ago.</summary>
    /// <returns>False if it is not known to have none: the change has to be written down.</returns>
    internal bool TryNoteChange(string account)
    {
        lock (_accounts)
        {
            if (!_accounts.TryGetValue(account, out var known) || !IsFresh(known.Looked))
                return false;
            _accounts[account] = known with { Changed = clock.GetTimestamp() };
            return true;
        }
    }

    /// <summary>True if the account changed since it was last seen without a quota, and the change was not written down.</summary>
    internal bool HasChanged(string account)
    {
        lock (_accounts)
            return _accounts.TryGetValue(account, out var known) && HasChanged(known);
    }

    /// <summary>The account is counted now.</summary>
    internal void Forget(string account)
    {
        lock (_accounts)
            _accounts.Remove(account);
    }

    private static bool HasChanged((long Looked, long Changed) known) => known.Changed >= known.Looked;

    private bool IsFresh(long looked) => clock.GetElapsedTime(looked) < Moment;

    private void MakeRoom(Func<string, bool> hasNone)
    {
        foreach (var (account, known) in _accounts.ToList())
        {
            if (!IsFresh(known.Looked) && (!HasChanged(known) || hasNone(account)))
                _accounts.Remove(account);
        }
    }
}
