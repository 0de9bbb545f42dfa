using MailOps.Maildir.Access;
using MailOps.Maildir.Folders;
using MailOps.Maildir.Watching;

namespace MailOps.Maildir;

/// <content>
/// Rights (RFC 4314). Whoever works in an account as a visitor can do nothing that the access lists do not allow him: what he may not know of
/// or not read is not there, and what else he may not do is refused. Without a visitor nobody's rights count.
/// </content>
internal sealed partial class MaildirAccount
{
    /// <summary>The account; null for public mailboxes, which have no owner.</summary>
    private string? Owner => directory.HasInbox ? name : null;

    public ValueTask<MailboxRights?> GetRightsAsync(string mailbox, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return new(RightsOn(mailbox));
    }

    public async ValueTask<MailboxAccess?> GetAccessAsync(string mailbox, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        await Task.CompletedTask;
        return Admits(mailbox, MailboxRights.Administer) ? MailboxAccess.Of(AccessIn(DirectoryOf(mailbox)!), Owner) : null;
    }

    public async ValueTask<AccessOutcome> SetAccessAsync(string mailbox, AccessChange change, CancellationToken cancel)
    {
        if (change.Identifier.Kind == AccessKind.Owner && Owner is null)
            return AccessOutcome.NoOwner;
        if (RefusalToAdminister(mailbox) is { } refusal)
            return refusal;
        using (await directory.LockAsync(cancel))
        {
            if (RefusalToAdminister(mailbox) is { } late)
                return late;
            var path = DirectoryOf(mailbox)!;

            // Dovecot's own lock.
            using var locked = await Environment.Locks.AcquireAsync(Path.Join(path, AccessList.FileName + ".lock"), cancel);
            var before = AccessIn(path);
            if (before.DamagedLine > 0)
                return AccessOutcome.Damaged;
            var after = change.On(before, Owner);
            if (after.Entries.Count > AccessList.MostEntries && after.Entries.Count > before.Entries.Count)
                return AccessOutcome.TooMany;

            // Who only takes rights is never refused.
            var gains = after.SharedWith(Owner).Except(before.SharedWith(Owner), StringComparer.Ordinal).Any();
            if (!await ShareAsync(after, gains ? SharingIndex.MostOfOwner : int.MaxValue, cancel))
                return AccessOutcome.TooMany;
            Write(path, after);
            await Environment.Commits.SyncAsync(path);
            if (before.SharedWith(Owner).Except(after.SharedWith(Owner), StringComparer.Ordinal).Any())
                await UpdateSharingAsync(CancellationToken.None);
            store.Folders.Find(path)?.Signal();
            Publish(new AccountChange(AccountChangeKind.Access, mailbox));
        }

        Environment.Watches.TellSharing();

        return AccessOutcome.Done;
    }

    /// <summary>The account's directory.</summary>
    internal string DirectoryPath => directory.Path;

    /// <summary>The mailboxes that may be listed.</summary>
    internal IEnumerable<string> ListVisible()
    {
        if (visitor is not { IsOwner: false })
            directory.MakeInboxIfMissing();
        if (directory.HasInbox && (visitor is not { IsOwner: false } || IsVisible(directory.Path)))
            yield return MailboxName.Inbox;
        foreach (var folder in directory.List())
        {
            if (visitor is not { IsOwner: false } || IsVisible(Path.Join(directory.Path, folder.Directory)))
                yield return folder.Mailbox;
        }
    }

    /// <summary>True if there is such a mailbox and the visitor may know of it.</summary>
    internal bool Shows(string mailbox) => DirectoryOf(mailbox) is { } path && IsVisible(path);

    /// <summary>Where messages are copied to; null for what is not there as far as the visitor may know.</summary>
    /// <exception cref="MailStoreException">He may know of it, and has not the right.</exception>
    internal MailboxTarget? FindTarget(string mailbox)
    {
        if (FindFolder(mailbox) is not { } folder)
            return null;
        var rights = RightsIn(folder.Path);
        if (!rights.HasFlag(MailboxRights.Insert))
            return rights.HasFlag(MailboxRights.Lookup) ? throw MailStoreException.NotPermitted(SeenName(mailbox), MailboxRights.Insert) : null;
        return new MailboxTarget(folder, FlagMask.Of(rights));
    }

    /// <summary>All with whom mailboxes of the account are shared.</summary>
    internal IEnumerable<string> SharedWith() => directory.List().Select(folder => Path.Join(directory.Path, folder.Directory)).Prepend(directory.Path)
        .SelectMany(path => AccessIn(path).SharedWith(Owner)).Distinct(StringComparer.Ordinal);

    private AccessList AccessIn(string path) => Environment.Access.Of(path);

    // Of others' mailboxes one whose list cannot be read hides no other.
    private bool IsVisible(string path)
    {
        try
        {
            return RightsIn(path).HasFlag(MailboxRights.Lookup);
        }
        catch (MailStoreException)
        {
            return false;
        }
    }

