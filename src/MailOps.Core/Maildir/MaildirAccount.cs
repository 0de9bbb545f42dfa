using MailOps.Maildir.Disk;
using MailOps.Maildir.Folders;
using MailOps.Maildir.Names;

namespace MailOps.Maildir;

/// <summary>The mailboxes of an account.</summary>
internal sealed class MaildirAccount(MaildirStore store, string name, AccountState state) : IMailAccount
{
    private const string FolderMarker = "maildirfolder";

    public string Name => name;

    private StoreEnvironment Environment => store.Environment;

    private IMaildirDisk Disk => store.Environment.Disk;

    public ValueTask<IReadOnlyList<MailboxInfo>> ListAsync(CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        store.MakeInboxIfMissing(state);
        var existing = new HashSet<string>(FolderNames(), StringComparer.Ordinal);
        var all = new SortedSet<string>(existing, StringComparer.Ordinal);
        var parents = new HashSet<string>(StringComparer.Ordinal);
        foreach (var mailbox in existing)
        {
            for (var end = mailbox.LastIndexOf(MailboxName.Separator); end > 0; end = mailbox.LastIndexOf(MailboxName.Separator, end - 1))
            {
                all.Add(mailbox[..end]);
                parents.Add(mailbox[..end]);
            }
        }

        all.Remove(MailboxName.Inbox);
        var result = new List<MailboxInfo>(all.Count + 1)
        {
            new(MailboxName.Inbox, Exists: true, parents.Contains(MailboxName.Inbox)),
        };
        result.AddRange(all.Select(mailbox => new MailboxInfo(mailbox, existing.Contains(mailbox), parents.Contains(mailbox))));
        return new ValueTask<IReadOnlyList<MailboxInfo>>(result);
    }

    public ValueTask<IReadOnlyList<string>> ListSubscribedAsync(CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return new ValueTask<IReadOnlyList<string>>(SubscriptionFile.Read(Disk, state.Path));
    }

    public async ValueTask SetSubscribedAsync(string mailbox, bool subscribed, CancellationToken cancel)
    {
        // A name that no mailbox can have is never subscribed, so there is nothing to take off either.
        if (!MailboxPath.TryNormalize(mailbox, out var normal))
            return;
        await state.Lock.WaitAsync(cancel);
        try
        {
            await SubscriptionFile.ChangeAsync(Environment, state.Path, normal, subscribed, cancel);
        }
        finally
        {
            state.Lock.Release();
        }

        await Environment.Commits.SyncAsync(state.Path);
    }

    public async ValueTask<MailboxOutcome> CreateAsync(string mailbox, CancellationToken cancel)
    {
        // RFC 3501 section 6.3.3: a separator at the end says that children will follow; the name is what stands before it.
        if (!MailboxPath.TryNormalize(mailbox.EndsWith(MailboxName.Separator) ? mailbox[..^1] : mailbox, out var normal))
            return MailboxOutcome.InvalidName;
        await state.Lock.WaitAsync(cancel);
        try
        {
            if (store.FindMailbox(state, normal) is not null)
                return MailboxOutcome.AlreadyExists;
            MakeMailbox(normal);
        }
        finally
        {
            state.Lock.Release();
        }

        await Environment.Commits.SyncAsync(state.Path);
        return MailboxOutcome.Done;
    }

    public async ValueTask<MailboxOutcome> DeleteAsync(string mailbox, CancellationToken cancel)
    {
        if (!MailboxPath.TryNormalize(mailbox, out var normal))
            return MailboxOutcome.NonExistent;
        if (normal == MailboxName.Inbox)
            return MailboxOutcome.InvalidName;
        await state.Lock.WaitAsync(cancel);
        try
        {
            if (store.FindMailbox(state, normal) is not { } path)
                return MailboxOutcome.NonExistent;
            var folder = store.Folders.Get(path, state.Path);
            await folder.Gate.WaitAsync(cancel);
            try
            {
                if (!folder.Delete())
                    return MailboxOutcome.NonExistent;
                store.Folders.Remove(path);
            }
            finally
            {
                folder.Gate.Release();
            }
        }
        finally
        {
            state.Lock.Release();
        }

        await Environment.Commits.SyncAsync(state.Path);
        return MailboxOutcome.Done;
    }

    public async ValueTask<MailboxOutcome> RenameAsync(string mailbox, string newName, CancellationToken cancel)
    {
        if (!MailboxPath.TryNormalize(mailbox, out var from))
            return MailboxOutcome.NonExistent;
        if (!MailboxPath.TryNormalize(newName, out var to))
            return MailboxOutcome.InvalidName;
        await state.Lock.WaitAsync(cancel);
        MailboxOutcome outcome;
        try
        {
            outcome = from == MailboxName.Inbox ? await RenameInboxAsync(to, cancel) : await RenameFolderAsync(from, to, cancel);
        }
        finally
        {
            state.Lock.Release();
        }

        await Environment.Commits.SyncAsync(state.Path);
        return outcome;
    }

    public async ValueTask<MailboxStatus?> StatusAsync(string mailbox, CancellationToken cancel)
    {
        var entered = await EnterAsync(mailbox, cancel);
        if (entered is null)
            return null;
        MailboxStatus status;
        try
        {
            var (recent, unseen, size) = (0, 0, 0L);
            foreach (var entry in entered.Entries)
            {
                recent += entry.RecentUnclaimed ? 1 : 0;
                unseen += entry.Message.Flags.System.HasFlag(SystemFlags.Seen) ? 0 : 1;
                size += entry.Size;
            }

            status = new MailboxStatus(entered.Entries.Count, recent, unseen, entered.NextUid, entered.UidValidity, size);
        }
        finally
        {
            entered.Gate.Release();
        }

        await entered.EnsureDurableAsync();
        return status;
    }

