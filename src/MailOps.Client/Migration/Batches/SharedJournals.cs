using System.Buffers.Binary;
using System.Data.Common;
using System.IO.Compression;
using System.Security.Cryptography;

namespace MailOps.Client.Migration.Batches;

/// <summary>
/// Journals in a store that workers on several machines share: each packed, and in parts of a mebibyte, so that one of any size is never in memory as a whole and holds up nobody.
/// A journal counts when its last part is there, which says how many there are and what they come to.
/// </summary>
internal sealed class SharedJournals(MigrationDatabase database)
{
    private const int PartSize = 1024 * 1024;
    private const long LastPart = int.MaxValue;
    private const string PartText = "INSERT INTO mailops_journal (batch, identity, version, part, octets) VALUES (@batch, @identity, @version, @part, @octets)";

    // Parts that are removed with one statement.
    private const int RemovedAtOnce = 100;

    /// <summary>The version of a mailbox's journal that is there; 0 for none.</summary>
    public async Task<long> VersionAsync(MigrationUser user, CancellationToken cancel) => (await database.ReadAsync(
        $"SELECT coalesce(max(version), 0) FROM mailops_journal WHERE batch = @batch AND identity = @identity AND part = {LastPart}", row => row.GetInt64(0), cancel, Of(user)).ConfigureAwait(false))[0];

    /// <summary>Sends a journal, if the pass has its claim still.</summary>
    /// <param name="user">The mailbox, as its pass began.</param>
    /// <param name="path">The file.</param>
    /// <param name="hash">The hash of its octets.</param>
    /// <param name="cancel">Ends the work.</param>
    /// <returns>Its version; null if the claim is lost, and nothing was kept.</returns>
    /// <exception cref="MigrationException">The store failed.</exception>
    public async Task<long?> SendAsync(MigrationUser user, string path, UInt128 hash, CancellationToken cancel)
    {
        // That of a later pass is higher, and no two are the same: a worker that has lost its claim writes into nobody else's.
        var version = ((long)user.Passes << 20) | (long)Random.Shared.Next(1, 1 << 20);
        var count = 0L;
        await foreach (var octets in PackedAsync(path, cancel).ConfigureAwait(false))
            await RunAsync(PartText, cancel, [.. Of(user), ("version", version), ("part", count++), ("octets", octets)]).ConfigureAwait(false);
        var last = new byte[24];
        BinaryPrimitives.WriteInt64BigEndian(last, count);
        BinaryPrimitives.WriteUInt128BigEndian(last.AsSpan(8), hash);
        var isKept = await database.WriteAsync(
            async connection =>
            {
                var isOurs = (await MigrationDatabase.ReadAsync(connection, $"SELECT 1 FROM mailops_user WHERE batch = @batch AND identity = @identity AND passes = @pass AND lease >= {database.Now}", _ => true, cancel, [.. Of(user), ("pass", (long)user.Passes)]).ConfigureAwait(false)).Count > 0;
                if (isOurs)
                    await MigrationDatabase.RunAsync(connection, PartText, cancel, [.. Of(user), ("version", version), ("part", LastPart), ("octets", last)]).ConfigureAwait(false);
                return isOurs;
            },
            cancel).ConfigureAwait(false);
        await RemoveAsync($"batch = @batch AND identity = @identity AND version {(isKept ? "<>" : "=")} @version", cancel, [.. Of(user), ("version", version)]).ConfigureAwait(false);
        return isKept ? version : null;
    }

