using System.Globalization;
using MailOps.Maildir.Access;
using MailOps.Maildir.Annotations;
using MailOps.Maildir.Folders;
using MailOps.Maildir.Watching;

namespace MailOps.Maildir;

/// <summary>Which mailboxes there are: listing, making, deleting, renaming, subscriptions.</summary>
internal sealed partial class MaildirAccount
{
    public string? RuleAgainst(string mailbox) => directory.Layout.Check(mailbox, out _);

    public ValueTask<IReadOnlyList<MailboxInfo>> ListAsync(CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return new ValueTask<IReadOnlyList<MailboxInfo>>(MailboxInfo.WithParents(ListVisible()));
    }

    public ValueTask<IReadOnlyList<string>> ListSubscribedAsync(CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return new ValueTask<IReadOnlyList<string>>(SubscriptionFile.Read(Disk, directory.Path, directory.Layout));
    }

    public async ValueTask SetSubscribedAsync(string mailbox, bool subscribed, CancellationToken cancel)
    {
        // A name that no mailbox can have is never subscribed, so there is nothing to take off either.
        if (!directory.Layout.TryNormalize(mailbox, out var normal))
            return;
        using (await directory.LockAsync(cancel))
        {
            if (await SubscriptionFile.ChangeAsync(Environment, directory.Path, directory.Layout, normal, subscribed, cancel))
                Publish(new AccountChange(AccountChangeKind.Subscription, normal));
        }

        await Environment.Commits.SyncAsync(directory.Path);
    }

    public async ValueTask<MailboxOutcome> CreateAsync(string mailbox, CancellationToken cancel)
    {
        // RFC 3501 section 6.3.3: a separator at the end says that children will follow; the name is what stands before it.
        if (!directory.Layout.TryNormalize(mailbox.EndsWith(MailboxName.Separator) ? mailbox[..^1] : mailbox, out var normal))
            return IsStrangerAt(mailbox) ? MailboxOutcome.NonExistent : MailboxOutcome.InvalidName;

        if (RefusalToMake(normal) is { } refusal)
            return refusal;

        // INBOX always exists, whatever is on the disk, and asking for it changes nothing there.
        if (normal == MailboxName.Inbox)
            return MailboxOutcome.AlreadyExists;
        using (await directory.LockAsync(cancel))
        {
            if (IsTaken(normal))
                return RightsOn(normal)?.HasFlag(MailboxRights.Lookup) == false ? MailboxOutcome.NotPermitted : MailboxOutcome.AlreadyExists;
            RequireRoomForMailbox();
            await MakeAsync(normal, cancel);
            Publish(new AccountChange(AccountChangeKind.Created, normal));
        }

        await Environment.Commits.SyncAsync(directory.Path, directory.PathOf(normal));
        return MailboxOutcome.Done;
    }

    public async ValueTask<MailboxOutcome> DeleteAsync(string mailbox, CancellationToken cancel)
    {
        if (!directory.Layout.TryNormalize(mailbox, out var normal))
            return MailboxOutcome.NonExistent;
        if (Refusal(normal, MailboxRights.DeleteMailbox) is { } refusal)
            return refusal;
        if (normal == MailboxName.Inbox)
            return MailboxOutcome.InvalidName;
        string? path;
        var wasShared = false;
        using (await directory.LockAsync(cancel))
        {
            path = directory.Find(normal);
            if (path is null)
                return MailboxOutcome.NonExistent;
            wasShared = AccessIn(path) is { IsEmpty: false };
            var folder = store.Folders.Get(path, directory.Path);
            await folder.Gate.WaitAsync(cancel);
            try
            {
                if (!folder.Delete((from, to) => directory.Layout.Detach(Disk, from, to)))
                    return MailboxOutcome.NonExistent;
                store.Folders.Remove(path);
            }
            finally
            {
                folder.Gate.Release();
            }

            Publish(new AccountChange(AccountChangeKind.Deleted, normal));
            if (wasShared)
                await UpdateSharingAsync(CancellationToken.None);
        }

        // The mailbox is gone, whoever waits for that: the sum must know, too.
        await Environment.Quotas.RecountAsync(directory.Path, CancellationToken.None);

        // Nested, the directory lies in that of the mailbox above it, and stays if there are others below.
        await Environment.Commits.SyncAsync(Path.GetDirectoryName(path)!, path);
        return MailboxOutcome.Done;
    }

