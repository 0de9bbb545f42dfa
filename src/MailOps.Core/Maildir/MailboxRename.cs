using MailOps.Maildir.Folders;
using MailOps.Maildir.Layouts;

namespace MailOps.Maildir;

/// <summary>A rename of a mailbox with those below it. The account is locked.</summary>
internal sealed class MailboxRename(MaildirStore store, AccountFolders account, string from, string to)
{
    private readonly string _below = from + MailboxName.Separator;

    /// <summary>The directories whose names changed.</summary>
    internal List<string> Changed { get; } = [account.Path];

    internal async ValueTask<MailboxOutcome> RunAsync(CancellationToken cancel)
    {
        var all = account.List();
        var moving = all.FindAll(IsMoving);
        if (moving.Count == 0)
            return MailboxOutcome.NonExistent;
        if (to == MailboxName.Inbox)
            return MailboxOutcome.AlreadyExists;
        if (to.StartsWith(_below, StringComparison.Ordinal))
            return MailboxOutcome.InvalidName;
        foreach (var folder in moving)
        {
            if (!account.Layout.TryNormalize(to + folder.Mailbox[from.Length..], out var target))
                return MailboxOutcome.InvalidName;
            if (account.Find(target) is not null || account.ClashesByCase(target, IsMoving))
                return MailboxOutcome.AlreadyExists;
        }

        return account.Layout.Kind == MaildirLayout.Fs ? await MoveTreeAsync(moving, cancel) : await MoveEachAsync(moving, cancel);
    }

    private bool IsMoving(FoundFolder folder) => IsMoving(folder.Mailbox);

    private bool IsMoving(string mailbox) => mailbox == from || mailbox.StartsWith(_below, StringComparison.Ordinal);

    private string PathAfter(FoundFolder folder) => account.PathOf(to + folder.Mailbox[from.Length..]);

    // Maildir++: a rename for each. What is about to be done is written down first, so that the next who comes finishes it.
    private async ValueTask<MailboxOutcome> MoveEachAsync(List<FoundFolder> moving, CancellationToken cancel)
    {
        if (moving.Count > 1)
        {
            var failedSyncs = store.Environment.Commits.FailedSyncs;
            PendingRename.Begin(account, store.Environment.Disk, from, to);
            await store.Environment.Commits.SyncAsync(account.Path, failedSyncs);
        }

        foreach (var one in moving)
        {
            var folder = store.Folders.Get(Path.Join(account.Path, one.Directory), account.Path);

            // Begun is finished: no half of a rename because a session went away.
            await folder.Gate.WaitAsync(moving.Count > 1 ? CancellationToken.None : cancel);
            try
            {
                var old = folder.Path;
                if (folder.MoveTo(PathAfter(one)))
                    Enter(folder, old);
            }
            finally
            {
                folder.Gate.Release();
            }
        }

        if (moving.Count > 1)
            PendingRename.End(account, store.Environment.Disk);
        return MailboxOutcome.Done;
    }

    // Nested directories: one rename for all, and all that this process knows of them are told.
    private async ValueTask<MailboxOutcome> MoveTreeAsync(List<FoundFolder> moving, CancellationToken cancel)
    {
        var disk = store.Environment.Disk;

        // Its directory as it is, which another program may have spelled otherwise.
        var levels = moving[0].Directory.Split(Path.DirectorySeparatorChar)[..from.Split(MailboxName.Separator).Length];
        var source = Path.Join(account.Path, string.Join(Path.DirectorySeparatorChar, levels));
        var target = account.PathOf(to);
        if (FsLayout.Below(disk, target).Count > 0)
            return MailboxOutcome.AlreadyExists;
        var known = moving.Select(one => (Folder: store.Folders.Find(Path.Join(account.Path, one.Directory)), After: PathAfter(one)))
            .Where(pair => pair.Folder is not null).OrderBy(pair => pair.Folder!.Order).ToList();
        var entered = 0;
        try
        {
            for (; entered < known.Count; entered++)
                await known[entered].Folder!.Gate.WaitAsync(cancel);
            disk.CreateDirectory(Path.GetDirectoryName(target)!);
            if (!disk.Rename(source, target))
                return MailboxOutcome.NonExistent;
            Changed.Add(Path.GetDirectoryName(source)!);
            Changed.Add(Path.GetDirectoryName(target)!);
            foreach (var (folder, after) in known)
            {
                var old = folder!.Path;
                folder.MovedTo(after);
                Enter(folder, old);
            }
        }
        finally
        {
            while (entered > 0)
                known[--entered].Folder!.Gate.Release();
        }

        return MailboxOutcome.Done;
    }

    private void Enter(Folder folder, string old)
    {
        store.Folders.Remove(old);
        store.Folders.Add(folder);
    }
}
