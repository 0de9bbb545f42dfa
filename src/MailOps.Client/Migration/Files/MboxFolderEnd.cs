using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MailOps.Client.Mboxes;

namespace MailOps.Client.Migration.Files;

/// <summary>A file of many messages, open. A message is called by its content, so that it keeps its name wherever it stands: of equal ones the second has <c>-2</c> behind it.</summary>
internal sealed class MboxFolderEnd(string path, MboxDialect? dialect, string epoch) : IFolderWriter
{
    private const int Window = 2_000;

    private MboxFile? _file;

    /// <inheritdoc/>
    public string Epoch => epoch;

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <inheritdoc/>
    public string? State { get; private set; }

    /// <summary>What changes when a file does.</summary>
    public static string StateOf(string path)
    {
        var file = new FileInfo(path);
        return string.Create(CultureInfo.InvariantCulture, $"{file.Length} {file.LastWriteTimeUtc.Ticks}");
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<IReadOnlyList<MailEntry>> ListAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        var seen = new Dictionary<UInt128, int>();
        foreach (var window in File.Entries().Chunk(Window))
        {
            var entries = new List<MailEntry>();
            foreach (var entry in window)
            {
                var (hash, length) = await HashAsync(entry, cancel).ConfigureAwait(false);
                var number = ++CollectionsMarshal.GetValueRefOrAddDefault(seen, hash, out _);
                entries.Add(new MboxMailEntry(number == 1 ? $"{hash:x32}" : string.Create(CultureInfo.InvariantCulture, $"{hash:x32}-{number}"), length, entry.Flags, entry.Date, entry, hash));
            }

            yield return entries;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<MailContent> ReadAsync(IReadOnlyList<MailEntry> entries, [EnumeratorCancellation] CancellationToken cancel)
    {
        foreach (var entry in entries.Cast<MboxMailEntry>())
        {
            await using var octets = new CrlfStream(File.OpenRead(entry.Place));
            var spool = await MessageSpool.ReadAsync(octets, entry.Size, cancel).ConfigureAwait(false);
            if (spool.Hash != entry.Hash)
            {
                spool.Dispose();
                throw new IOException($"{path} was changed by another program while it was read. Run it again.");
            }

            yield return new MailContent(entry.Arrived is null ? entry with { Arrived = await ArrivalDate.OfAsync(spool, cancel).ConfigureAwait(false) } : entry, spool, Refusal: null);
        }
    }

    /// <inheritdoc/>
    public async Task<AddResult> AddAsync(IReadOnlyList<MailContent> messages, CancellationToken cancel)
    {
        var outcomes = new List<AddOutcome?>();
        var kept = new List<MailContent>();
        foreach (var message in messages)
        {
            var isKept = await CanBeKeptAsync(message.Octets!, cancel).ConfigureAwait(false);
            if (isKept)
                kept.Add(message);
            outcomes.Add(new AddOutcome(Id: null, isKept ? null : "it has a line that ends with CR CR LF, or a CR as its last octet: lines end with LF in an mbox file, and it could not be told from one with a CR less"));
        }

        if (kept.Count > 0)
            await MboxAppend.AppendAsync(path, dialect ?? MboxDialect.Mboxrd, [.. kept.Select(message => new MboxMessage(message.Octets!.PiecesAsync, message.Entry.Flags, message.Entry.Arrived ?? DateTimeOffset.UtcNow))], cancel).ConfigureAwait(false);
        return new AddResult(outcomes, Hindrance: null);
    }

    /// <inheritdoc/>
    public Task SetFlagsAsync(IReadOnlyList<(string Id, string Flags)> messages, CancellationToken cancel) => throw new NotSupportedException($"{path} is only added to.");

    /// <inheritdoc/>
    public Task RemoveAsync(IReadOnlyList<string> ids, CancellationToken cancel) => throw new NotSupportedException($"{path} is only added to.");

    /// <inheritdoc/>
    public Task RefreshAsync(CancellationToken cancel)
    {
        State = StateOf(path);
        _file?.Dispose();
        _file = MboxFile.Open(path, dialect);
        Count = 0;
        foreach (var _ in _file.Entries())
        {
            cancel.ThrowIfCancellationRequested();
            Count++;
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _file?.Dispose();
        return ValueTask.CompletedTask;
    }

    private MboxFile File => _file ?? throw new InvalidOperationException($"{path} is not open.");

    private static async Task<bool> CanBeKeptAsync(MessageSpool octets, CancellationToken cancel)
    {
        // The last two octets of the piece before stand in front of the next.
        var edge = new List<byte>(4);
        await foreach (var piece in octets.PiecesAsync(cancel).ConfigureAwait(false))
        {
            edge.AddRange(piece.Span[..Math.Min(2, piece.Length)]);
            if (piece.Span.IndexOf("\r\r\n"u8) >= 0 || CollectionsMarshal.AsSpan(edge).IndexOf("\r\r\n"u8) >= 0)
                return false;
            if (piece.Length > 2)
                edge = [.. piece.Span[^2..]];
            else if (edge.Count > 2)
                edge.RemoveRange(0, edge.Count - 2);
        }

        return edge is not [.., (byte)'\r'];
    }

    private async Task<(UInt128 Hash, long Length)> HashAsync(MboxEntry entry, CancellationToken cancel)
    {
        using var hash = new ContentHash();
        await using var octets = File.OpenRead(entry);
        var buffer = new byte[32 * 1024];
        while (await octets.ReadAsync(buffer, cancel).ConfigureAwait(false) is > 0 and var read)
            hash.Append(buffer.AsSpan(0, read));
        return (hash.Finish(), hash.CrlfLength);
    }

    private sealed record MboxMailEntry(string Id, long Size, string Flags, DateTimeOffset? Arrived, MboxEntry Place, UInt128 Hash) : MailEntry(Id, Size, Flags, Arrived);
}
