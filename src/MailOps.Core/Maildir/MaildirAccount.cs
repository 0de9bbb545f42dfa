using MailOps.Maildir.Access;
using MailOps.Maildir.Disk;
using MailOps.Maildir.Folders;
using MailOps.Maildir.Watching;

namespace MailOps.Maildir;

/// <summary>The mailboxes of an account: what is in them.</summary>
/// <param name="store">The store.</param>
/// <param name="name">The account's canonical name.</param>
/// <param name="directory">Its directory.</param>
/// <param name="visitor">Who works in it, whose rights count; null for who may do anything.</param>
internal sealed partial class MaildirAccount(MaildirStore store, string name, AccountFolders directory, Visitor? visitor = null) : IMailAccount
{
    public string Name => name;

    private StoreEnvironment Environment => store.Environment;

    private IMaildirDisk Disk => store.Environment.Disk;

    public async ValueTask<MailboxStatus?> StatusAsync(string mailbox, CancellationToken cancel)
    {
        if (!Admits(mailbox, MailboxRights.Read))
            return null;
        var entered = await EnterAsync(mailbox, cancel);
        if (entered is null)
            return null;
        MailboxStatus status;
        try
        {
            var (recent, unseen, deleted, size, deletedSize) = (0, 0, 0, 0L, 0L);
            foreach (var entry in entered.Entries)
            {
                recent += entry.RecentUnclaimed ? 1 : 0;
                unseen += entry.Letters.System.HasFlag(SystemFlags.Seen) ? 0 : 1;
                if (entry.Letters.System.HasFlag(SystemFlags.Deleted))
                    (deleted, deletedSize) = (deleted + 1, deletedSize + entry.Size);
                size += entry.Size;
            }

            status = new MailboxStatus(entered.Count, recent, unseen, entered.NextUid, entered.UidValidity, size, entered.HighestModSeq, deleted, deletedSize, entered.Guid);
        }
        finally
        {
            entered.Gate.Release();
        }

        await entered.EnsureDurableAsync();
        return status;
    }

    public ValueTask<IMailbox?> OpenAsync(string mailbox, bool readOnly, CancellationToken cancel) => OpenAsync(mailbox, readOnly, FindTarget, cancel);

    /// <summary>Opens a mailbox from which messages are copied to what <paramref name="find"/> finds.</summary>
    internal async ValueTask<IMailbox?> OpenAsync(string mailbox, bool readOnly, Func<string, MailboxTarget?> find, CancellationToken cancel)
    {
        if (!Admits(mailbox, MailboxRights.Read))
            return null;
        var entered = await EnterAsync(mailbox, cancel);
        if (entered is null)
            return null;
        MailboxView view;
        try
        {
            _ = directory.Layout.TryNormalize(mailbox, out var normal);
            view = await MailboxView.OpenAsync(entered, new MailboxOpening(SeenName(normal!), readOnly, find, visitor is null ? null : RightsIn), cancel);
        }
        finally
        {
            entered.Gate.Release();
        }

        await entered.EnsureDurableAsync();
        return view;
    }

    public ValueTask<IAccountWatch> WatchAsync(CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return new(Watch());
    }

    /// <summary>Watches the account, whatever may be seen of it.</summary>
    internal IAccountWatch Watch() => Environment.Watches.Watch(directory, Origin);

    public async ValueTask<MailQuotaUsage?> GetQuotaAsync(CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var usage = await Environment.Quotas.UsageAsync(directory.Path, cancel);
        return MaxMailboxes is { } most ? (usage ?? new MailQuotaUsage(0, 0, new MailQuota())) with { Mailboxes = CountMailboxes(), MaxMailboxes = most } : usage;
    }

    /// <summary>Who changes mailboxes here: one user's session, wherever he works.</summary>
    internal object Origin => visitor?.Session ?? this;

    // Tells who watches. The account is locked.
    private void Publish(AccountChange change) => Environment.Watches.Publish(directory.Path, change, Origin);

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
        directory.Find(mailbox) is { } path ? store.Folders.Get(path, directory.Path) : null;
}
