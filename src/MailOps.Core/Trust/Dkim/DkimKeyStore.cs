namespace MailOps.Trust.Dkim;

/// <summary>
/// The DKIM keys of a mail store. <c>STORE/dkim/DOMAIN/SELECTOR.pem</c> is a private key (PKCS#8), for its owner alone;
/// <c>STORE/dkim/DOMAIN/active</c> names the selectors that sign, one a line, and a domain without it signs nothing. So a new key
/// is made and published first, and signs when it is written there. Files are read when they are needed: a change counts at once.
/// </summary>
public sealed class DkimKeyStore
{
    /// <summary>The folder of a store that its keys are in.</summary>
    internal const string FolderName = "dkim";

    private const string Extension = ".pem";
    private const string ActiveName = "active";
    private const string ActiveComment = "# The selectors that sign mail of this domain, one a line: Set-DkimKey changes them.\n";

    private readonly string _storePath;
    private readonly string _root;

    /// <summary>Looks at nothing yet.</summary>
    /// <param name="storePath">The store's folder.</param>
    public DkimKeyStore(string storePath)
    {
        _storePath = storePath;
        _root = Path.Combine(storePath, FolderName);
    }

    /// <summary>The domains that have a folder for keys, in the order of their names.</summary>
    /// <exception cref="DkimKeyException">There is no store, or it cannot be read.</exception>
    public IReadOnlyList<string> Domains() => Guarded(_root, () => Directory.Exists(_root)
        ? (IReadOnlyList<string>)[.. Directory.EnumerateDirectories(_root).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)]
        : []);

    /// <summary>The selectors of a domain, in the order of their names.</summary>
    /// <exception cref="DkimKeyException">The name is none, there is no store, or it cannot be read.</exception>
    public IReadOnlyList<string> Selectors(string domain)
    {
        var folder = FolderOf(DkimKeyNames.Domain(domain));
        return Guarded(folder, () => Directory.Exists(folder)
            ? (IReadOnlyList<string>)[.. Directory.EnumerateFiles(folder, "*" + Extension).Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)]
            : []);
    }

    /// <summary>What may be told of a key.</summary>
    /// <exception cref="DkimKeyException">There is no such key, it is open to others, or it cannot be read.</exception>
    public DkimKeyRecord Get(string domain, string selector)
    {
        var (d, s) = Names(domain, selector);
        using var key = Read(d, s);
        return RecordOf(d, s, key, ActiveSelectors(d).Contains(s, StringComparer.Ordinal));
    }

    /// <summary>Makes a key, in a store that is there or not yet.</summary>
    /// <param name="domain">The signing domain.</param>
    /// <param name="selector">A selector that the domain has no key of.</param>
    /// <param name="type">Which kind.</param>
    /// <param name="size">The length of an RSA key: 2048 to 4096 bits. More is slow to sign with and fits in no answer of DNS.</param>
    /// <param name="activate">Whether it signs at once. Its record should be published before.</param>
    /// <exception cref="DkimKeyException">There is such a key, the names or the size are not to be had, or it cannot be written.</exception>
    public DkimKeyRecord Create(string domain, string selector, DkimKeyType type, int size, bool activate)
    {
        var (d, s) = Names(domain, selector);
        if (type is DkimKeyType.Rsa && (size is < DkimPrivateKey.MinimumRsaSize or > 4096 || size % 8 != 0))
            throw new DkimKeyException(DkimKeyFault.InvalidSize, $"An RSA key of {size} bits is not made: give 2048 (the least, RFC 8301 section 3.2) to 4096, in steps of 8.");
        if (Exists(d, s))
            throw new DkimKeyException(DkimKeyFault.Exists, $"There is a key '{PathOf(d, s)}' already. A selector is never used twice, since verifiers keep its record for a while: give another with -Selector.");

        using var key = DkimPrivateKey.Generate(type, size);
        Guarded(PathOf(d, s), () =>
        {
            foreach (var folder in (string[])[_storePath, _root, FolderOf(d)])
                DkimKeyFiles.MakeFolder(folder);
            DkimKeyFiles.Write(PathOf(d, s), key.ToPem(), overwrite: false);
            return 0;
        }, needsStore: false);
        return activate ? SetActive(d, s, isActive: true) : RecordOf(d, s, key, isActive: false);
    }

    /// <summary>Has a key sign, in place of the active one of the same kind, or no longer sign.</summary>
    /// <exception cref="DkimKeyException">There is no such key, it cannot sign, or the folder cannot be written.</exception>
    public DkimKeyRecord SetActive(string domain, string selector, bool isActive)
    {
        var (d, s) = Names(domain, selector);
        using var key = Read(d, s);
        // Those that cannot be read sign nothing, so none of them stays.
        var others = ActiveSelectors(d).Where(other => other != s && Exists(d, other) && (!isActive || TypeOf(d, other) is { } type && type != key.KeyType));
        WriteActive(d, isActive ? [.. others, s] : [.. others]);
        return RecordOf(d, s, key, isActive);
    }

    /// <summary>Removes a key for good. What it signed holds as long as its record is published.</summary>
    /// <exception cref="DkimKeyException">There is no such key, or it cannot be removed.</exception>
    public void Remove(string domain, string selector)
    {
        var (d, s) = Names(domain, selector);
        RequireKey(d, s);
        var active = ActiveSelectors(d);
        if (active.Contains(s, StringComparer.Ordinal))
            WriteActive(d, [.. active.Where(other => other != s)]);
        Guarded(PathOf(d, s), () =>
        {
            File.Delete(PathOf(d, s));
            return 0;
        });
    }

    /// <summary>Whether a key signs, without reading it.</summary>
    /// <exception cref="DkimKeyException">There is no such key.</exception>
    public bool IsActive(string domain, string selector)
    {
        var (d, s) = Names(domain, selector);
        RequireKey(d, s);
        return ActiveSelectors(d).Contains(s, StringComparer.Ordinal);
    }

    /// <summary>The keys that sign mail of a domain; none where the domain has none. They are the caller's to dispose of.</summary>
    /// <param name="domain">The domain, in lower case and A-labels.</param>
    /// <exception cref="DkimKeyException">A key that is named as active cannot sign.</exception>
    internal IReadOnlyList<DkimSigningKey> ActiveKeys(string domain)
    {
        var keys = new List<DkimSigningKey>();
        try
        {
            foreach (var selector in ActiveSelectors(domain))
                keys.Add(SigningKey(domain, selector));
            return keys;
        }
        catch
        {
            keys.ForEach(key => key.Dispose());
            throw;
        }
    }

    /// <summary>A key that signs, by its names in the form that folders have. It is the caller's to dispose of.</summary>
    /// <exception cref="DkimKeyException">It cannot sign.</exception>
    internal DkimSigningKey SigningKey(string domain, string selector) => new(domain, selector, Read(domain, selector));

    /// <summary>The selectors that are to sign, by a domain in lower case and A-labels.</summary>
    /// <exception cref="DkimKeyException">Their list cannot be read.</exception>
    internal IReadOnlyList<string> ActiveSelectors(string domain)
    {
        var path = ActivePathOf(domain);
        var lines = Guarded(path, () => File.Exists(path) ? File.ReadAllLines(path) : [], needsStore: false);
        return [.. lines.Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#').Select(line => DkimKeyNames.Selector(line, domain)).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The file that names the selectors that sign.</summary>
    internal string ActivePathOf(string domain) => Path.Combine(FolderOf(domain), ActiveName);

    /// <summary>The file of a private key.</summary>
    internal string PathOf(string domain, string selector) => Path.Combine(FolderOf(domain), selector + Extension);

    private static (string Domain, string Selector) Names(string domain, string selector)
    {
        var d = DkimKeyNames.Domain(domain);
        return (d, DkimKeyNames.Selector(selector, d));
    }

    private string FolderOf(string domain) => Path.Combine(_root, domain);

    private bool Exists(string domain, string selector) => File.Exists(PathOf(domain, selector));

    private void RequireKey(string domain, string selector)
    {
        Guarded(_root, () => 0);
        if (!Exists(domain, selector))
            throw new DkimKeyException(DkimKeyFault.NotFound, $"There is no key '{PathOf(domain, selector)}'. Get-DkimKey lists those there are; New-DkimKey makes one.");
    }

    private void WriteActive(string domain, IEnumerable<string> selectors)
    {
        var path = ActivePathOf(domain);
        Guarded(path, () =>
        {
            DkimKeyFiles.Write(path, ActiveComment + string.Concat(selectors.Select(selector => selector + "\n")), overwrite: true);
            return 0;
        });
    }

    private DkimKeyType? TypeOf(string domain, string selector)
    {
        try
        {
            using var key = Read(domain, selector);
            return key.KeyType;
        }
        catch (DkimKeyException)
        {
            return null;
        }
    }

    private DkimPrivateKey Read(string domain, string selector)
    {
        RequireKey(domain, selector);
        var path = PathOf(domain, selector);
        DkimKeyFiles.RequireForOwnerAlone(path);
        return DkimPrivateKey.TryRead(Guarded(path, () => File.ReadAllText(path)), out var key, out var problem)
            ? key
            : throw new DkimKeyException(DkimKeyFault.Unusable, $"The file '{path}' cannot sign: it {problem}.");
    }

    private DkimKeyRecord RecordOf(string domain, string selector, DkimPrivateKey key, bool isActive) => new()
    {
        Domain = domain,
        Selector = selector,
        KeyType = key.KeyType,
        KeySize = key.Size,
        IsActive = isActive,
        Path = PathOf(domain, selector),
        Written = new DateTimeOffset(File.GetLastWriteTimeUtc(PathOf(domain, selector))),
        RecordValue = $"v=DKIM1; h=sha256; k={(key.KeyType is DkimKeyType.Rsa ? "rsa" : "ed25519")}; p={Convert.ToBase64String(key.PublicData())}",
    };

    private T Guarded<T>(string path, Func<T> work, bool needsStore = true)
    {
        if (needsStore && !Directory.Exists(_storePath))
            throw new DkimKeyException(DkimKeyFault.StoreNotFound, $"There is no store '{_storePath}'. Give the folder that Start-MailServer was given; New-DkimKey makes it.");
        try
        {
            return work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or Maildir.MailStoreException)
        {
            throw new DkimKeyException(DkimKeyFault.FileUnavailable, $"'{path}' cannot be read or written: {e.Message}", e);
        }
    }
}
