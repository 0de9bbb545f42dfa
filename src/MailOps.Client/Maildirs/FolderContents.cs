using MailOps.Maildir.Disk;
using MailOps.Maildir.Folders;
using MailOps.Maildir.Layouts;
using MailOps.Maildir.Names;

namespace MailOps.Client.Maildirs;

/// <summary>The messages of a folder as they lie, with what its UID list and its table of keywords say of them.</summary>
internal sealed class FolderContents
{
    private const int MostAttempts = 3;

    private FolderContents(List<MessageFile> messages, UidList? list, KeywordTable keywords)
    {
        Messages = messages;
        List = list;
        Keywords = keywords;
    }

    internal static FolderContents Empty { get; } = new([], null, new KeywordTable());

    /// <summary>By UID; those that have none yet come last, in the order in which they will get one.</summary>
    internal List<MessageFile> Messages { get; }

    /// <summary>The UID list; null if there is none that can be read.</summary>
    internal UidList? List { get; }

    internal KeywordTable Keywords { get; }

    internal static FolderContents Read(IMaildirDisk disk, string folder)
    {
        var files = Files(disk, folder);
        var list = disk.ReadAll(Path.Join(folder, UidList.FileName)) is { } octets && UidList.Parse(octets) is { IsDamaged: false } whole ? whole : null;
        var lines = new Dictionary<string, UidLine>(StringComparer.Ordinal);
        foreach (var line in list?.Lines ?? [])
            lines[line.Base.ToString()] = line;
        var messages = files.ConvertAll(file => lines.TryGetValue(file.Base, out var line) ? file with { Uid = line.Uid, SizeInList = line.SizeAsSent } : file);
        messages.Sort(Compare);
        return new FolderContents(messages, list, KeywordTable.Parse(disk.ReadAll(Path.Join(folder, KeywordTable.FileName)) ?? [], disk.ReadAll(Path.Join(folder, KeywordTable.MoreFileName)) ?? []));
    }

    /// <summary>A file wherever another program moved it meanwhile; null if it is gone.</summary>
    internal static string? Find(IMaildirDisk disk, string folder, string baseName)
    {
        string? found = null;
        foreach (var part in (ReadOnlySpan<string>)["new", "cur"])
        {
            disk.List(Path.Join(folder, part), directories: false, name =>
            {
                if (name[..MessageFileName.InfoStart(name)].SequenceEqual(baseName))
                    found = Path.Join(folder, part, name);
            });
        }

        return found;
    }

    // A file that is renamed while its directory is read may not appear in it, or twice.
    private static List<MessageFile> Files(IMaildirDisk disk, string folder)
    {
        for (var attempt = 1; ; attempt++)
        {
            var found = new Dictionary<string, MessageFile>(StringComparer.Ordinal);
            var looked = new LookedAt(disk);
            foreach (var part in (ReadOnlySpan<string>)["new", "cur"])
            {
                looked.Add(Path.Join(folder, part));
                disk.List(Path.Join(folder, part), directories: false, name =>
                {
                    if (name[0] == '.' || !MessageFileName.CanBeListed(name))
                        return;
                    var file = new MessageFile(name.ToString(), part == "new");
                    found[file.Base] = file;
                });
            }

            if (attempt == MostAttempts || looked.IsUnchanged())
                return [.. found.Values];
        }
    }

    private static int Compare(MessageFile left, MessageFile right)
    {
        if (left.Uid != 0 && right.Uid != 0)
            return left.Uid.CompareTo(right.Uid);
        return left.Uid == right.Uid ? ArrivalOrder.Compare(MessageName.Of(left.Base), MessageName.Of(right.Base)) : right.Uid.CompareTo(left.Uid);
    }
}
