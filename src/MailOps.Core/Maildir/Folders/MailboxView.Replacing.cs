using MailOps.Maildir.Access;

namespace MailOps.Maildir.Folders;

/// <content>REPLACE (RFC 8508).</content>
internal sealed partial class MailboxView
{
    /// <summary>True if the folder is one of the account whose directory this is.</summary>
    internal bool IsIn(string account) => _folder.AccountPath == account;

    /// <summary>
    /// A message comes into a folder, and one of this view goes once that is durable. The gates of both are held until then: nobody of this
    /// process sees both messages, or takes one of them away meanwhile.
    /// </summary>
    /// <param name="replaced">The message that goes.</param>
    /// <param name="folder">Where the other one comes.</param>
    /// <param name="message">The message that comes.</param>
    /// <param name="arrived">Called when its file is in the folder.</param>
    /// <param name="cancel">Ends the wait for the gates.</param>
    /// <returns>What came; nothing if the message to replace is gone; null if the folder is.</returns>
    /// <exception cref="MailStoreException">Nothing came, and nothing went; or the removal is not durable.</exception>
    internal async ValueTask<IReadOnlyList<AppendedMessage>?> ReplaceAsync(MailboxMessage replaced, Folder folder, ScratchMessage message, Action arrived, CancellationToken cancel)
    {
        ThrowIfReadOnly();
        RequireRights(MailboxRights.DeleteMessages | MailboxRights.Expunge);
        using var gates = await FolderGates.EnterAsync(_folder, folder, cancel);
        if (!await folder.SyncAsync(force: false, cancel))
            return null;
        await _folder.SyncAsync(force: false, cancel);
        if (EntryOf(replaced) is not { IsGone: false } entry)
            return [];

        var failedSyncs = folder.FailedSyncs;
        var come = await folder.AppendAsync([message], cancel);
        arrived();
        try
        {
            await folder.SyncAllAsync(failedSyncs);

            // Another program may have taken it just now.
            if (await _folder.RemoveAsync([entry], static _ => true, this, CancellationToken.None) == 0)
            {
                await folder.RemoveAsync(come, static _ => true, actor: null, CancellationToken.None);
                return [];
            }
        }
        catch (MailStoreException)
        {
            await folder.TakeBackHeldAsync(come);
            throw;
        }

        var durable = Task.WhenAll(folder.MakeDurable(), _folder.MakeDurable());
        var appended = new AppendedMessage(folder.UidValidity, come[0].Uid);
        gates.Dispose();
        await durable;
        return [appended];
    }
}