    /// <summary>Fetches a journal into a file that is not there yet.</summary>
    /// <param name="user">The mailbox.</param>
    /// <param name="version">The version.</param>
    /// <param name="path">The file.</param>
    /// <param name="cancel">Ends the work.</param>
    /// <returns>The hash of its octets; null if it is not whole in the store.</returns>
    /// <exception cref="MigrationException">The store failed.</exception>
    public async Task<UInt128?> FetchAsync(MigrationUser user, long version, string path, CancellationToken cancel)
    {
        // The one of an older format says nothing of its parts.
        var last = await PartAsync(user, version, LastPart, cancel).ConfigureAwait(false);
        long? count = last is { Length: 24 } ? BinaryPrimitives.ReadInt64BigEndian(last) : null;
        await using var packed = new FileStream(path + ".br", FileMode.Create, FileAccess.ReadWrite, FileShare.None, PartSize, FileOptions.DeleteOnClose);
        for (var part = 0L; part != count; part++)
        {
            if (await PartAsync(user, version, part, cancel).ConfigureAwait(false) is { } octets)
                await packed.WriteAsync(octets, cancel).ConfigureAwait(false);
            else if (count is null)
                break;
            else
                return null;
        }

        packed.Position = 0;
        await using (var file = File.Create(path))
        {
            await using var unpacking = new BrotliStream(packed, CompressionMode.Decompress);
            await unpacking.CopyToAsync(file, cancel).ConfigureAwait(false);
            file.Flush(flushToDisk: true);
        }

        var hash = await HashAsync(path, cancel).ConfigureAwait(false);
        return count is null || hash == BinaryPrimitives.ReadUInt128BigEndian(last.AsSpan(8)) ? hash : null;
    }

    /// <summary>Removes the journals of a batch.</summary>
    /// <exception cref="MigrationException">The store failed.</exception>
    public Task RemoveAsync(string batch, CancellationToken cancel) => RemoveAsync("batch = @batch", cancel, ("batch", batch));

    /// <summary>What a file comes to: the first half of its SHA-256.</summary>
    public static async Task<UInt128> HashAsync(string path, CancellationToken cancel)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, PartSize, FileOptions.SequentialScan);
        return BinaryPrimitives.ReadUInt128BigEndian(await SHA256.HashDataAsync(file, cancel).ConfigureAwait(false));
    }

    private static (string Name, object? Value)[] Of(MigrationUser user) => [("batch", user.BatchName), ("identity", user.Identity)];

    private async Task<byte[]?> PartAsync(MigrationUser user, long version, long part, CancellationToken cancel) => (await database.ReadAsync(
        "SELECT octets FROM mailops_journal WHERE batch = @batch AND identity = @identity AND version = @version AND part = @part", row => row.GetFieldValue<byte[]>(0), cancel, [.. Of(user), ("version", version), ("part", part)]).ConfigureAwait(false)).FirstOrDefault();

    // Some at once, and each time for itself: gigabytes that go together would go beyond every limit of time.
    private async Task RemoveAsync(string which, CancellationToken cancel, params (string Name, object? Value)[] values)
    {
        while (await RunAsync($"DELETE FROM mailops_journal WHERE (batch, identity, version, part) IN (SELECT batch, identity, version, part FROM mailops_journal WHERE {which} LIMIT {RemovedAtOnce})", cancel, values).ConfigureAwait(false) == RemovedAtOnce)
            cancel.ThrowIfCancellationRequested();
    }

    private async Task<int> RunAsync(string text, CancellationToken cancel, params (string Name, object? Value)[] values)
    {
        await using var connection = await database.OpenAsync(cancel).ConfigureAwait(false);
        try
        {
            return await MigrationDatabase.RunAsync(connection, text, cancel, values).ConfigureAwait(false);
        }
        catch (DbException e)
        {
            throw database.Failed(e);
        }
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> PackedAsync(string path, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        await using var packed = new FileStream(path + ".packed", FileMode.Create, FileAccess.ReadWrite, FileShare.None, PartSize, FileOptions.DeleteOnClose);
        await using (var packing = new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        await using (var file = File.OpenRead(path))
            await file.CopyToAsync(packing, PartSize, cancel).ConfigureAwait(false);
        packed.Position = 0;
        var buffer = new byte[PartSize];
        for (int read; (read = await packed.ReadAtLeastAsync(buffer, PartSize, throwOnEndOfStream: false, cancel).ConfigureAwait(false)) > 0;)
            yield return buffer.AsMemory(0, read);
    }
}
