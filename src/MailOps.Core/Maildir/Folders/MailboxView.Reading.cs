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

    ValueTask<DigestBatch> IMailbox.ReadDigestsAsync(IReadOnlyList<MailboxMessage> messages, CancellationToken cancel)
    {
        var wanted = new DigestRequest[messages.Count];
        for (var i = 0; i < wanted.Length; i++)
            wanted[i] = new DigestRequest(messages[i], EntryOf(messages[i]));
        return new DigestWork(this, wanted).RunAsync(cancel);
    }

    async ValueTask<MessageStructure?> IMailbox.StructureAsync(MailboxMessage message, CancellationToken cancel)
    {
        if (EntryOf(message) is not { } entry)
            return null;
        var hash = CacheRecord.HashOf(message.FileName);
        using (var cache = OpenCache())
        {
            if (cache is not null && cache.TryRead(message.Uid, hash, CacheRecordKind.Structure, out var kept) && StructureRecord.Read(kept) is { } known)
                return known;
        }

        using var blob = await OpenBlobAsync(entry, message, cancel);
        if (blob is null)
            return null;
        var structure = await MessageStructure.ReadAsync(blob, cancel);
        var record = new RecordWriter();
        StructureRecord.Write(record, structure);
        Keep(message.Uid, hash, CacheRecordKind.Structure, record.Written);
        return structure;
    }

    public async ValueTask<string?> PreviewAsync(MailboxMessage message, CancellationToken cancel)
    {
        var hash = CacheRecord.HashOf(message.FileName);
        using (var cache = OpenCache())
        {
            if (cache is not null && cache.TryRead(message.Uid, hash, CacheRecordKind.Preview, out var kept))
                return System.Text.Encoding.UTF8.GetString(kept);
        }

        if (await ((IMailbox)this).StructureAsync(message, cancel) is not { } structure
            || await OpenMessageAsync(message, cancel) is not { } stream)
            return null;
        await using (stream)
        {
            var preview = MessagePreview.Read(stream, structure);
            Keep(message.Uid, hash, CacheRecordKind.Preview, System.Text.Encoding.UTF8.GetBytes(preview));
            return preview;
        }
    }

    internal CacheReader? OpenCache() => _folder.Cache.OpenRead(_folder.Path, UidValidity);

    internal void Keep(CacheBatch batch)
    {
        _folder.Cache.Append(_folder.Path, UidValidity, batch);
        _folder.Cache.CompactIfNeeded(_folder.Path, UidValidity, _messages.Count, uid => uid >= UidNext || _messages.IndexOf(uid) >= 0);
    }

    private void Keep(uint uid, ulong hash, CacheRecordKind kind, ReadOnlySpan<byte> content)
    {
        var batch = new CacheBatch();
        batch.Add(uid, hash, kind, content);
        Keep(batch);
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