    private MailboxRights RightsIn(string path) => visitor is null ? MailboxRights.All : AccessIn(path).RightsOf(visitor.User, visitor.IsOwner);

    private MailboxRights? RightsOn(string mailbox) => DirectoryOf(mailbox) is { } path ? RightsIn(path) : null;

    // An empty name is the root of public mailboxes, which has rights and no messages.
    private string? DirectoryOf(string mailbox) => mailbox.Length == 0 && !directory.HasInbox ? directory.Path : directory.Find(mailbox);

    private string SeenName(string mailbox) => (visitor?.Prefix ?? "") + mailbox;

    private bool Admits(string mailbox, MailboxRights needed) => visitor is null || RightsOn(mailbox)?.HasFlag(needed) == true;

    private MailboxOutcome? Refusal(string mailbox, MailboxRights needed)
    {
        if (visitor is null)
            return null;
        if (RightsOn(mailbox) is not { } rights)
            return visitor.IsOwner ? null : MailboxOutcome.NonExistent;
        return Refusal(rights, needed);
    }

    private static MailboxOutcome? Refusal(MailboxRights rights, MailboxRights needed)
    {
        if (rights.HasFlag(needed))
            return null;
        return rights.HasFlag(MailboxRights.Lookup) ? MailboxOutcome.NotPermitted : MailboxOutcome.NonExistent;
    }

    private AccessOutcome? RefusalToAdminister(string mailbox)
    {
        if (RightsOn(mailbox) is not { } rights)
            return AccessOutcome.NonExistent;
        if (rights.HasFlag(MailboxRights.Administer))
            return null;
        return rights.HasFlag(MailboxRights.Lookup) ? AccessOutcome.NotPermitted : AccessOutcome.NonExistent;
    }

    // RFC 4314 section 4, CREATE: k on the nearest mailbox above. At the top the owner may, and among public mailboxes who has k on the root.
    private MailboxOutcome? RefusalToMake(string normal)
    {
        if (!directory.HasInbox && (normal == MailboxName.Inbox || normal.StartsWith(MailboxName.Inbox + MailboxName.Separator, StringComparison.Ordinal)))
            return MailboxOutcome.InvalidName;
        if (visitor is null)
            return null;
        if (DirectoryAbove(normal) is not { } above)
            return visitor.IsOwner ? null : MailboxOutcome.NonExistent;
        return Refusal(RightsIn(above), MailboxRights.CreateBelow);
    }

    // Of a name in another's account that breaks a rule nothing is said to who may not know of a mailbox above it: not that there is the account either.
    private bool IsStrangerAt(string mailbox) =>
        visitor is { IsOwner: false } && directory.HasInbox && !(DirectoryAbove(mailbox) is { } above && RightsIn(above).HasFlag(MailboxRights.Lookup));

    // RFC 4314 section 4, RENAME. Only the owner empties an INBOX by renaming it.
    private MailboxOutcome? RefusalToRename(string from, string to)
    {
        if (Refusal(from, MailboxRights.DeleteMailbox) is { } refusal)
            return refusal;
        if (from == MailboxName.Inbox && visitor is { IsOwner: false })
            return MailboxOutcome.InvalidName;
        if (RefusalToMake(to) is { } noTarget)
            return noTarget;
        return RightsOn(to)?.HasFlag(MailboxRights.Lookup) == false ? MailboxOutcome.NotPermitted : null;
    }

    private string? DirectoryAbove(string normal) =>
        MailboxName.Above(normal).Select(directory.Find).FirstOrDefault(path => path is not null) ?? (directory.HasInbox ? null : directory.Path);

    private AccessList AccessAbove(string normal) => DirectoryAbove(normal) is { } above ? AccessIn(above) : AccessList.None;

    private async ValueTask<bool> ShareAsync(AccessList list, int most, CancellationToken cancel) =>
        Owner is null || store.Sharing is not { } sharing || list.SharedWith(Owner).ToList() is not { Count: > 0 } sharedWith || await sharing.AddAsync(Owner, sharedWith, most, cancel);

    private async ValueTask UpdateSharingAsync(CancellationToken cancel)
    {
        if (Owner is not null && store.Sharing is { } sharing)
            await sharing.ReplaceAsync(Owner, [.. SharedWith()], cancel);
    }

    private void Write(string path, AccessList list)
    {
        var file = Path.Join(path, AccessList.FileName);
        if (list.IsEmpty)
        {
            Disk.Unlink(file);
        }
        else
        {
            // Content first: a cut of the power leaves the old file or the new one, and never an empty one.
            var scratch = Environment.NewScratchPath();
            Disk.Create(scratch, [list.Format()]);
            Disk.Flush(scratch);
            Disk.Rename(scratch, file);
        }

        // What Dovecot remembers of it.
        Disk.Unlink(Path.Join(directory.Path, "dovecot-acl-list"));
    }
}
