using MailOps.Maildir.Annotations;
using MailOps.Maildir.Watching;

namespace MailOps.Maildir;

/// <content>Annotations of mailboxes and of the account.</content>
internal sealed partial class MaildirAccount
{
    public ValueTask<IReadOnlyDictionary<string, ReadOnlyMemory<byte>>?> GetAnnotationsAsync(string? mailbox, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return new(AnnotationsPath(mailbox) is { } path ? AnnotationFile.Read(Disk, path) : null);
    }

    public async ValueTask<AnnotationOutcome> SetAnnotationsAsync(string? mailbox, IReadOnlyDictionary<string, ReadOnlyMemory<byte>?> changes, CancellationToken cancel)
    {
        AnnotationOutcome outcome;
        string? path;
        using (await directory.LockAsync(cancel))
        {
            path = AnnotationsPath(mailbox);
            outcome = path is null ? AnnotationOutcome.NonExistent : AnnotationFile.Change(Environment, path, changes);
            if (outcome == AnnotationOutcome.Done)
                Publish(new AccountChange(AccountChangeKind.Annotated, mailbox) { Entries = [.. changes.Keys] });
        }

        if (path is not null)
            await Environment.Commits.SyncAsync(Path.GetDirectoryName(path)!);
        return outcome;
    }

    private string? AnnotationsPath(string? mailbox)
    {
        if (mailbox is null)
            return Path.Join(directory.Path, AnnotationFile.AccountFileName);
        if (mailbox == MailboxName.Inbox)
            directory.MakeInboxIfMissing();
        return directory.Find(mailbox) is { } path ? Path.Join(path, AnnotationFile.FileName) : null;
    }
}