    public async ValueTask<IMailbox?> OpenAsync(string mailbox, bool readOnly, CancellationToken cancel)
    {
        var entered = await EnterAsync(mailbox, cancel);
        if (entered is null)
            return null;
        MailboxView view;
        try
        {
            _ = MailboxPath.TryNormalize(mailbox, out var normal);
            view = new MailboxView(Environment, entered, normal!, readOnly, FindFolder);
        }
        finally
        {
            entered.Gate.Release();
        }

        await entered.EnsureDurableAsync();
        return view;
    }

    public async ValueTask<AppendedMessage?> AppendAsync(string mailbox, IDelivery message, MessageFlagSet flags, DateTimeOffset? internalDate, CancellationToken cancel)
    {
        if (message is not MaildirDelivery delivery || delivery.Store != store)
            throw new ArgumentException("The delivery was not begun by this store.", nameof(message));
        var folder = await EnterAsync(mailbox, cancel);
        if (folder is null)
            return null;
        FolderEntry entry;
        AppendedMessage appended;
        try
        {
            delivery.Take();
            delivery.WriteFile();
            if (internalDate is { } date)
                Disk.SetModified(delivery.File, date);
            entry = await folder.AppendAsync(delivery.File, delivery.Length, delivery.LengthAsSent, flags, cancel);
            delivery.Delivered();
            appended = new AppendedMessage(folder.UidValidity, entry.Uid);
        }
        finally
        {
            folder.Gate.Release();
        }

        try
        {
            await Environment.Commits.SyncAsync(folder.Path);
        }
        catch (MailStoreException)
        {
            await folder.TakeBackAsync([entry]);
            throw;
        }

        return appended;
    }

    /// <summary>A folder that exists, read, with its gate held; null if there is none.</summary>
    private async ValueTask<Folder?> EnterAsync(string mailbox, CancellationToken cancel)
    {
        // A folder dies when another program replaces it: then the next round finds the new one.
        for (var round = 0; round < 3; round++)
        {
            if (FindFolder(mailbox) is not { } folder)
                return null;
            await folder.Gate.WaitAsync(cancel);
            var isAlive = false;
            try
            {
                isAlive = await folder.SyncAsync(force: false, cancel);
            }
            finally
            {
                if (!isAlive)
                    folder.Gate.Release();
            }

            if (isAlive)
                return folder;
        }

        return null;
    }

    private Folder? FindFolder(string mailbox) =>
        store.FindMailbox(state, mailbox) is { } path ? store.Folders.Get(path, state.Path) : null;

    private IEnumerable<string> FolderNames()
    {
        var directories = new List<string>();
        Disk.List(state.Path, directories: true, directory =>
        {
            if (directory[0] == '.')
                directories.Add(directory.ToString());
        });
        foreach (var directory in directories)
        {
            if (MailboxPath.TryFromDirectory(directory, out var mailbox) && store.IsFolder(Path.Join(state.Path, directory)))
                yield return mailbox;
        }
    }

    private void MakeMailbox(string normal)
    {
        var path = Path.Join(state.Path, MailboxPath.ToDirectory(normal));
        store.Folders.Remove(path);
        store.MakeFolder(path);
        Disk.Create(Path.Join(path, FolderMarker), []);
    }

    // RFC 3501 section 6.3.5: the messages move, INBOX stays and is empty; its children stay where they are.
    private async ValueTask<MailboxOutcome> RenameInboxAsync(string to, CancellationToken cancel)
    {
        if (store.FindMailbox(state, to) is not null)
            return MailboxOutcome.AlreadyExists;
        MakeMailbox(to);
        var source = FindFolder(MailboxName.Inbox)!;
        var target = FindFolder(to)!;
        using var gates = await FolderGates.EnterAsync(source, target, cancel);
        await source.SyncAsync(force: false, cancel);
        await target.SyncAsync(force: false, cancel);
        await target.MoveFromAsync(source, [.. source.Entries], actor: null, cancel);
        return MailboxOutcome.Done;
    }

    private async ValueTask<MailboxOutcome> RenameFolderAsync(string from, string to, CancellationToken cancel)
    {
        var below = from + MailboxName.Separator;
        var moving = FolderNames().Where(mailbox => mailbox == from || mailbox.StartsWith(below, StringComparison.Ordinal)).ToList();
        if (moving.Count == 0)
            return MailboxOutcome.NonExistent;
        if (to == MailboxName.Inbox)
            return MailboxOutcome.AlreadyExists;
        if (to.StartsWith(below, StringComparison.Ordinal))
            return MailboxOutcome.InvalidName;
        foreach (var mailbox in moving)
        {
            if (!MailboxPath.TryNormalize(to + mailbox[from.Length..], out var target))
                return MailboxOutcome.InvalidName;
            if (store.FindMailbox(state, target) is not null)
                return MailboxOutcome.AlreadyExists;
        }

        foreach (var mailbox in moving)
        {
            if (FindFolder(mailbox) is not { } folder)
                continue;
            await folder.Gate.WaitAsync(cancel);
            try
            {
                var old = folder.Path;
                if (folder.MoveTo(Path.Join(state.Path, MailboxPath.ToDirectory(to + mailbox[from.Length..]))))
                {
                    store.Folders.Remove(old);
                    store.Folders.Add(folder);
                }
            }
            finally
            {
                folder.Gate.Release();
            }
        }

        return MailboxOutcome.Done;
    }
}
