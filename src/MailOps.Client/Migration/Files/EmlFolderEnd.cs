using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MailOps.Maildir.Disk;

namespace MailOps.Client.Migration.Files;

/// <summary>A directory of files of one message each. A copy is called by its file, a message that is copied by its content.</summary>
internal sealed class EmlFolderEnd(string path, bool isTarget) : IFolderWriter
{
    private const int Window = 2_000;
    private const string Pattern = "*.eml";
    private const string Part = ".part";

    private static readonly EnumerationOptions Own = new() { AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.System, MatchCasing = MatchCasing.CaseInsensitive, IgnoreInaccessible = false };

    // A message is written and gets its name within moments. What has none after this time was left by a copy that was killed.
    private static readonly TimeSpan Unfinished = TimeSpan.FromHours(1);

    private readonly EmlNotes _notes = EmlNotes.Open(path, isTarget);

    /// <summary>Opens a directory. In one that is written to, what killed copies left half written is taken away.</summary>
    public static EmlFolderEnd Open(string path, bool isTarget, DateTime now)
    {
        foreach (var left in isTarget ? new DirectoryInfo(path).EnumerateFiles(".*" + Part, Own) : [])
        {
            if (left.LinkTarget is null && left.LastWriteTimeUtc < now - Unfinished && Guid.TryParseExact(left.Name[1..^Part.Length], "N", out _) && OwnersDisk.NoFileAt(left.FullName) is null)
                left.Delete();
        }

        return new EmlFolderEnd(path, isTarget);
    }

    /// <summary>True for the name of a file with a message.</summary>
    public static bool IsNamed(FileInfo file) => file.Extension.Equals(".eml", StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public string Epoch => isTarget ? _notes.Epoch : "";

    /// <inheritdoc/>
    public int Count => Files(path).Count();

    /// <inheritdoc/>
    public string? State { get; private set; } = StateOf(path);

    /// <summary>What changes when a file comes, goes or is written.</summary>
    public static string StateOf(string path)
    {
        var (count, octets, last) = (0, 0L, 0L);
        foreach (var file in Files(path))
            (count, octets, last) = (count + 1, octets + file.Length, Math.Max(last, file.LastWriteTimeUtc.Ticks));
        return string.Create(CultureInfo.InvariantCulture, $"{Directory.GetLastWriteTimeUtc(path).Ticks} {count} {octets} {last}");
    }

    /// <summary>How many messages there are.</summary>
    public static int CountOf(string path) => Files(path).Count();

    /// <summary>True if there is a message.</summary>
    public static bool HasMessages(string path) => Files(path).Any();

    /// <inheritdoc/>
    public async IAsyncEnumerable<IReadOnlyList<MailEntry>> ListAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        var seen = new Dictionary<UInt128, int>();
        foreach (var window in Files(path).OrderBy(file => file.LastWriteTimeUtc).ThenBy(file => file.Name, StringComparer.Ordinal).Chunk(Window))
        {
            var entries = new List<MailEntry>();
            foreach (var file in window)
            {
                cancel.ThrowIfCancellationRequested();
                var (flags, arrived) = _notes[file.Name];

                // A copy is called by the file that it was put into; a message that is copied by its content, since somebody may write another into its file.
                if (isTarget)
                    entries.Add(new EmlMailEntry(file.Name, file.Length, flags, arrived, file.Name));
                else if (await ReadAsync(file.FullName, cancel).ConfigureAwait(false) is { } octets)
                    entries.Add(new EmlMailEntry(IdOf(octets, seen), file.Length, flags, arrived, file.Name));
            }

            yield return entries;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<MailContent> ReadAsync(IReadOnlyList<MailEntry> entries, [EnumeratorCancellation] CancellationToken cancel)
    {
        foreach (var entry in entries)
        {
            if (await ReadAsync(Path.Join(path, (entry as EmlMailEntry)?.File ?? entry.Id), cancel).ConfigureAwait(false) is not { } spool)
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
                var unfinished = Path.Join(path, $".{Guid.NewGuid():N}{Part}");
                written.Add((unfinished, Free(NameOf(message), written)));
                await using var file = new FileStream(unfinished, FileMode.CreateNew, FileAccess.Write, FileShare.None);
                await message.Octets!.WriteToAsync(file, cancel).ConfigureAwait(false);
                file.Flush(flushToDisk: true);
            }

            _notes.Add([.. messages.Zip(written, (message, one) => (one.Name, message.Entry.Flags, message.Entry.Arrived))]);
            var outcomes = new List<AddOutcome?>();
            foreach (var ((unfinished, name), message) in written.Zip(messages))
                outcomes.Add(new AddOutcome(Place(unfinished, name, message.Entry), Refusal: null));
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
    public Task SetFlagsAsync(IReadOnlyList<(string Id, string Flags)> messages, CancellationToken cancel)
    {
        _notes.Add([.. messages.Where(message => File.Exists(Path.Join(path, message.Id))).Select(message => (message.Id, message.Flags, _notes[message.Id].Arrived))]);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task RemoveAsync(IReadOnlyList<string> ids, CancellationToken cancel)
    {
        foreach (var id in ids)
            File.Delete(Path.Join(path, id));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task RefreshAsync(CancellationToken cancel)
    {
        State = StateOf(path);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static IEnumerable<FileInfo> Files(string path) => new DirectoryInfo(path).EnumerateFiles(Pattern, Own).Where(file => !file.Name.StartsWith('.') && (file.Length > 0 || OwnersDisk.NoFileAt(file.FullName) is null));

    private static string IdOf(MessageSpool octets, Dictionary<UInt128, int> seen)
    {
        using (octets)
        {
            var number = ++CollectionsMarshal.GetValueRefOrAddDefault(seen, octets.Hash, out _);
            return number == 1 ? $"{octets.Hash:x32}" : string.Create(CultureInfo.InvariantCulture, $"{octets.Hash:x32}-{number}");
        }
    }

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

    // A name is given once: what was called so and is gone is not this one.
    private string Free(string name, List<(string Unfinished, string Name)> written)
    {
        var free = name;
        for (var number = 2; _notes.Has(free) || written.Exists(one => one.Name == free); number++)
            free = string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileNameWithoutExtension(name)}_{number}.eml");
        return free;
    }

    private static string NameOf(MailContent message) =>
        string.Create(CultureInfo.InvariantCulture, $"{(message.Entry.Arrived ?? DateTimeOffset.UnixEpoch).UtcDateTime:yyyyMMdd'T'HHmmss'Z'}-{message.Octets!.Hash >> 64:x16}.eml");

    // A file whose lines end with LF is a text of this system; one whose first ends with CRLF is as it came.
    private static async Task<MessageSpool?> ReadAsync(string path, CancellationToken cancel)
    {
        try
        {
            // What is no file but has a name, such as a pipe, has no length, and is not waited for.
            if (new FileInfo(path) is { Exists: true, Length: 0 })
                return MessageSpool.Of([]);
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

    private sealed record EmlMailEntry(string Id, long Size, string Flags, DateTimeOffset? Arrived, string File) : MailEntry(Id, Size, Flags, Arrived);
}
