using MailOps.Maildir.Disk;

namespace MailOps.Maildir.Folders;

/// <summary>
/// Watches the folders that somebody waits on, so that a change by another program is looked at when it happens and not when the next round
/// of polling comes. Watches come and go with those rounds: a session that waits again and again costs nothing.
/// </summary>
/// <param name="inotify">What tells of changes; null where there is nothing: then polling does it alone.</param>
/// <param name="look">Looks at a folder for changes. Called on the thread pool.</param>
internal sealed class FolderWatches(Inotify? inotify, Action<Folder> look) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Folder, Watched> _watched = [];
    private bool _isClosed;

    /// <summary>Watches these folders and no others.</summary>
    internal void Follow(IReadOnlyCollection<Folder> waited)
    {
        if (inotify is null)
            return;
        lock (_lock)
        {
            if (_isClosed)
                return;
            var wanted = waited.ToHashSet();
            var dropped = _watched.Where(pair => !wanted.Contains(pair.Key) || pair.Value.IsLost).ToList();
            foreach (var (folder, watched) in dropped)
            {
                watched.Dispose();
                _watched.Remove(folder);
            }

            foreach (var folder in wanted)
            {
                if (!_watched.ContainsKey(folder))
                    _watched.Add(folder, new Watched(inotify, folder, look));
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isClosed = true;
            foreach (var watched in _watched.Values)
                watched.Dispose();
            _watched.Clear();
        }
    }

    private sealed class Watched : IDisposable
    {
        private readonly Folder _folder;
        private readonly Action<Folder> _look;
        private readonly Inotify.Watch?[] _parts;
        private int _isDue;

        internal Watched(Inotify inotify, Folder folder, Action<Folder> look)
        {
            _folder = folder;
            _look = look;

            // One that cannot be watched is asked for again only when it is waited on anew: the limit will be the same in half a second.
            _parts = [inotify.TryWatch(Path.Join(folder.Path, "new"), Tell), inotify.TryWatch(Path.Join(folder.Path, "cur"), Tell)];
        }

        internal bool IsLost => Array.Exists(_parts, static part => part is { IsLost: true });

        public void Dispose()
        {
            foreach (var part in _parts)
                part?.Dispose();
        }

        // Many changes in a row are one look. It may touch the disk, so it is not for the thread that all folders share.
        private void Tell()
        {
            if (Interlocked.Exchange(ref _isDue, 1) == 0)
                ThreadPool.UnsafeQueueUserWorkItem(static watched => watched.Look(), this, preferLocal: false);
        }

        private void Look()
        {
            Volatile.Write(ref _isDue, 0);
            _look(_folder);
        }
    }
}
