using MailOps.Maildir.Access;
using MailOps.Maildir.Annotations;
using MailOps.Maildir.Watching;

namespace MailOps.Maildir;

/// <content>Annotations of mailboxes and of the account.</content>
internal sealed partial class MaildirAccount
{
    public ValueTask<IReadOnlyDictionary<string, ReadOnlyMemory<byte>>?> GetAnnotationsAsync(string? mailbox, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (AnnotationsPath(mailbox) is not { } path || !AdmitsAnnotations(mailbox))
            return new((IReadOnlyDictionary<string, ReadOnlyMemory<byte>>?)null);
        var all = AnnotationFile.Read(Disk, path);
        return new(visitor is { IsOwner: false } ? all.Where(entry => !IsPrivate(entry.Key)).ToDictionary(StringComparer.Ordinal) : all);
    }

    public async ValueTask<AnnotationOutcome> SetAnnotationsAsync(string? mailbox, IReadOnlyDictionary<string, ReadOnlyMemory<byte>?> changes, CancellationToken cancel)
    {
        AnnotationOutcome outcome;
        string? path;
        using (await directory.LockAsync(cancel))
        {
            path = AnnotationsPath(mailbox);
            outcome = path is null || (mailbox is not null && !Admits(mailbox, MailboxRights.Lookup)) ? AnnotationOutcome.NonExistent
                : !AdmitsAnnotations(mailbox) ? AnnotationOutcome.NotPermitted
                : visitor is { IsOwner: false } && changes.Keys.Any(IsPrivate) ? AnnotationOutcome.NoPrivate
                : AnnotationFile.Change(Environment, path, changes);
            if (outcome == AnnotationOutcome.Done)
                Publish(new AccountChange(AccountChangeKind.Annotated, mailbox) { Entries = [.. changes.Keys] });
        }

        if (outcome == AnnotationOutcome.Done)
            await Environment.Commits.SyncAsync(Path.GetDirectoryName(path)!);
        return outcome;
    }

    // They are the owner's (RFC 5464 section 3.3).
    private static bool IsPrivate(string entry) => entry.StartsWith("/private/", StringComparison.Ordinal);

    // RFC 5464 section 3.3: l, and one of r, s, w, i and p. Those of the account are the owner's.
    private bool AdmitsAnnotations(string? mailbox) =>
        visitor is null || (mailbox is null ? visitor.IsOwner : Admits(mailbox, MailboxRights.Lookup) && (RightsOn(mailbox) & MailboxRights.Annotating) != MailboxRights.None);

    private string? AnnotationsPath(string? mailbox)
    {
        if (mailbox is null)
            return Path.Join(directory.Path, AnnotationFile.AccountFileName);
        if (mailbox == MailboxName.Inbox)
            directory.MakeInboxIfMissing();
        return directory.Find(mailbox) is { } path ? Path.Join(path, AnnotationFile.FileName) : null;
    }
}
