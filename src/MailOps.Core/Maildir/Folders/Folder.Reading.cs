namespace MailOps.Maildir.Folders;

/// <summary>Finding and opening the files of messages. Needs no gate.</summary>
internal sealed partial class Folder
{
    /// <summary>Opens an entry's file wherever it is: in its place, moved by another program, or kept for views that were not told. Needs no gate.</summary>
    internal Stream? OpenFile(FolderEntry entry) => Find(entry, path => Disk.OpenRead(path));

    /// <summary>The time of an entry's file. Needs no gate.</summary>
    internal DateTimeOffset? ModifiedOf(FolderEntry entry) => Find<object>(entry, path => Disk.Stat(path)?.Modified) as DateTimeOffset?;

    private T? Find<T>(FolderEntry entry, Func<string, T?> open)
        where T : class
    {
        // Two rounds: a session may be renaming the file just now.
        for (var round = 0; round < 2; round++)
        {
            if (open(PathOf(entry)) is { } found)
                return found;
            if (_graves.TryGetValue(entry.Uid, out var grave) && open(grave.Path) is { } kept)
                return kept;
            foreach (var directory in (ReadOnlySpan<string>)[NewPath, CurPath])
            {
                string? name = null;
                Disk.List(directory, directories: false, candidate =>
                {
                    if (candidate[..Names.MessageFileName.InfoStart(candidate)].SequenceEqual(entry.Base))
                        name = candidate.ToString();
                });
                if (name is not null && open(System.IO.Path.Join(directory, name)) is { } moved)
                    return moved;
            }
        }

        return null;
    }
}
