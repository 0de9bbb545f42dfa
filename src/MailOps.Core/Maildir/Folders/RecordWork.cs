using System.Buffers;
using MailOps.Maildir.Folders.Cache;
using MailOps.Maildir.Names;
using MailOps.Messages;

namespace MailOps.Maildir.Folders;

/// <summary>Finds records of some messages: kept ones in the folder's cache, the others by reading the files, on all processors if they are many.</summary>
internal sealed class RecordWork(MailboxView view, RecordKind kind, RecordRequest[] wanted)
{
    // Fewer are read where the caller is: changing the thread costs more.
    private const int Few = 4;

    // What one processor takes at once.
    private const int Share = 32;

    private const int FirstRead = 8 * 1024;

    private readonly byte[]?[] _read = new byte[wanted.Length][];
    private int _taken;

    // The first look into a large cache reads all of it.
    public ValueTask<RecordBatch> RunAsync(CancellationToken cancel) =>
        view.IsCacheKnown ? FindAsync(cancel) : new(Task.Run(() => FindAsync(cancel).AsTask(), cancel));

    private ValueTask<RecordBatch> FindAsync(CancellationToken cancel)
    {
        var batch = new RecordBatch();
        var missing = ReadKept(batch);
        if (missing.Count == 0)
            return new(batch);
        return missing.Count <= Few ? ReadAsync(batch, missing, cancel) : new(Task.Run(() => ReadAsync(batch, missing, cancel).AsTask(), cancel));
    }

    private async ValueTask<RecordBatch> ReadAsync(RecordBatch kept, List<int> missing, CancellationToken cancel)
    {
        using (kept)
        {
            await ReadFilesAsync(missing, cancel).ConfigureAwait(false);
            Keep(missing);
            return Merge(kept);
        }
    }

    /// <summary>Fills the batch with what the cache has.</summary>
    /// <returns>The places of what it has not; those are empty in the batch.</returns>
    private List<int> ReadKept(RecordBatch batch)
    {
        var missing = new List<int>();
        using var cache = view.OpenCache();
        for (var i = 0; i < wanted.Length; i++)
        {
            if (cache is not null && cache.TryRead(wanted[i].Message.Uid, wanted[i].NameHash, kind, out var kept) && IsCurrent(kept))
            {
                batch.Add(kept);
                continue;
            }

            batch.AddMissing();
            missing.Add(i);
        }

        return missing;
    }

    // Another version of the program may have written it.
    private bool IsCurrent(ReadOnlySpan<byte> record) => kind switch
    {
        RecordKind.Digest => MessageDigest.IsDigest(record),
        RecordKind.Structure => StructureRecord.IsStructure(record),
        _ => true,
    };

    private async ValueTask ReadFilesAsync(List<int> missing, CancellationToken cancel)
    {
        var workers = Math.Min(Environment.ProcessorCount, (missing.Count + Share - 1) / Share);
        if (workers == 1)
        {
            await WorkAsync(missing, cancel).ConfigureAwait(false);
            return;
        }

        await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(() => WorkAsync(missing, cancel), cancel))).ConfigureAwait(false);
    }

    private async Task WorkAsync(List<int> missing, CancellationToken cancel)
    {
        var maker = new RecordMaker();
        var buffer = ArrayPool<byte>.Shared.Rent(2 * DigestBuilder.MaxOrdinary);
        try
        {
            while (Interlocked.Add(ref _taken, Share) - Share is var start && start < missing.Count)
            {
                for (var i = start; i < Math.Min(start + Share, missing.Count); i++)
                {
                    cancel.ThrowIfCancellationRequested();
                    if (wanted[missing[i]].Entry is not { } entry)
                        continue;
                    if (kind == RecordKind.Digest && TryReadHeader(entry, wanted[missing[i]].Message.FileName, maker, buffer, out var digest))
                        _read[missing[i]] = digest;
                    else
                        _read[missing[i]] = await ReadAsync(entry, wanted[missing[i]].Message, maker, cancel).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async ValueTask<byte[]?> ReadAsync(FolderEntry entry, MailboxMessage message, RecordMaker maker, CancellationToken cancel)
    {
        using var blob = await view.OpenBlobAsync(entry, message, cancel).ConfigureAwait(false);
        return blob is null ? null : (await maker.MakeAsync(kind, blob, cancel).ConfigureAwait(false)).ToArray();
    }

    /// <summary>Makes a digest out of what one read of the file's beginning gives.</summary>
    private bool TryReadHeader(FolderEntry entry, string name, RecordMaker maker, byte[] buffer, out byte[]? digest)
    {
        digest = null;
        foreach (var wantedLength in (ReadOnlySpan<int>)[FirstRead, DigestBuilder.MaxOrdinary])
        {
            var read = view.ReadStart(entry, buffer.AsSpan(0, wantedLength));
            // A file that is gone has no digest, and needs no further look.
            if (read < 0)
                return true;
            if (HeaderScanner.EndOfHeader(buffer.AsSpan(0, read)) is >= 0 and var end)
                return TryMake(name, maker, buffer, end, out digest);
            if (read < wantedLength)
                break;
        }

        return false;
    }

    // The header as it is sent, each line end of one octet made one of two.
    private static bool TryMake(string name, RecordMaker maker, byte[] buffer, int length, out byte[]? digest)
    {
        digest = null;
        var header = buffer.AsSpan(0, length);
        var afterCr = false;
        var bare = LineEnds.CountBareLf(header, ref afterCr);
        if (bare > 0)
        {
            // A name that says there are none is wrong, but it is what the message is sent by.
            if (length + bare > DigestBuilder.MaxOrdinary || MessageFileName.SizeIn(name, 'S') is >= 0 and var size && size == MessageFileName.SizeIn(name, 'W'))
                return false;
            header = AsSent(header, buffer.AsSpan(buffer.Length - (length + bare)));
        }

        if (!maker.TryMakeDigest(header, out var record))
            return false;
        digest = record.ToArray();
        return true;
    }

    private static Span<byte> AsSent(ReadOnlySpan<byte> header, Span<byte> asSent)
    {
        var to = 0;
        for (var from = 0; from < header.Length; from++)
        {
            if (header[from] == '\n' && (from == 0 || header[from - 1] != '\r'))
                asSent[to++] = (byte)'\r';
            asSent[to++] = header[from];
        }

        return asSent;
    }

    private void Keep(List<int> missing)
    {
        var batch = new CacheBatch();
        foreach (var i in missing)
        {
            if (_read[i] is { } record)
                batch.Add(wanted[i].Message.Uid, wanted[i].NameHash, kind, record);
        }

        view.Keep(batch);
    }

    private RecordBatch Merge(RecordBatch kept)
    {
        var merged = new RecordBatch();
        for (var i = 0; i < wanted.Length; i++)
        {
            if ((_read[i] ?? kept[i]) is { } record)
                merged.Add(record.Span);
            else
                merged.AddMissing();
        }

        return merged;
    }
}
