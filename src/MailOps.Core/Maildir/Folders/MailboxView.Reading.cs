using MailOps.Maildir.Names;

namespace MailOps.Maildir.Folders;

/// <summary>Reading the messages of the view.</summary>
internal sealed partial class MailboxView
{
    public DateTimeOffset? InternalDate(MailboxMessage message) =>
        EntryOf(message) is { } entry ? _folder.ModifiedOf(entry) : null;

    public async ValueTask<Stream?> OpenMessageAsync(MailboxMessage message, CancellationToken cancel)
    {
        if (EntryOf(message) is not { } entry || _folder.OpenFile(entry) is not { } file)
            return null;

        // Our own names tell that nothing has to be converted; any other file is looked at.
        var onDisk = MessageFileName.SizeIn(entry.Base, 'S');
        if (onDisk == file.Length && MessageFileName.SizeIn(entry.Base, 'W') == onDisk)
            return file;
        try
        {
            return await CrlfStream.OpenAsync(file, cancel);
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }
}