    public async ValueTask<MailboxOutcome> RenameAsync(string mailbox, string newName, CancellationToken cancel)
    {
        if (!directory.Layout.TryNormalize(mailbox, out var from))
            return MailboxOutcome.NonExistent;
        if (!directory.Layout.TryNormalize(newName, out var to))
            return Refusal(from, MailboxRights.DeleteMailbox) ?? MailboxOutcome.InvalidName;
        if (RefusalToRename(from, to) is { } refusal)
            return refusal;
        MailboxOutcome outcome;
        var rename = new MailboxRename(store, directory, from, to);
        using (await directory.LockAsync(cancel))
        {
            outcome = from == MailboxName.Inbox ? await RenameInboxAsync(to, cancel) : await rename.RunAsync(cancel);
            if (outcome == MailboxOutcome.Done)
                Publish(new AccountChange(AccountChangeKind.Renamed, to) { OldName = from });
        }

        await Environment.Commits.SyncAsync([.. rename.Changed]);
        return outcome;
    }

    // Mailboxes that nobody owns are the administrator's.
    private int? MaxMailboxes => directory.HasInbox ? store.MaxMailboxes : null;

    private int CountMailboxes() => directory.List().Count + 1;

    // RFC 9208 section 5.3. The account is locked.
    private void RequireRoomForMailbox()
    {
        if (MaxMailboxes is { } most && CountMailboxes() is var count && count >= most)
            throw new MailStoreException(StoreFault.OverQuota, string.Create(CultureInfo.InvariantCulture, $"'{directory.Path}' is over its quota: it has {count} of {most} mailboxes. Delete one, or raise the limit."));
    }

    private bool IsTaken(string normal) => directory.Find(normal) is not null || directory.ClashesByCase(normal, static _ => false);

    // It has the rights of the one above it (RFC 4314 section 4, CREATE). Who it is shared with is known before it is there.
    private async ValueTask MakeAsync(string normal, CancellationToken cancel)
    {
        var inherited = AccessAbove(normal);
        _ = await ShareAsync(inherited, int.MaxValue, cancel);
        store.Folders.Remove(directory.PathOf(normal));
        directory.Make(normal, inherited);
    }

    // RFC 3501 section 6.3.5: the messages move, INBOX stays and is empty; its children stay where they are.
    private async ValueTask<MailboxOutcome> RenameInboxAsync(string to, CancellationToken cancel)
    {
        if (IsTaken(to))
            return MailboxOutcome.AlreadyExists;
        RequireRoomForMailbox();
        await MakeAsync(to, cancel);
        // They are kept on INBOX as well (RFC 5464 section 4.1).
        var annotations = AnnotationFile.Read(Disk, AnnotationsPath(MailboxName.Inbox)!);
        if (annotations.Count > 0)
            AnnotationFile.Change(Environment, AnnotationsPath(to)!, annotations.ToDictionary(entry => entry.Key, entry => (ReadOnlyMemory<byte>?)entry.Value, StringComparer.Ordinal));
        var source = FindFolder(MailboxName.Inbox)!;
        var target = FindFolder(to)!;
        using var gates = await FolderGates.EnterAsync(source, target, cancel);
        await source.SyncAsync(force: false, cancel);
        await target.SyncAsync(force: false, cancel);
        await target.MoveFromAsync(source, [.. source.Entries], FlagMask.All, actor: null, cancel);
        var durable = Task.WhenAll(target.MakeDurable(), source.MakeDurable());
        gates.Dispose();
        await durable;
        return MailboxOutcome.Done;
    }
}
