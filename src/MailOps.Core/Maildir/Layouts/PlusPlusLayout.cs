using MailOps.Maildir.Disk;
using MailOps.Maildir.Names;

namespace MailOps.Maildir.Layouts;

/// <summary>Maildir++: all folders side by side in the account's directory.</summary>
internal sealed class PlusPlusLayout : FolderLayout
{
    internal override MaildirLayout Kind => MaildirLayout.MaildirPlusPlus;

    internal override char OldSeparator => '.';

    internal override string? Check(string name, out string normal) => MailboxPath.Check(name, out normal);

    internal override string ToDirectory(string normal) => MailboxPath.ToDirectory(normal);

    internal override void List(IMaildirDisk disk, string root, Action<FoundFolder> found, LookedAt looked)
    {
        looked.Add(root);
        var directories = new List<string>();
        disk.List(root, directories: true, directory =>
        {
            if (directory[0] == '.')
                directories.Add(directory.ToString());
        });
        foreach (var directory in directories)
        {
            if (MailboxPath.TryFromDirectory(directory, out var mailbox) && MayBeFolder(disk, Path.Join(root, directory)))
                found(new FoundFolder(mailbox, directory));
        }
    }

    // The folders below have directories of their own beside it.
    internal override bool Detach(IMaildirDisk disk, string path, string target) => disk.Rename(path, target);
}
