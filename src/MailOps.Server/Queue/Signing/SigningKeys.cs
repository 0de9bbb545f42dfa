using System.Collections.Concurrent;
using MailOps.Server.Accounts.Files;
using MailOps.Trust.Dkim;

namespace MailOps.Server.Queue.Signing;

/// <summary>
/// The keys of the store that sign, in memory. With each message the files of its domain are looked at, which costs some microseconds, and
/// read again where one was changed: a key that was made active signs the next message.
/// </summary>
/// <param name="store">The keys on disk.</param>
/// <param name="unusable">Hears of a key that cannot sign, once for each state of its files.</param>
internal sealed class SigningKeys(DkimKeyStore store, Action<DkimKeyException> unusable)
{
    // As with other files that are watched: the time stamp of one that was changed just now may stand still while it changes once more.
    private static readonly TimeSpan Unsettled = TimeSpan.FromMilliseconds(50);

    // Domains that have keys alone, of which the store has as many as its administrator made.
    private readonly ConcurrentDictionary<string, Loaded> _domains = new(StringComparer.Ordinal);

    /// <summary>True if keys of a domain are to sign.</summary>
    /// <param name="domain">The domain, in lower case and A-labels.</param>
    public bool Has(string domain) => File.Exists(store.ActivePathOf(domain));

    /// <summary>The keys of a domain that can sign. They stay the cache's.</summary>
    /// <param name="domain">The domain, in lower case and A-labels.</param>
    public IReadOnlyList<DkimSigningKey> For(string domain)
    {
        try
        {
            if (_domains.TryGetValue(domain, out var known) && known.Files.All(file => PosixFiles.Stat(file.Path) == file.Stamp))
                return known.Keys;

            var (loaded, isLasting) = Load(domain);
            // Those of before may be signing now; who is last lets them go.
            if (isLasting)
                _domains[domain] = loaded;
            else
                _domains.TryRemove(domain, out _);
            return loaded.Keys;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            unusable(new DkimKeyException(DkimKeyFault.FileUnavailable, $"The DKIM keys of '{domain}' cannot be looked at: {e.Message}", e));
            return [];
        }
    }

    // Stamps are taken before files are read: what changes in between is seen the next time.
    private (Loaded Loaded, bool IsLasting) Load(string domain)
    {
        var (keys, isLasting) = (new List<DkimSigningKey>(), true);
        var active = store.ActivePathOf(domain);
        // The folder too: its rights are looked at with each key.
        var files = new List<(string Path, FileStamp? Stamp)> { Stamped(Path.GetDirectoryName(active)!), Stamped(active) };
        try
        {
            foreach (var selector in store.ActiveSelectors(domain))
            {
                files.Add(Stamped(store.PathOf(domain, selector)));
                try
                {
                    keys.Add(store.SigningKey(domain, selector));
                }
                catch (DkimKeyException e)
                {
                    Refuse(e);
                }
            }
        }
        catch (DkimKeyException e)
        {
            Refuse(e);
        }

        return (new Loaded(files, keys), isLasting && files.TrueForAll(file => IsSettled(file.Stamp)));

        // A disk that does not answer may do so the next time, though the file stays as it is.
        void Refuse(DkimKeyException e)
        {
            isLasting &= e.Fault is not DkimKeyFault.FileUnavailable;
            unusable(e);
        }
    }

    private static (string Path, FileStamp? Stamp) Stamped(string path) => (path, PosixFiles.Stat(path));

    private static bool IsSettled(FileStamp? stamp) =>
        stamp is not { } at || DateTime.UtcNow - (at.Changed > at.Modified ? at.Changed : at.Modified) > Unsettled;

    private sealed record Loaded(IReadOnlyList<(string Path, FileStamp? Stamp)> Files, IReadOnlyList<DkimSigningKey> Keys);
}
