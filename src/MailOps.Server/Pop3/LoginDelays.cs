using System.Collections.Concurrent;

namespace MailOps.Server.Pop3;

/// <summary>When each account last logged in, for the least time between two logins (LOGIN-DELAY, RFC 2449 section 6.5).</summary>
internal sealed class LoginDelays(TimeProvider clock)
{
    // With more, those that are over are forgotten.
    private const int Many = 10_000;

    private readonly ConcurrentDictionary<string, long> _last = new(StringComparer.Ordinal);

    /// <summary>True if the account may log in now; then this counts as its login.</summary>
    /// <param name="account">The account.</param>
    /// <param name="least">The least time since its last login; zero if there is none.</param>
    public bool TryPass(string account, TimeSpan least)
    {
        if (least <= TimeSpan.Zero)
            return true;

        if (_last.TryGetValue(account, out var before) && clock.GetElapsedTime(before) < least)
            return false;

        if (_last.Count >= Many)
        {
            foreach (var (other, at) in _last)
            {
                if (clock.GetElapsedTime(at) >= least)
                    _last.TryRemove(other, out _);
            }
        }

        _last[account] = clock.GetTimestamp();
        return true;
    }
}
