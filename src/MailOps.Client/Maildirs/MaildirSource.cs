using MailOps.Maildir;
using MailOps.Maildir.Disk;
using MailOps.Maildir.Layouts;
using MailOps.Maildir.Names;

namespace MailOps.Client.Maildirs;

/// <summary>A Maildir that is looked at and not changed: other programs may use it, and it may lie where nothing can be written.</summary>
internal sealed class MaildirSource : IDisposable
{
    private MaildirSource(IMaildirDisk disk, string root, FolderLayout layout, string? folder)
    {
        Disk = disk;
        Root = root;
        Layout = layout;
        Folder = folder;
    }

    internal IMaildirDisk Disk { get; }

    /// <summary>The Maildir's own directory.</summary>
    internal string Root { get; }

    internal FolderLayout Layout { get; }

    /// <summary>The folder whose directory was named in place of the Maildir's, or null.</summary>
    internal string? Folder { get; }

    /// <summary>Opens a Maildir, whose folders lie as is said or, without that, as is found.</summary>
    /// <exception cref="MailStoreException">There is no Maildir, or it cannot be looked at.</exception>
    internal static MaildirSource Open(string path, MaildirLayout? layout)
    {
        var (root, folder) = Place(path, layout);
        IMaildirDisk disk = OperatingSystem.IsLinux() ? new LinuxDisk() : new PortableDisk();
        try
        {
            MaildirRoot.Require(disk, root);
            disk = OwnersDisk.Wrap(disk, root);
            return new MaildirSource(disk, root, FolderLayout.Of(layout ?? LayoutDetection.Detect(disk, root)), folder);
        }
        catch
        {
            disk.Dispose();
            throw;
        }
    }

    /// <summary>Where a path leads: the directory of a Maildir++ folder is that folder in the Maildir around it.</summary>
    internal static (string Root, string? Folder) Place(string path, MaildirLayout? layout)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var parent = Path.GetDirectoryName(full);
        return layout != MaildirLayout.Fs && parent is not null
            && MailboxPath.TryFromDirectory(Path.GetFileName(full), out var folder)
            && Directory.Exists(Path.Join(full, "cur")) && Directory.Exists(Path.Join(parent, "cur")) && Directory.Exists(Path.Join(parent, "new"))
            ? (parent, folder)
            : (full, null);
    }

    /// <summary>The folders, INBOX first, then in the order of their names.</summary>
    internal List<FoundFolder> Folders()
    {
        var found = new List<FoundFolder>();
        for (var attempt = 1; ; attempt++)
        {
            var looked = new LookedAt(Disk);
            Layout.List(Disk, Root, found.Add, looked);
            if (looked.IsUnchanged() || attempt == 3)
                break;
            found.Clear();
        }

        found.Sort(static (left, right) => string.CompareOrdinal(left.Mailbox, right.Mailbox));
        found.Insert(0, new FoundFolder(MailboxName.Inbox, ""));
        return found;
    }

    internal string PathOf(FoundFolder folder) => Path.TrimEndingDirectorySeparator(Path.Join(Root, folder.Directory));

    public void Dispose() => Disk.Dispose();
}
