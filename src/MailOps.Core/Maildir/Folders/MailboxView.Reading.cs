using MailOps.Maildir.Folders.Cache;
using MailOps.Maildir.Names;
using MailOps.Messages;

namespace MailOps.Maildir.Folders;

/// <summary>Reading the messages of the view.</summary>
internal sealed partial class MailboxView
{
    public DateTimeOffset? InternalDate(MailboxMessage message) =>
        EntryOf(message) is { } entry ? _folder.ModifiedOf(entry) : null;

    public async ValueTask<Stream?> OpenMessageAsync(MailboxMessage message, CancellationToken cancel) =>
        (await OpenBlobAsync(message, cancel))?.AsStream();

    public ValueTask<MessageBlob?> OpenBlobAsync(MailboxMessage message, CancellationToken cancel) =>
        EntryOf(message) is { } entry ? OpenBlobAsync(entry, message, cancel) : new((MessageBlob?)null);

    ValueTask<RecordBatch> IMailbox.ReadRecordsAsync(RecordKind kind, IReadOnlyList<MailboxMessage> messages, CancellationToken cancel)
    {
        var wanted = new RecordRequest[messages.Count];
        for (var i = 0; i < wanted.Length; i++)
            wanted[i] = new RecordRequest(messages[i], EntryOf(messages[i]));
        return new RecordWork(this, kind, wanted).RunAsync(cancel);
    }

    internal bool IsCacheKnown => _folder.Cache.IsKnown;

    internal CacheReader? OpenCache() => _folder.Cache.OpenRead(_folder.Path, UidValidity);

    internal void Keep(CacheBatch batch)
    {
        _folder.Cache.Append(_folder.Path, UidValidity, batch);
        _folder.Cache.CompactIfNeeded(_folder.Path, UidValidity, _messages.Count, uid => uid >= UidNext || _messages.IndexOf(uid) >= 0);
    }

    internal int ReadStart(FolderEntry entry, Span<byte> octets) => _folder.ReadStart(entry, octets);

    internal async ValueTask<MessageBlob?> OpenBlobAsync(FolderEntry entry, MailboxMessage message, CancellationToken cancel)
    {
        if (_folder.OpenBlob(entry) is not { } blob)
            return null;

        // Our own names tell that nothing has to be converted; any other file is looked at.
        if (entry.Name.SizeIn('S') == blob.Length && entry.Name.SizeIn('W') == blob.Length)
            return blob;
        try
        {
            var stream = blob.AsStream();
            var asSent = await CrlfStream.OpenAsync(stream, cancel);
            return asSent == stream ? blob : MessageBlob.FromStream(asSent);
        }
        catch
        {
            blob.Dispose();
            throw;
        }
    }
}
