using System.Security.Cryptography;
using System.Text;
using MailOps.Sasl;
using MailOps.Server.Accounts.Files;
using MailOps.Server.Accounts.Schemes;
using MailOps.Server.Connections;

namespace MailOps.Server.Accounts;

/// <summary>
/// The accounts of a passwd-file as the server sees them. The file is looked at with every question, which costs some
/// microseconds, and read again when it was changed: there is nothing to restart or reload.
/// </summary>
internal sealed class AccountDirectory : IMailDirectory
{
    /// <summary>A file changed less than this before it was read may change again within the resolution of its time stamp: it is read once more.</summary>
    private static readonly TimeSpan Unsettled = TimeSpan.FromMilliseconds(50);

    private readonly PasswdFile _file;
    private readonly HashSet<string> _domains;
    private readonly string _defaultDomain;
    private readonly ServerEvents _events;
    private readonly TimeProvider _clock;
    private readonly HashWorkers _workers = new();
    private readonly VerifiedLogins _logins;
    private readonly byte[] _decoyKey = RandomNumberGenerator.GetBytes(32);
    private readonly Lazy<string> _decoyStored;
    private readonly Lock _loading = new();
    private volatile Loaded? _current;

    /// <summary>The accounts of a store.</summary>
    /// <param name="storePath">The store's folder.</param>
    /// <param name="domains">The domains that are served; names without a domain belong to the first.</param>
    /// <param name="events">Hears of broken lines.</param>
    /// <param name="clock">The server's time.</param>
    /// <exception cref="ArgumentException">No domain, or one that is none.</exception>
    public AccountDirectory(string storePath, IReadOnlyList<string> domains, ServerEvents events, TimeProvider clock)
    {
        _file = PasswdFile.InStore(storePath, clock);
        _domains = ServedDomains.Parse(domains, out _defaultDomain);
        _events = events;
        _clock = clock;
        _logins = new VerifiedLogins(clock);
        _decoyStored = new Lazy<string>(() => AccountSecret.FromPassword(Convert.ToHexString(_decoyKey), AccountSecret.DefaultScheme, scramKeys: false).Stored);
    }

    public async ValueTask<string?> VerifyPasswordAsync(string user, string password, CancellationToken cancel)
    {
        if (password.Length == 0 || password.Contains('\0', StringComparison.Ordinal) || Encoding.UTF8.GetByteCount(password) > SaslLimits.MaxPassword)
            return null;

        var accounts = Current();
        var known = AccountName.TryParse(user, _defaultDomain, out var name);
        var stored = known ? accounts.Find(name!)?.Password : null;
        if (stored is not null && _logins.Contains(name!, stored, password))
            return name;

        return await _workers.RunAsync(() => Verify(name, stored, accounts.DecoyStored, password) ? name : null, cancel);
    }

    public ValueTask<ScramKeys?> FindScramKeysAsync(string user, string mechanism, CancellationToken cancel)
    {
        var accounts = Current();
        if (ScramHash.Find(mechanism) is not { } hash)
            return ValueTask.FromResult<ScramKeys?>(null);

        if (!AccountName.TryParse(user, _defaultDomain, out var name))
            return ValueTask.FromResult<ScramKeys?>(accounts.MakeDecoy(user.ToLowerInvariant(), hash));

        return ValueTask.FromResult<ScramKeys?>(accounts.Find(name)?.FindScramKeys(name, hash) ?? accounts.MakeDecoy(name, hash));
    }

    public ValueTask<RecipientAnswer> FindRecipientAsync(string address, CancellationToken cancel)
    {
        if (!ServedDomains.Serves(_domains, address))
            return ValueTask.FromResult(RecipientAnswer.NotLocal);

        try
        {
            // "postmaster" alone is the default domain's (RFC 5321 section 4.5.1): whoever runs a domain makes that account.
            var found = AccountName.TryParse(address, _defaultDomain, out var name) && Current().Find(name) is not null;
            return ValueTask.FromResult(found ? RecipientAnswer.Deliver(name!) : RecipientAnswer.UnknownUser);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _events.Publish(new ServerFaulted { Time = _clock.GetUtcNow(), Exception = e });
            return ValueTask.FromResult(RecipientAnswer.Unavailable);
        }
    }

    public bool OffersScram(string mechanism)
    {
        try
        {
            return Current().OffersScram(mechanism);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The login itself will say that it cannot be done now.
            return _current?.Accounts.OffersScram(mechanism) ?? false;
        }
    }

    // On a worker. The password that a client sends may or may not be prepared (RFC 4616 section 2); the hash may be of either.
    private bool Verify(string? name, string? stored, string? decoyStored, string password)
    {
        // Whoever waited for the worker behind the same login finds it done.
        if (stored is not null && _logins.Contains(name!, stored, password))
            return true;

        if (stored is null || !PasswordSchemes.TryRead(stored, out var scheme, out var hash))
        {
            if (PasswordSchemes.TryRead(decoyStored ?? _decoyStored.Value, out var decoy, out var decoyHash))
                decoy.Verify(password, decoyHash);
            return false;
        }

        var right = scheme.Verify(password, hash)
            || (SaslPrep.TryPrepare(password, out var prepared) && prepared != password && scheme.Verify(prepared, hash));
        if (right)
            _logins.Add(name!, stored, password);
        return right;
    }

    private AccountSnapshot Current()
    {
        var stamp = PosixFiles.Stat(_file.Path);
        if (_current is { } current && current.Stamp == stamp && current.IsSettled)
            return current.Accounts;

        lock (_loading)
        {
            stamp = PosixFiles.Stat(_file.Path);
            if (_current is { } loaded && loaded.Stamp == stamp && loaded.IsSettled)
                return loaded.Accounts;

            // An editor that removes and writes anew, or a mount that is gone: not a reason to refuse mail for good.
            if (stamp is null && _current is { Stamp: not null })
                throw new FileNotFoundException($"The file of accounts '{_file.Path}' was there and is gone. Restore it, or make an empty one.", _file.Path);

            return Load(stamp);
        }
    }

    private AccountSnapshot Load(FileStamp? stamp)
    {
        var before = _current;
        var settled = stamp is not { } at || DateTime.UtcNow - (at.Changed > at.Modified ? at.Changed : at.Modified) > Unsettled;
        var accounts = new AccountSnapshot(_file.Read(), _defaultDomain, _decoyKey);
        _current = new Loaded(stamp, settled, accounts);
        _logins.Prune(name => accounts.Find(name)?.Password);
        foreach (var problem in accounts.Problems.Except(before?.Accounts.Problems ?? []))
            _events.Publish(new AccountLineIgnored { Time = _clock.GetUtcNow(), Path = _file.Path, Line = problem.Line, Problem = problem.Text });
        return accounts;
    }

    private sealed record Loaded(FileStamp? Stamp, bool IsSettled, AccountSnapshot Accounts);
}
