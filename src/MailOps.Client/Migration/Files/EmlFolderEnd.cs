using System.Globalization;
using System.Runtime.CompilerServices;
using MailOps.Maildir.Disk;

namespace MailOps.Client.Migration.Files;

/// <summary>A directory of files of one message each. A message is called by its file.</summary>
internal sealed class EmlFolderEnd(string path, bool isTarget) : IFolderWriter
{
    private const int Window = 2_000;
    private const string Pattern = "*.eml";

    private static readonly EnumerationOptions Own = new() { AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.System, MatchCasing = MatchCasing.CaseInsensitive };

    private readonly EmlNotes _notes = EmlNotes.Open(path, isTarget);

    /// <inheritdoc/>
    public string Epoch => isTarget ? _notes.Epoch : "";

    /// <inheritdoc/>
    public int Count => Names(path).Count();

    /// <inheritdoc/>
    public string? State { get; private set; } = StateOf(path);

    /// <summary>What changes when a file comes or goes.</summary>
    public static string StateOf(string path) => string.Create(CultureInfo.InvariantCulture, $"{Directory.GetLastWriteTimeUtc(path).Ticks} {Names(path).Count()}");

    /// <summary>True if there is a message.</summary>
    public static bool HasMessages(string path) => Names(path).Any();

    /// <inheritdoc/>
    public async IAsyncEnumerable<IReadOnlyList<MailEntry>> ListAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (var window in Names(path).Order(StringComparer.Ordinal).Chunk(Window))
        {
            cancel.ThrowIfCancellationRequested();
            yield return [.. window.Select(name => new FileInfo(Path.Join(path, name))).Where(file => file.Exists).Select(file => new MailEntry(file.Name, file.Length, _notes[file.Name].Flags, _notes[file.Name].Arrived))];
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<MailContent> ReadAsync(IReadOnlyList<MailEntry> entries, [EnumeratorCancellation] CancellationToken cancel)
    {
        foreach (var entry in entries)
        {
            if (await ReadAsync(Path.Join(path, entry.Id), cancel).ConfigureAwait(false) is not { } spool)
                continue;
            yield return new MailContent(entry.Arrived is null ? entry with { Arrived = await ArrivalDate.OfAsync(spool, cancel).ConfigureAwait(false) } : entry, spool, Refusal: null);
        }
    }

    /// <inheritdoc/>
    public async Task<AddResult> AddAsync(IReadOnlyList<MailContent> messages, CancellationToken cancel)
    {
        var written = new List<(string Unfinished, string Name)>();
        try
        {
            foreach (var message in messages)
            {
                var unfinished = Path.Join(path, $".{Guid.NewGuid():N}.part");
                written.Add((unfinished, NameOf(message)));
                await using var file = new FileStream(unfinished, FileMode.CreateNew, FileAccess.Write, FileShare.None);
                await message.Octets!.WriteToAsync(file, cancel).ConfigureAwait(false);
                file.Flush(flushToDisk: true);
            }

            _notes.Add([.. messages.Zip(written, (message, one) => (one.Name, message.Entry.Flags, message.Entry.Arrived))]);
            var outcomes = new List<AddOutcome?>();
            foreach (var ((unfinished, name), message) in written.Zip(messages))
                outcomes.Add(new AddOutcome(Place(unfinished, name, message.Entry), Refusal: null));
            if (!OperatingSystem.IsWindows())
                PortableCalls.SyncDirectory(path);
            return new AddResult(outcomes, Hindrance: null);
        }
        finally
        {
            foreach (var (unfinished, _) in written)
                File.Delete(unfinished);
        }
    }

    /// <inheritdoc/>
    public Task RefreshAsync(CancellationToken cancel)
    {
        State = StateOf(path);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static IEnumerable<string> Names(string path) =>
        Directory.EnumerateFiles(path, Pattern, Own).Select(file => Path.GetFileName(file)).Where(name => !name.StartsWith('.'));

    // Two that are equal are two: the second gets a number.
    private string Place(string unfinished, string name, MailEntry entry)
    {
        for (var number = 2; ; number++)
        {
            try
            {
                File.Move(unfinished, Path.Join(path, name), overwrite: false);
                return name;
            }
            catch (IOException) when (File.Exists(Path.Join(path, name)))
            {
                name = string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileNameWithoutExtension(name).Split('_')[0]}_{number}.eml");
                _notes.Add([(name, entry.Flags, entry.Arrived)]);
            }
        }
    }

    private static string NameOf(MailContent message) =>
        string.Create(CultureInfo.InvariantCulture, $"{(message.Entry.Arrived ?? DateTimeOffset.UnixEpoch).UtcDateTime:yyyyMMdd'T'HHmmss'Z'}-{message.Octets!.Hash >> 64:x16}.eml");

    // A file whose lines end with LF is a text of this system; one whose first ends with CRLF is as it came.
    private static async Task<MessageSpool?> ReadAsync(string path, CancellationToken cancel)
    {
        try
        {
            var (length, isText) = await MeasureAsync(path, cancel).ConfigureAwait(false);
            Stream file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            await using var octets = isText ? new CrlfStream(file) : file;
            return await MessageSpool.ReadAsync(octets, length, cancel).ConfigureAwait(false);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private static async Task<(long Length, bool IsText)> MeasureAsync(string path, CancellationToken cancel)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var buffer = new byte[64 * 1024];
        var read = await file.ReadAsync(buffer, cancel).ConfigureAwait(false);
        var end = buffer.AsSpan(0, read).IndexOf((byte)'\n');
        if (end < 0 || (end > 0 && buffer[end - 1] == '\r'))
            return (file.Length, false);
        using var count = new ContentHash();
        for (; read > 0; read = await file.ReadAsync(buffer, cancel).ConfigureAwait(false))
            count.Append(buffer.AsSpan(0, read));
        count.Finish();
        return (count.CrlfLength, true);
    }
}
