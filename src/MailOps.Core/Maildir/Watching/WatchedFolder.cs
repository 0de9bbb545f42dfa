using MailOps.Maildir.Annotations;
using MailOps.Maildir.Disk;

namespace MailOps.Maildir.Watching;

/// <summary>A folder of an account that is watched, as it was seen last.</summary>
/// <param name="Mailbox">Its mailbox.</param>
/// <param name="Path">Its directory.</param>
/// <param name="New">When messages came into it; null if that is not known.</param>
/// <param name="Cur">When names of its messages changed; null if that is not known.</param>
/// <param name="Annotations">When its annotations were written; null if it has none.</param>
internal readonly record struct WatchedFolder(string Mailbox, string Path, DateTimeOffset? New, DateTimeOffset? Cur, DateTimeOffset? Annotations)
{
    /// <summary>Looks at a folder. What cannot be looked at has no times.</summary>
    internal static WatchedFolder Look(IMaildirDisk disk, string mailbox, string path) => new(
        mailbox,
        path,
        TimeOf(disk, System.IO.Path.Join(path, "new")),
        TimeOf(disk, System.IO.Path.Join(path, "cur")),
        TimeOf(disk, System.IO.Path.Join(path, AnnotationFile.FileName)));

    /// <summary>When a file or directory was changed; null if it is not there.</summary>
    internal static DateTimeOffset? TimeOf(IMaildirDisk disk, string path)
    {
        try
        {
            return disk.Stat(path)?.Modified;
        }
        catch (MailStoreException)
        {
            return null;
        }
    }
}
