using MailOps.Maildir.Disk;

namespace MailOps.Maildir.Folders;

/// <summary>
/// The folders that this process knows, one object for each directory. Views hold their folder; beside that, the ones used
/// last are kept, so that a session that comes back finds its folder read.
/// </summary>
internal sealed class FolderRegistry(StoreEnvironment store, TimeSpan watchInterval, Inotify? inotify) : IAsyncDisposable
{
    private const int MostKept = 64;
    private const int MostMessagesKept = 400_000;
    private const int SweepAt = 4096;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, WeakReference<Folder>> _folders = new(StringComparer.Ordinal);
    private readonly LinkedList<Folder> _kept = [];
    private readonly FolderWatches _watches = new(inotify, Look);
    private ITimer? _timer;
    private Task _keeping = Task.CompletedTask;

    /// <summary>The folder of a directory, which may not have been read yet.</summary>
    internal Folder Get(string path, string accountPath)
    {
        lock (_lock)
        {
            if (!TryFind(path, out var folder))
            {
                folder = new Folder(store, path, accountPath);
                if (_folders.Count >= SweepAt)
                    Sweep();
                _folders[path] = new WeakReference<Folder>(folder);
            }

            Keep(folder);

            // One timer looks at all folders that somebody waits on, for changes by other programs.
            _timer ??= store.Clock.CreateTimer(_ => Look(), null, watchInterval, watchInterval);
            return folder;
        }
    }

    /// <summary>The folder of a directory if the process knows it.</summary>
    internal Folder? Find(string path)
    {
        lock (_lock)
            return TryFind(path, out var folder) ? folder : null;
    }

    /// <summary>Forgets a folder that is dead or about to move.</summary>
    internal void Remove(string path)
    {
        lock (_lock)
        {
            if (_folders.Remove(path, out var reference) && reference.TryGetTarget(out var folder))
                _kept.Remove(folder);
        }
    }

    /// <summary>Enters a folder under the path that it has now.</summary>
    internal void Add(Folder folder)
    {
        lock (_lock)
            _folders[folder.Path] = new WeakReference<Folder>(folder);
    }

    public async ValueTask DisposeAsync()
    {
        if (_timer is not null)
            await _timer.DisposeAsync();
        await _keeping;
        List<Folder> kept;
        lock (_lock)
            kept = [.. _kept];
        foreach (var folder in kept)
            await folder.KeepIndexAsync();
        _watches.Dispose();
    }

    private bool TryFind(string path, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Folder? folder)
    {
        folder = null;
        return _folders.TryGetValue(path, out var reference) && reference.TryGetTarget(out folder) && !folder.IsDead;
    }

    private void Keep(Folder folder)
    {
        _kept.Remove(folder);
        _kept.AddFirst(folder);
        while (_kept.Count > MostKept || (_kept.Count > 1 && _kept.Sum(kept => (long)kept.Count) > MostMessagesKept))
            _kept.RemoveLast();
    }

    private void Sweep()
    {
        foreach (var path in _folders.Where(pair => !pair.Value.TryGetTarget(out _)).Select(pair => pair.Key).ToList())
            _folders.Remove(path);
    }

    private void Look()
    {
        List<Folder> waited;
        lock (_lock)
        {
            waited = _folders.Values
                .Select(reference => reference.TryGetTarget(out var folder) ? folder : null)
                .OfType<Folder>()
                .Where(folder => folder.HasWaiters)
                .ToList();
        }

        KeepIndexes();

        // Polling goes on behind the watches: they do not see what other machines do on a file server.
        _watches.Follow(waited);
        foreach (var folder in waited)
            Look(folder);
    }

    // One index after the other, when nobody waits for it.
    private void KeepIndexes()
    {
        if (!_keeping.IsCompleted)
            return;
        List<Folder> stale;
        lock (_lock)
            stale = _kept.Where(folder => folder.IsIndexStale).ToList();
        if (stale.Count > 0)
            _keeping = Task.Run(() => KeepAsync(stale));

        static async Task KeepAsync(List<Folder> folders)
        {
            foreach (var folder in folders)
                await folder.KeepIndexAsync();
        }
    }

    private static void Look(Folder folder)
    {
        try
        {
            if (folder.HasOtherAccess() || folder.MayHaveChanged())
                folder.Signal();
        }
        catch (MailStoreException)
        {
            // The session that looks next hears of the disk's error; the timer goes on.
            folder.Signal();
        }
    }
}
