namespace MailOps.Maildir.Folders;

/// <summary>The dates of messages, which are the times of their files.</summary>
internal sealed partial class Folder
{
    // The index that this process read or wrote; 0 for none.
    private ulong _knownIndex;

    /// <summary>The time of an entry's file. Needs no gate.</summary>
    internal DateTimeOffset? ModifiedOf(FolderEntry entry)
    {
        if (entry.ModifiedTicks != 0)
            return new DateTimeOffset(entry.ModifiedTicks, TimeSpan.Zero);
        var modified = Find<object>(entry, path => Disk.Stat(path)?.Modified) as DateTimeOffset?;
        entry.ModifiedTicks = modified?.UtcTicks ?? 0;
        return modified;
    }

    /// <summary>Sets the time of entries that are still there. The gate is held; the caller awaits the sync afterwards, outside it.</summary>
    /// <returns>Those whose time was set.</returns>
    internal async ValueTask<List<FolderEntry>> SetModifiedAsync(IReadOnlyList<FolderEntry> entries, DateTimeOffset time, CancellationToken cancel)
    {
        var done = new List<FolderEntry>(entries.Count);
        for (var attempt = 1; ; attempt++)
        {
            var lost = new List<FolderEntry>();
            using (await LockListAsync(cancel))
            using (BeginOwnChange())
            {
                Disk.Unlink(IndexPath);
                try
                {
                    foreach (var entry in entries)
                    {
                        if (!entry.IsGone)
                            (TrySetModified(entry, time) ? done : lost).Add(entry);
                    }
                }
                finally
                {
                    // Whoever wrote one meanwhile took times that were not set yet.
                    Disk.Unlink(IndexPath);
                    TouchCur();
                }
            }

            if (lost.Count == 0 || attempt == 2 || !await SyncAsync(force: true, cancel))
                return done;
            entries = lost;
        }
    }

    /// <summary>
    /// Forgets the times that are known where another program may have set some: cur has changed, or the index is not the one that this process knows.
    /// Who sets times by hand removes it, and another process may have written one since. A small folder has none: its times are asked for again.
    /// </summary>
    private void ForgetDates(bool isCurAnother)
    {
        if (isCurAnother || _knownIndex == 0)
            ForgetDates();
        ForgetDatesIfIndexIsAnother();
    }

    private void ForgetDatesIfIndexIsAnother()
    {
        if (_knownIndex == 0 || IndexIdentity() == _knownIndex)
            return;
        _knownIndex = 0;
        ForgetDates();
    }

    private void ForgetDates()
    {
        foreach (var entry in _entries)
            entry.ModifiedTicks = 0;
    }

    // No directory tells that a file's time was set, and indexes hold times: others look when cur changes. A name with a dot is no message for anybody.
    private void TouchCur()
    {
        var scratch = System.IO.Path.Join(CurPath, ".mailops-dates");
        Disk.Create(scratch, []);
        Disk.Unlink(scratch);
    }

    private ulong IndexIdentity() => Disk.Stat(IndexPath)?.Inode ?? 0;

    private bool TrySetModified(FolderEntry entry, DateTimeOffset time)
    {
        var path = PathOf(entry);
        if (Disk.Stat(path) is not { } before)
            return false;
        if (before.Links == 1)
            Disk.SetModified(path, time);
        else if (!ReplaceByCopy(path, time))
            return false;
        if (Disk.Stat(path) is not { } after)
            return false;
        entry.ModifiedTicks = after.Modified.UtcTicks;
        return true;
    }

    // The message's copies in other folders and accounts may be the same file, and keep their time. The content is on disk before the name is.
    private bool ReplaceByCopy(string path, DateTimeOffset time)
    {
        if (Disk.ReadAll(path) is not { } content)
            return false;
        var scratch = _store.NewScratchPath();
        Disk.Create(scratch, [content]);
        var isPlaced = false;
        try
        {
            Disk.SetModified(scratch, time);
            Disk.Flush(scratch);
            return isPlaced = Disk.Stat(path) is not null && Disk.Rename(scratch, path);
        }
        finally
        {
            if (!isPlaced)
                Disk.Unlink(scratch);
        }
    }
}
