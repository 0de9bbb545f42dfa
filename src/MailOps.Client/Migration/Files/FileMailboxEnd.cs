using MailOps.Client.Maildirs;
using MailOps.Maildir.Disk;

namespace MailOps.Client.Migration.Files;

/// <summary>A tree of files as one end of a copy: what is the same whatever a folder is made of.</summary>
/// <param name="name">Which it is, in messages.</param>
/// <param name="root">The directory at its top; null for a single file, beside which nothing is noted.</param>
public abstract class FileMailboxEnd(string name, string? root) : IMailboxReader, IMailboxWriter
{
    private static readonly EnumerationOptions All = new() { AttributesToSkip = FileAttributes.System, IgnoreInaccessible = false };

    // What Dovecot knows of mbox files.
    private const string Indexes = ".imap";

    // RFC 6154 section 2 and RFC 8457; another is nobody's.
    private static readonly string[] Uses = ["\\All", "\\Archive", "\\Drafts", "\\Flagged", "\\Junk", "\\Sent", "\\Trash", "\\Important"];

    private readonly SemaphoreSlim _turn = new(1);
    private readonly List<(string Folder, string Why)> _leftOut = [];
    private IReadOnlyList<(string Folder, string Why)> _told = [];
    private readonly FolderNotes? _notes = root is null ? null : new(root);

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public abstract bool CanMirror { get; }

    /// <summary>The directory at its top.</summary>
    private protected string Root => root ?? throw new InvalidOperationException($"{name} has no folders.");

