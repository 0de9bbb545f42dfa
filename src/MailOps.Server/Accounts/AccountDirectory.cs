using System.Security.Cryptography;
using System.Text;
using MailOps.Sasl;
using MailOps.Server.Accounts.Addresses;
using MailOps.Server.Accounts.Files;
using MailOps.Server.Accounts.Schemes;
using MailOps.Server.Connections;

namespace MailOps.Server.Accounts;

/// <summary>
/// The accounts of a passwd-file as the server sees them, with the aliases and the rules of domains beside it: who logs in,
/// who gets mail, and who may send as whom.
/// </summary>
internal sealed class AccountDirectory : IMailDirectory
{
    private readonly WatchedFile<PasswdContent> _file;
    private readonly AddressSource _addresses;
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
    /// <param name="postmaster">Who gets the mail for postmaster and abuse where neither an account nor an alias does; null for the first account.</param>
    /// <param name="sendsOn">True if mail goes on to other servers where aliases lead there.</param>
    /// <exception cref="ArgumentException">No domain, or one that is none; a postmaster that is no address.</exception>
    public AccountDirectory(string storePath, IReadOnlyList<string> domains, ServerEvents events, TimeProvider clock, string? postmaster = null, bool sendsOn = false)
    {
        _file = new WatchedFile<PasswdContent>(PasswdFile.InStore(storePath, clock));
        _domains = ServedDomains.Parse(domains, out _defaultDomain);
        _addresses = new AddressSource(storePath, _domains, _defaultDomain, ParsePostmaster(postmaster), sendsOn, events, clock);
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

    public ValueTask<CramMd5Keys?> FindCramMd5KeysAsync(string user, CancellationToken cancel) =>
        ValueTask.FromResult(FindEntry(user, out var name)?.FindCramMd5Context() is { } context ? new CramMd5Keys(name!, context) : null);

    public ValueTask<string?> FindAccountAsync(string user, CancellationToken cancel) =>
        ValueTask.FromResult(FindEntry(user, out var name) is { MayLogIn: true } ? name : null);

    public (string Account, string Password)? FindPlainPassword(string user) =>
        FindEntry(user, out var name)?.FindPlainPassword() is { } password ? (name!, password) : null;

    public ValueTask<RecipientAnswer> FindRecipientAsync(string address, CancellationToken cancel)
    {
        if (!ServedDomains.Serves(_domains, address))
            return ValueTask.FromResult(RecipientAnswer.NotLocal);

        try
        {
            // "postmaster" alone is the default domain's (RFC 5321 section 4.5.1).
            return ValueTask.FromResult(Address.TryParse(address, _defaultDomain, out var asked) && !asked.IsWholeDomain ? Answer(asked) : RecipientAnswer.UnknownUser);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _events.Publish(new ServerFaulted { Time = _clock.GetUtcNow(), Exception = e });
            return ValueTask.FromResult(RecipientAnswer.Unavailable);
        }
    }

    public bool Serves(string address) => ServedDomains.Serves(_domains, address);

    public IReadOnlyList<AddressStep> Trace(string address) =>
        ServedDomains.Serves(_domains, address) && Address.TryParse(address, _defaultDomain, out var asked) && !asked.IsWholeDomain ? _addresses.Current(Current()).Trace(asked) : [];

    public string? Canonical(string address) =>
        Address.TryParse(address, null, out var parsed) && !parsed.IsWholeDomain ? _addresses.Current(Current()).Fold(parsed).ToString() : null;

    public ValueTask<bool> MaySendAsAsync(string account, string address, CancellationToken cancel) =>
        ValueTask.FromResult(Address.TryParse(address, null, out var sender) && !sender.IsWholeDomain && _addresses.Current(Current()).Owns(account, sender));

    public bool OffersScram(string mechanism) => Offers(accounts => accounts.OffersScram(mechanism));

    public bool OffersCramMd5 => Offers(accounts => accounts.OffersCramMd5);

    public bool OffersApop => Offers(accounts => accounts.OffersApop);

    private bool Offers(Func<AccountSnapshot, bool> offered)
    {
        try
        {
            return offered(Current());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The login itself will say that it cannot be done now.
            return _current is { } current && offered(current.Accounts);
        }
    }

    private PasswdEntry? FindEntry(string user, out string? name)
    {
        var accounts = Current();
        return AccountName.TryParse(user, _defaultDomain, out name) ? accounts.Find(name) : null;
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

    private RecipientAnswer Answer(Address asked)
    {
        var found = _addresses.Current(Current()).Resolve(asked);
        if (found.Addressees.Count + found.Outside.Count == 0)
            return RecipientAnswer.UnknownUser;

        if (found is { IsRoleWithoutAccount: true, Addressees.Count: > 0 })
            _events.Publish(new RoleAddressUnassigned { Time = _clock.GetUtcNow(), Address = asked.ToString(), Account = found.Addressees[0].Account });
        return RecipientAnswer.Deliver(found.Addressees) with { Outside = found.Outside };
    }

    private AccountSnapshot Current()
    {
        var content = _file.Current();
        if (_current is { } current && current.Content == content)
            return current.Accounts;

        lock (_loading)
        {
            return _current is { } loaded && loaded.Content == content ? loaded.Accounts : Load(content);
        }
    }

    private AccountSnapshot Load(PasswdContent content)
    {
        var before = _current;
        var accounts = new AccountSnapshot(content, _defaultDomain, _decoyKey);
        _current = new Loaded(content, accounts);
        _logins.Prune(name => accounts.Find(name)?.Password);
        foreach (var problem in accounts.Problems.Except(before?.Accounts.Problems ?? []))
            _events.Publish(new AccountLineIgnored { Time = _clock.GetUtcNow(), Path = _file.Path, Line = problem.Line, Problem = problem.Text });
        return accounts;
    }

    /// <summary>Reads who is to be the postmaster; false if it is no single address.</summary>
    public static bool TryPostmaster(string text, string defaultDomain, out Address address) =>
        Address.TryParse(text, defaultDomain, out address) && !address.IsWholeDomain;

    /// <summary>What is said of a text that cannot be the postmaster.</summary>
    public static string NoPostmaster(string text) => $"'{text}' cannot be the postmaster: write the address of an account or an alias, as in ann@example.com.";

    private Address? ParsePostmaster(string? text) =>
        text is null ? null
        : TryPostmaster(text, _defaultDomain, out var address) ? address
        : throw new ArgumentException(NoPostmaster(text));

    private sealed record Loaded(PasswdContent Content, AccountSnapshot Accounts);
}
