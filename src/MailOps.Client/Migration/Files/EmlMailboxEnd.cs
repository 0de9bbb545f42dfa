using MailOps.Client.Maildirs;

namespace MailOps.Client.Migration.Files;

/// <summary>A tree of directories as one end of a copy, of which each file <c>NAME.eml</c> is a message. Those at its top are the inbox, unless there is a directory of that name.</summary>
public sealed class EmlMailboxEnd : FileMailboxEnd
{
    private readonly bool _isTarget;

    private EmlMailboxEnd(string name, string root, bool isTarget)
        : base(name, root) => _isTarget = isTarget;

    /// <summary>Opens a tree.</summary>
    /// <param name="name">Which it is, in messages.</param>
    /// <param name="path">The directory.</param>
    /// <param name="isMade">True to write to it, and to make it if it is not there.</param>
    /// <exception cref="DirectoryNotFoundException">There is none.</exception>
    /// <exception cref="IOException">It is a file.</exception>
    public static EmlMailboxEnd Open(string name, string path, bool isMade)
    {
        if (File.Exists(path))
            throw new IOException($"{path} is a file: give the folder that it is in.");
        if (isMade)
            Directory.CreateDirectory(path);
        else if (!Directory.Exists(path))
            throw new DirectoryNotFoundException($"There is no folder {path}.");
        return new EmlMailboxEnd(name, path, isMade);
    }

    /// <inheritdoc/>
    public override bool CanMirror => true;

    private protected override IEnumerable<(IReadOnlyList<string> Levels, string Place)> Find()
    {
        var below = Find(Root, []).ToList();
        if (EmlFolderEnd.HasMessages(Root))
            below.Insert(0, ([below.Exists(one => one.Levels is [var level] && MailFolder.IsInboxName(level)) ? Path.GetFileName(Path.TrimEndingDirectorySeparator(Root)) : "INBOX"], Root));
        return below;
    }

    private protected override MailFolder Describe(string name, string place) => new()
    {
        Name = name,
        Levels = LevelsOf(name),
        Epoch = _isTarget && IsReadable(place) ? EmlNotes.Open(place, isMade: false).Epoch : "",
        Messages = IsReadable(place) ? EmlFolderEnd.CountOf(place) : null,
        State = IsReadable(place) ? EmlFolderEnd.StateOf(place) : null,
    };

    private protected override string Make(string name)
    {
        var place = Path.Join(Root, name.Replace('/', Path.DirectorySeparatorChar));
        if (Path.Exists(place) && !Directory.Exists(place))
            throw Taken(name, place);
        Directory.CreateDirectory(place);
        return place;
    }

    private protected override Task<IFolderWriter> OpenAtAsync(string place, CancellationToken cancel) =>
        Task.FromResult<IFolderWriter>(EmlFolderEnd.Open(place, _isTarget, DateTime.UtcNow));

    private protected override string? FolderOf(FileSystemInfo entry) => entry is DirectoryInfo ? entry.Name : null;

    private IEnumerable<(IReadOnlyList<string> Levels, string Place)> Find(string directory, IReadOnlyList<string> above)
    {
        // One that cannot be read is named, and is an error where it is opened.
        if (!IsReadable(directory))
            yield break;
        foreach (var below in In(directory, above, EmlFolderEnd.IsNamed).OfType<DirectoryInfo>())
        {
            IReadOnlyList<string> levels = [.. above, below.Name];
            yield return (levels, below.FullName);
            foreach (var found in Find(below.FullName, levels))
                yield return found;
        }
    }

    private static bool IsReadable(string directory)
    {
        try
        {
            _ = Directory.EnumerateFileSystemEntries(directory).Any();
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }
}