    /// <summary>Where the folders are that are there, by their names.</summary>
    private protected Dictionary<string, string> Places { get; } = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<MailFolder>> ListAsync(CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            Places.Clear();
            _leftOut.Clear();
            foreach (var (levels, place) in Find())
                Places.Add(Free(levels), place);
            _told = [.. _leftOut];
            var notes = _notes?.Read();
            return [.. Places.OrderBy(one => one.Key == "INBOX" ? 0 : 1).ThenBy(one => one.Key, StringComparer.Ordinal).Select(one => Describe(one.Key, one.Value) with
            {
                SpecialUse = notes?.GetValueOrDefault(one.Key)?.Use is { } use && Uses.Contains(use, StringComparer.Ordinal) ? use : null,
                IsSubscribed = notes?.GetValueOrDefault(one.Key)?.IsSubscribed == true,
            })];
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> LeftOutOf(Predicate<string>? isWanted) => [.. _told.Where(one => isWanted?.Invoke(one.Folder) != false).Select(one => one.Why)];

    /// <inheritdoc/>
    public string NameOf(IReadOnlyList<string> levels) =>
        levels.Count == 1 && MailFolder.IsInboxName(levels[0]) ? "INBOX" : string.Join('/', levels.Select(FolderFileName.Encode));

    /// <inheritdoc/>
    public Task CreateAsync(string name, string? use, CancellationToken cancel) => InTurnAsync(() =>
    {
        if (Places.ContainsKey(name))
            return;
        Places.Add(name, MakeOrRefuse(name));
        if (use is not null)
            _notes?.Change(name, note => note with { Use = use });
    }, cancel);

    /// <inheritdoc/>
    public Task SubscribeAsync(string name, CancellationToken cancel) => InTurnAsync(() => _notes?.Change(name, note => note with { IsSubscribed = true }), cancel);

    /// <inheritdoc/>
    async Task<IFolderReader> IMailboxReader.OpenAsync(string folder, CancellationToken cancel) => await OpenAsync(folder, cancel).ConfigureAwait(false);

    /// <inheritdoc/>
    public Task<IFolderWriter> OpenAsync(string folder, CancellationToken cancel) =>
        OpenAtAsync(Places.GetValueOrDefault(folder) ?? throw new MaildirException(MaildirFault.FolderNotFound, $"{Name} has no folder '{folder}'."), cancel);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _turn.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>The folders on the disk: the names of their levels, as they are there, and where they are.</summary>
    private protected abstract IEnumerable<(IReadOnlyList<string> Levels, string Place)> Find();

    /// <summary>What lies in a directory and may be a folder, in the order of the names: no file is followed to elsewhere, and what is no file is not opened. What is left out is noted.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="above">The names of the levels that lead to it.</param>
    /// <param name="isMeant">True for a file that is meant if it is one.</param>
    private protected IReadOnlyList<FileSystemInfo> In(string directory, IReadOnlyList<string> above, Predicate<FileInfo> isMeant)
    {
        var own = new List<FileSystemInfo>();
        foreach (var entry in new DirectoryInfo(directory).EnumerateFileSystemInfos("*", All).OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            var isFile = entry is FileInfo;
            if (isFile && (entry.Name.StartsWith('.') || !isMeant((FileInfo)entry)))
                continue;
            if (entry.Attributes.HasFlag(FileAttributes.ReparsePoint))
                LeaveOut(above, entry, "is a link, and was left out: what it leads to is copied by its own path.");
            else if (isFile && OwnersDisk.NoFileAt(entry.FullName) is { } kind)
                LeaveOut(above, entry, $"is a {kind} and no file, and was left out.");
            else if (entry.Name == Indexes)
                continue;
            else if (entry.Name.StartsWith('.'))
                LeaveOut(above, entry, "begins with a dot, as what programs keep for themselves does, and was left out. If it holds mail, copy it by its own path.");
            else
                own.Add(entry);
        }

        return own;
    }

    // It would be this folder, or one of its messages.
    private void LeaveOut(IReadOnlyList<string> above, FileSystemInfo entry, string why)
    {
        IReadOnlyList<string> levels = FolderOf(entry) is { } name ? [.. above, name] : above;
        _leftOut.Add((levels.Count == 0 ? "INBOX" : string.Join('/', levels), $"{entry.FullName} {why}"));
    }

    /// <summary>What the folder would be called that is at a place which is left out; null if it would be a message of the folder above.</summary>
    private protected abstract string? FolderOf(FileSystemInfo entry);

    /// <summary>What is known of a folder without opening it.</summary>
    private protected abstract MailFolder Describe(string name, string place);

    /// <summary>Makes a folder that is not there.</summary>
    /// <returns>Where it is.</returns>
    private protected abstract string Make(string name);

    /// <summary>Opens a folder.</summary>
    private protected abstract Task<IFolderWriter> OpenAtAsync(string place, CancellationToken cancel);

    /// <summary>A folder of a name that only differs in case is another's on some disks.</summary>
    private protected MaildirException Taken(string name, string place) =>
        new(MaildirFault.InvalidFolderName, $"No folder of {Name} can be called '{name}': {place} is there already, and is something else.");

    /// <summary>The names of levels, as messages and other mailboxes have them.</summary>
    private protected static string[] LevelsOf(string name) => [.. name.Split('/').Select(FolderFileName.Decode)];

    /// <summary>When a file or directory was made: another one of the same name is another folder.</summary>
    private protected static string EpochOf(string place) => File.GetCreationTimeUtc(place).Ticks.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private string Free(IReadOnlyList<string> levels)
    {
        var free = levels.Count == 1 && MailFolder.IsInboxName(levels[0]) ? "INBOX" : string.Join('/', levels);
        while (Places.ContainsKey(free))
            free += "_";
        return free;
    }

    // One folder's own trouble: the others are copied.
    private string MakeOrRefuse(string name)
    {
        try
        {
            return Make(name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MaildirException(MaildirFault.InvalidFolderName, $"The folder '{name}' of {Name} cannot be made: {e.Message.TrimEnd('.')}. See to that place, or give the folder another one with -FolderMap, and run the copy again.");
        }
    }

    private async Task InTurnAsync(Action work, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            work();
        }
        finally
        {
            _turn.Release();
        }
    }
}
