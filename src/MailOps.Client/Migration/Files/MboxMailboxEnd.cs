using System.Globalization;
using MailOps.Client.Maildirs;
using MailOps.Client.Mboxes;
using MailOps.Maildir.Disk;

namespace MailOps.Client.Migration.Files;

/// <summary>
/// A tree of files of many messages as one end of a copy, or one such file, which is the inbox. A folder is made as <c>NAME.mbox</c>, with those
/// below it in the directory <c>NAME</c>; trees of Thunderbird (<c>NAME.sbd</c>) and of Apple's Mail (<c>NAME.mbox/mbox</c>) are read too.
/// </summary>
public sealed class MboxMailboxEnd : FileMailboxEnd
{
    private const string Extension = ".mbox";

    private readonly string? _only;
    private readonly MboxDialect? _dialect;
    private readonly bool _isTarget;

    private MboxMailboxEnd(string name, string? root, string? only, MboxDialect? dialect, bool isTarget)
        : base(name, root) => (_only, _dialect, _isTarget) = (only, dialect, isTarget);

    /// <summary>Opens a tree or a file.</summary>
    /// <param name="name">Which it is, in messages.</param>
    /// <param name="path">The directory or the file.</param>
    /// <param name="dialect">The dialect; null to find out what there is, and to write <see cref="MboxDialect.Mboxrd"/>.</param>
    /// <param name="isMade">True to write to it, and to make what is not there: a file if its name ends with <c>.mbox</c>, else a directory.</param>
    /// <exception cref="FileNotFoundException">There is nothing.</exception>
    public static MboxMailboxEnd Open(string name, string path, MboxDialect? dialect, bool isMade)
    {
        if (OwnersDisk.NoFileAt(path, followsLinks: true) is { } kind and not "directory")
            throw new IOException($"{path} is a {kind}, and no file or folder of messages.");
        if (File.Exists(path) || (!Directory.Exists(path) && isMade && path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase)))
            return new MboxMailboxEnd(name, root: null, path, dialect, isMade);
        if (isMade)
            Directory.CreateDirectory(path);
        else if (!Directory.Exists(path))
            throw new FileNotFoundException($"There is no file or folder {path}.", path);
        return new MboxMailboxEnd(name, path, only: null, dialect, isMade);
    }

    /// <inheritdoc/>
    public override bool CanMirror => false;

    private protected override IEnumerable<(IReadOnlyList<string> Levels, string Place)> Find() =>
        _only is null ? Find(Root, []) : File.Exists(_only) ? [(["INBOX"], _only)] : [];

    private protected override MailFolder Describe(string name, string place) => new()
    {
        Name = name,
        Levels = LevelsOf(name),
        Epoch = _isTarget ? EpochOf(place) : "",
        State = MboxFolderEnd.StateOf(place),
    };

    private protected override string Make(string name)
    {
        if (_only is not null && name != "INBOX")
            throw new MaildirException(MaildirFault.InvalidFolderName, $"{Name} is one file, which is the inbox: there is no place for the folder '{name}'. Give a folder, or leave that one out.");
        var place = _only ?? Path.Join(Root, name.Replace('/', Path.DirectorySeparatorChar) + Extension);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(place))!);
        if (Path.Exists(place))
            throw Taken(name, place);
        using var made = new FileStream(place, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite);
        return place;
    }

    private protected override async Task<IFolderWriter> OpenAtAsync(string place, CancellationToken cancel)
    {
        if (_isTarget)
            MboxAppend.RecoverIfLeft(place);
        var folder = new MboxFolderEnd(place, _dialect, _isTarget ? EpochOf(place) : "");
        try
        {
            await folder.RefreshAsync(cancel).ConfigureAwait(false);
            return folder;
        }
        catch
        {
            await folder.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private protected override string? FolderOf(FileSystemInfo entry) => Bare(Bare(entry.Name, Extension), ".sbd");

    private IEnumerable<(IReadOnlyList<string> Levels, string Place)> Find(string directory, IReadOnlyList<string> above)
    {
        var there = In(directory, above, file => Path.GetExtension(file.Name) is not (".lock" or ".msf"));
        foreach (var file in there.OfType<FileInfo>().Where(file => IsMbox(file.FullName)))
            yield return ([.. above, Bare(file.Name, Extension)], file.FullName);

        foreach (var (name, below) in there.OfType<DirectoryInfo>().Select(below => (below.Name, below.FullName)))
        {
            var apples = Path.Join(below, "mbox");
            if (name.EndsWith(Extension, StringComparison.OrdinalIgnoreCase) && File.Exists(apples) && OwnersDisk.NoFileAt(apples) is null)
            {
                yield return ([.. above, Bare(name, Extension)], apples);
                continue;
            }

            foreach (var found in Find(below, [.. above, Bare(name, ".sbd")]))
                yield return found;
        }
    }

    // One that cannot be read is named, and is an error where it is opened.
    private static bool IsMbox(string file)
    {
        try
        {
            return MboxFile.IsOne(file);
        }
        catch (UnauthorizedAccessException)
        {
            return true;
        }
    }

    private static string Bare(string name, string extension) => name.Length > extension.Length && name.EndsWith(extension, StringComparison.OrdinalIgnoreCase) ? name[..^extension.Length] : name;
}
