using MailOps.Maildir.Disk;
using MailOps.Maildir.Names;

namespace MailOps.Maildir.Layouts;

/// <summary>Nested directories, as Dovecot's <c>LAYOUT=fs</c> has them: a mailbox lies in the directory of the one above it.</summary>
internal sealed class FsLayout : FolderLayout
{
    // A directory that links give more names than this is listed under so many: with two links to the next in each of thirty, the last has a
    // thousand million.
    private const int MostNames = 16;

    internal override MaildirLayout Kind => MaildirLayout.Fs;

    internal override char OldSeparator => '/';

    internal override string? Check(string name, out string normal) => FsMailboxPath.Check(name, out normal);

    internal override string ToDirectory(string normal) => FsMailboxPath.ToDirectory(normal);

    internal override void List(IMaildirDisk disk, string root, Action<FoundFolder> found, LookedAt looked) =>
        List(disk, root, "", [], [], found, looked);

    /// <summary>
    /// The directory goes as a whole where no mailbox lies below; else what makes it a mailbox goes, its <c>cur</c> first, and the
    /// directory stays as a name.
    /// </summary>
    internal override bool Detach(IMaildirDisk disk, string path, string target)
    {
        if (Below(disk, path).Count == 0)
        {
            if (!disk.Rename(path, target))
                return false;

            // What another program made below it in this moment stays.
            foreach (var child in Below(disk, target))
            {
                disk.CreateDirectory(path);
                disk.Rename(Path.Join(target, child), Path.Join(path, child));
            }

            return true;
        }

        disk.CreateDirectory(target);
        if (!disk.Rename(Path.Join(path, "cur"), Path.Join(target, "cur")))
            return false;
        disk.Rename(Path.Join(path, "new"), Path.Join(target, "new"));
        disk.Rename(Path.Join(path, "tmp"), Path.Join(target, "tmp"));
        var files = new List<string>();
        disk.List(path, directories: false, file => files.Add(file.ToString()));
        foreach (var file in files)
            disk.Rename(Path.Join(path, file), Path.Join(target, file));
        return true;
    }

    /// <summary>The directories in a mailbox's that are not its own.</summary>
    internal static List<string> Below(IMaildirDisk disk, string path)
    {
        var directories = new List<string>();
        disk.List(path, directories: true, directory =>
        {
            if (!FsMailboxPath.IsReserved(directory))
                directories.Add(directory.ToString());
        });
        return directories;
    }

    private static void List(IMaildirDisk disk, string root, string below, List<ulong> above, Dictionary<ulong, int> names, Action<FoundFolder> found, LookedAt looked)
    {
        var parent = Path.Join(root, below);
        var inode = disk.Stat(parent)?.Inode ?? 0;

        // A link to a directory above would go round for ever.
        if (above.Count > FsMailboxPath.MostLevels || (inode != 0 && above.Contains(inode)))
            return;
        if (inode != 0 && (names[inode] = names.GetValueOrDefault(inode) + 1) > MostNames)
            return;
        looked.Add(parent);
        List<string> directories;
        try
        {
            directories = Below(disk, parent);
        }
        catch (MailStoreException e) when (e.Fault == StoreFault.NotWritable && below.Length > 0)
        {
            // Somebody else's, as lost+found is: the others are there all the same.
            return;
        }

        above.Add(inode);
        foreach (var directory in directories)
        {
            var child = Path.Join(below, directory);
            if (FsMailboxPath.TryFromDirectory(child, out var mailbox) && IsFolder(disk, Path.Join(root, child)))
                found(new FoundFolder(mailbox, child));
            List(disk, root, child, above, names, found, looked);
        }

        above.RemoveAt(above.Count - 1);
    }
}
