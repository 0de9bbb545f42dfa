using System.Security.Cryptography;
using System.Text;
using MailOps.Sasl;
using MailOps.Server.Accounts.Files;
using MailOps.Server.Accounts.Schemes;

namespace MailOps.Server.Accounts;

/// <summary>The accounts of one state of the file, by canonical name.</summary>
internal sealed class AccountSnapshot
{
    /// <summary>The word before the secret that decoys are made from, in a comment of the file.</summary>
    public const string DecoyComment = "decoys: ";

    private readonly Dictionary<string, PasswdEntry> _accounts = new(StringComparer.Ordinal);
    private readonly HashSet<string> _offered = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, int> _iterations = new(StringComparer.OrdinalIgnoreCase);
    private readonly byte[] _decoyKey;

    /// <summary>Reads the accounts out of a file.</summary>
    /// <param name="content">The file.</param>
    /// <param name="defaultDomain">The domain of names without one.</param>
    /// <param name="processKey">What decoys are made from where the file has no secret for them.</param>
    public AccountSnapshot(PasswdContent content, string defaultDomain, byte[] processKey)
    {
        foreach (var entry in content.Entries)
        {
            // A bare name that is spelled out on another line too: the first counts.
            if (AccountName.TryParse(entry.Name, defaultDomain, out var name) && _accounts.TryAdd(name, entry))
                Names.Add(name);
        }

        Problems = [.. content.Problems];
        _decoyKey = content.FindComment(DecoyComment) is { Length: > 0 } secret ? Encoding.UTF8.GetBytes(secret) : processKey;
        DecoyStored = _accounts.Values.FirstOrDefault(entry => PasswordSchemes.TryRead(entry.Password, out _, out _))?.Password;
        foreach (var hash in new[] { ScramHash.Sha256, ScramHash.Sha1 })
            Survey(hash);
        OffersCramMd5 = Every(entry => entry.FindCramMd5Context() is not null);
        OffersApop = Every(entry => entry.FindPlainPassword() is not null);
    }

    /// <summary>The canonical names in the order of the file.</summary>
    public List<string> Names { get; } = [];

    public IReadOnlyList<LineProblem> Problems { get; }

    /// <summary>A stored password of some account: what a password for an unknown user is checked against, to take as long.</summary>
    public string? DecoyStored { get; }

    public PasswdEntry? Find(string name) => _accounts.GetValueOrDefault(name);

    /// <summary>True if every account that can log in can do so by this mechanism: a client takes the strongest that is offered and may not try another.</summary>
    public bool OffersScram(string mechanism) => _offered.Contains(mechanism);

    /// <summary>True if every account that can log in with a password can do so by CRAM-MD5, and there is one.</summary>
    public bool OffersCramMd5 { get; }

    /// <summary>True if every account that can log in with a password can do so by APOP, and there is one.</summary>
    public bool OffersApop { get; }

    /// <summary>Keys for a user that has none: the same salt each time, and a StoredKey that no proof fits.</summary>
    public ScramKeys MakeDecoy(string name, ScramHash hash)
    {
        var salt = HMACSHA256.HashData(_decoyKey, Encoding.UTF8.GetBytes($"{hash.Mechanism}\0{name}"));
        return new ScramKeys(name, _iterations[hash.Mechanism], salt.AsMemory(0, 16), RandomNumberGenerator.GetBytes(hash.Size), RandomNumberGenerator.GetBytes(hash.Size));
    }

    private bool Every(Predicate<PasswdEntry> can)
    {
        var any = false;
        foreach (var entry in _accounts.Values)
        {
            if (!PasswordSchemes.TryRead(entry.Password, out _, out _))
                continue;
            if (!can(entry))
                return false;
            any = true;
        }

        return any;
    }

    private void Survey(ScramHash hash)
    {
        var all = true;
        var counts = new Dictionary<int, int>();
        foreach (var (name, entry) in _accounts)
        {
            if (entry.FindScramKeys(name, hash) is { } keys)
                counts[keys.Iterations] = counts.GetValueOrDefault(keys.Iterations) + 1;
            else
                all &= !PasswordSchemes.TryRead(entry.Password, out _, out _);
        }

        if (all)
            _offered.Add(hash.Mechanism);
        _iterations[hash.Mechanism] = counts.Count == 0 ? ScramScheme.DefaultIterations : counts.MaxBy(pair => pair.Value).Key;
    }
}
