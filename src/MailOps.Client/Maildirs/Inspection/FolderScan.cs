using MailOps.Maildir.Disk;
using MailOps.Maildir.Layouts;
using MailOps.Maildir.Names;

namespace MailOps.Client.Maildirs.Inspection;

/// <summary>A folder as the checks look at it: read once, and changed by none of them.</summary>
internal sealed class FolderScan
{
    private readonly Dictionary<string, FileFacts?> _facts = new(StringComparer.Ordinal);

    internal FolderScan(MaildirSource source, FoundFolder folder, bool readsContent, DateTimeOffset now)
        : this(source, folder)
    {
        ReadsContent = readsContent;
        Now = now;
        New = Names("new", directories: false);
        Cur = Names("cur", directories: false);
        Contents = FolderContents.Read(source.Disk, Directory);
    }

    private FolderScan(MaildirSource source, FoundFolder folder)
    {
        Source = source;
        Mailbox = folder.Mailbox;
        Directory = source.PathOf(folder);
        New = [];
        Cur = [];
        Contents = FolderContents.Empty;
    }

    internal MaildirSource Source { get; }

    internal IMaildirDisk Disk => Source.Disk;

    internal string Mailbox { get; }

    internal string Directory { get; }

    /// <summary>True if messages are read to see that what their names say of them is right.</summary>
    internal bool ReadsContent { get; }

    internal DateTimeOffset Now { get; }

    /// <summary>Files in <c>new</c>.</summary>
    internal IReadOnlyList<string> New { get; }

    /// <summary>Files in <c>cur</c>.</summary>
    internal IReadOnlyList<string> Cur { get; }

    internal FolderContents Contents { get; }

    /// <summary>True for a folder that could not be read: only what it is made of is looked at.</summary>
    internal bool IsUnread { get; private init; }

    /// <summary>True for the Maildir itself, which has the files of the account.</summary>
    internal bool IsRoot => Directory == Source.Root;

    /// <summary>Both, as names below the folder.</summary>
    internal IEnumerable<string> Messages => New.Select(name => Path.Join("new", name)).Concat(Cur.Select(name => Path.Join("cur", name)));

    /// <summary>A folder that cannot be read.</summary>
    internal static FolderScan Unread(MaildirSource source, FoundFolder folder) => new(source, folder) { IsUnread = true };

    internal string PathOf(string below) => Path.Join(Directory, below);

    internal FileFacts? Facts(string below)
    {
        if (!_facts.TryGetValue(below, out var facts))
            _facts[below] = facts = Disk.Stat(PathOf(below));
        return facts;
    }

    /// <summary>The names of what lies in a directory of the folder; empty for the folder itself.</summary>
    internal List<string> Names(string below, bool directories)
    {
        var names = new List<string>();
        Disk.List(PathOf(below), directories, name =>
        {
            if (name[0] != '.')
                names.Add(name.ToString());
        });
        names.Sort(string.CompareOrdinal);
        return names;
    }

    internal static string BaseOf(string below)
    {
        var name = Path.GetFileName(below);
        return name[..MessageFileName.InfoStart(name)];
    }
}
