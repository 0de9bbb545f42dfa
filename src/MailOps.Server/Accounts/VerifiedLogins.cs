using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace MailOps.Server.Accounts;

/// <summary>
/// Logins that were right a short while ago, so that a slow hash is paid once and not by every connection. Holds a keyed
/// hash of each password under a key that lives and dies with this process, bound to the stored hash: when that changes,
/// the entry is worth nothing. Failures are not kept.
/// </summary>
internal sealed class VerifiedLogins(TimeProvider clock)
{
    /// <summary>How long a login is remembered.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    /// <summary>How many are remembered. When they are that many, all are forgotten.</summary>
    public const int Most = 10_000;

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<string, (byte[] Mac, string Stored, long Since)> _logins = new(StringComparer.Ordinal);

    /// <summary>True if this password was right for this account while it had this stored hash.</summary>
    public bool Contains(string account, string stored, string password) =>
        _logins.TryGetValue(account, out var login)
        && clock.GetElapsedTime(login.Since) < Lifetime
        && CryptographicOperations.FixedTimeEquals(login.Mac, Mac(account, stored, password));

    /// <summary>Remembers a login that was right.</summary>
    public void Add(string account, string stored, string password)
    {
        if (_logins.Count >= Most)
            _logins.Clear();
        _logins[account] = (Mac(account, stored, password), stored, clock.GetTimestamp());
    }

    /// <summary>Forgets the logins that are over, and those whose stored hash is no longer this one.</summary>
    /// <param name="storedOf">The stored hash of an account now, or null.</param>
    public void Prune(Func<string, string?> storedOf)
    {
        foreach (var (account, login) in _logins)
        {
            if (storedOf(account) != login.Stored || clock.GetElapsedTime(login.Since) >= Lifetime)
                _logins.TryRemove(account, out _);
        }
    }

    private byte[] Mac(string account, string stored, string password) =>
        HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{account}\0{stored}\0{password}"));
}
