namespace MailOps.Core.Tests.Maildir.PowerCut;

/// <summary>What happens to a file system in one step that is there or not there after a cut of the power.</summary>
internal abstract record DiskOperation(DateTimeOffset Time);

/// <summary>A name in a directory: of a new file or directory, or one more of a file (<c>link</c>).</summary>
internal sealed record AddName(int Directory, string Name, int Inode, bool IsDirectory, bool IsLink, DateTimeOffset Time) : DiskOperation(Time);

/// <summary>A name that goes away.</summary>
internal sealed record RemoveName(int Directory, string Name, DateTimeOffset Time) : DiskOperation(Time);

/// <summary>A rename: the old name goes and the new one comes, or neither; a file that had the new name loses it in the same step.</summary>
internal sealed record MoveName(int From, string OldName, int To, string NewName, int Inode, DateTimeOffset Time) : DiskOperation(Time);

/// <summary>The time of a file.</summary>
internal sealed record SetTime(int Inode, DateTimeOffset Modified, DateTimeOffset Time) : DiskOperation(Time);

/// <summary>Content of a file. Unlike the others it may survive in part.</summary>
internal sealed record WriteOctets(int Inode, int Offset, byte[] Octets, DateTimeOffset Time) : DiskOperation(Time);

/// <summary>The end of a <c>syncfs</c>: all that was done when it began is on disk.</summary>
internal sealed record SyncEnded(int Covered, DateTimeOffset Time) : DiskOperation(Time);

/// <summary>
/// A <c>syncfs</c> that failed: what was written before it and not synced may be lost although it can be read, and no later sync writes it
/// (Rebello and others, "Can Applications Recover from fsync Failures?", ATC 2020).
/// </summary>
internal sealed record SyncFailed(DateTimeOffset Time) : DiskOperation(Time);

/// <summary>
/// The end of an <c>fsync</c> of a file: its content and time are on disk, and it says nothing of its name (fsync(2): "does not necessarily
/// ensure that the entry in the directory containing the file has also reached disk").
/// </summary>
internal sealed record FileSynced(int Inode, DateTimeOffset Time) : DiskOperation(Time);

/// <summary>The end of an <c>fsync</c> of a directory: its names are on disk, and so is all that they build on.</summary>
internal sealed record DirectorySynced(int Directory, DateTimeOffset Time) : DiskOperation(Time);
