using System.Buffers;
using MailOps.Maildir.Folders.Cache;
using MailOps.Maildir.Names;
using MailOps.Messages;

namespace MailOps.Maildir.Folders;

/// <summary>Finds the digests of some messages: kept ones in the folder's cache, the others by reading the files, on all processors if they are many.</summary>
internal sealed class DigestWork(MailboxView view, DigestRequest[] wanted)
{
    // Fewer are read where the caller is: changing the thread costs more.
    private const int Few = 4;

    // What one processor takes at once.
    private const int Share = 32;

    private const int FirstRead = 8 * 1024;

    private readonly ReadOnlyMemory<byte>[] _read = new ReadOnlyMemory<byte>[wanted.Length];
    private int _taken;

    public ValueTask<DigestBatch> RunAsync(CancellationToken cancel) =>
        wanted.Length <= Few ? ReadAllAsync(cancel) : new(Task.Run(() => ReadAllAsync(cancel).AsTask(), cancel));

    private async ValueTask<DigestBatch> ReadAllAsync(CancellationToken cancel)
    {
        var batch = new DigestBatch();
        try
        {
            var missing = ReadKept(batch);
            if (missing.Count == 0)
                return batch;
            await ReadFilesAsync(missing, cancel).ConfigureAwait(false);
            Keep(missing);
            return Merge(batch, missing);
        }
        catch
        {
            batch.Dispose();
            throw;
        }
    }

    /// <summary>Fills the batch with what the cache has.</summary>
    /// <returns>The places of what it has not; those are empty in the batch.</returns>
    private List<int> ReadKept(DigestBatch batch)
    {
        var missing = new List<int>();
        using var cache = view.OpenCache();
        for (var i = 0; i < wanted.Length; i++)
        {
            if (cache is not null && cache.TryRead(wanted[i].Message.Uid, wanted[i].NameHash, CacheRecordKind.Digest, out var kept) && MessageDigest.IsDigest(kept))
            {
                batch.Add(kept);
                continue;
            }

            batch.Add([]);
            missing.Add(i);
        }

        return missing;
    }

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
        var builder = new DigestBuilder();
        var buffer = ArrayPool<byte>.Shared.Rent(2 * DigestBuilder.MaxOrdinary);
        try
        {
            while (Interlocked.Add(ref _taken, Share) - Share is var start && start < missing.Count)
            {
                for (var i = start; i < Math.Min(start + Share, missing.Count); i++)
                {
                    cancel.ThrowIfCancellationRequested();
                    if (await TryReadAsync(wanted[missing[i]], builder, buffer, cancel).ConfigureAwait(false))
                        _read[missing[i]] = builder.Record.ToArray();
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async ValueTask<bool> TryReadAsync(DigestRequest request, DigestBuilder builder, byte[] buffer, CancellationToken cancel)
    {
        if (request.Entry is not { } entry)
            return false;
        var read = view.ReadStart(entry, buffer.AsSpan(0, FirstRead));
        var end = read < 0 ? -1 : DigestReading.EndOfHeader(buffer.AsSpan(0, read));
        if (end < 0 && read == FirstRead)
        {
            read = view.ReadStart(entry, buffer.AsSpan(0, DigestBuilder.MaxOrdinary));
            end = read < 0 ? -1 : DigestReading.EndOfHeader(buffer.AsSpan(0, read));
        }

        if (read < 0)
            return false;
        if (end >= 0 && TryBuild(request.Message.FileName, builder, buffer, end))
            return true;

        using var blob = await view.OpenBlobAsync(entry, request.Message, cancel).ConfigureAwait(false);
        if (blob is null)
            return false;
        await using var stream = blob.AsStream();
        await DigestReading.ReadOddAsync(stream, builder, cancel).ConfigureAwait(false);
        return true;
    }

    // The header as it is sent, each line end of one octet made one of two.
    private static bool TryBuild(string name, DigestBuilder builder, byte[] buffer, int length)
    {
        var header = buffer.AsSpan(0, length);
        var afterCr = false;
        var bare = LineEnds.CountBareLf(header, ref afterCr);
        if (bare == 0)
            return builder.TryBuild(header);
        // A name that says there are none is wrong, but it is what the message is sent by.
        if (length + bare > DigestBuilder.MaxOrdinary || MessageFileName.SizeIn(name, 'S') is >= 0 and var size && size == MessageFileName.SizeIn(name, 'W'))
            return false;
        var asSent = buffer.AsSpan(buffer.Length - (length + bare));
        // From the end on: what is written never overtakes what is read.
        for (int from = length - 1, to = asSent.Length - 1; from >= 0; from--)
        {
            asSent[to--] = header[from];
            if (header[from] == '\n' && (from == 0 || header[from - 1] != '\r'))
                asSent[to--] = (byte)'\r';
        }

        return builder.TryBuild(asSent);
    }

    private void Keep(List<int> missing)
    {
        var batch = new CacheBatch();
        foreach (var i in missing)
        {
            if (!_read[i].IsEmpty)
                batch.Add(wanted[i].Message.Uid, wanted[i].NameHash, CacheRecordKind.Digest, _read[i].Span);
        }

        view.Keep(batch);
    }

    private DigestBatch Merge(DigestBatch kept, List<int> missing)
    {
        using (kept)
        {
            var merged = new DigestBatch();
            var next = 0;
            for (var i = 0; i < wanted.Length; i++)
                merged.Add(next < missing.Count && missing[next] == i ? _read[missing[next++]].Span : kept[i].Record.Span);
            return merged;
        }
    }
}
