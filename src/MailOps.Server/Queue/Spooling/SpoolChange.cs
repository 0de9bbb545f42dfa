using MailOps.Maildir;
using MailOps.Maildir.Disk;

namespace MailOps.Server.Queue.Spooling;

/// <summary>A change to a message's file on the commit thread: lines behind it, another name, or its end.</summary>
/// <param name="disk">The disk.</param>
/// <param name="path">The file.</param>
/// <param name="lines">What is appended.</param>
/// <param name="newPath">Its new name, the same to keep it, or null to remove it.</param>
internal sealed class SpoolChange(IMaildirDisk disk, string path, ReadOnlyMemory<byte> lines, string? newPath) : CommitWork
{
    private bool _isRenamed;

    internal override void Write()
    {
        if (!lines.IsEmpty && !disk.Append(path, lines.Span))
            throw Gone();
    }

    internal override void Publish()
    {
        if (newPath is null)
            disk.Unlink(path);
        else if (newPath != path)
            _isRenamed = disk.Rename(path, newPath) ? true : throw Gone();
    }

    // A line that was written stays: it tells what happened. A file that was removed is not made again.
    internal override void Undo()
    {
        if (_isRenamed)
            disk.Rename(newPath!, path);
    }

    internal override void AddDirectories(ISet<string> directories)
    {
        directories.Add(Path.GetDirectoryName(path)!);
        if (newPath is not null)
            directories.Add(Path.GetDirectoryName(newPath)!);
    }

    internal override void Announce()
    {
    }

    private MailStoreException Gone() => new(StoreFault.Broken, $"Cannot change '{path}': another program removed it.");
}
