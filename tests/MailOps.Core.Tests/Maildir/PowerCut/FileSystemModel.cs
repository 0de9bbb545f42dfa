namespace MailOps.Core.Tests.Maildir.PowerCut;

/// <summary>
/// What a file system promises of steps that no sync covered. Both models share this: <c>rename</c>, <c>link</c>, <c>unlink</c> and
/// <c>mkdir</c> are each one transaction, so each is there as a whole or not at all, and a rename over a file leaves the old
/// file or the new one under that name; content is no part of it, and a new file whose name is there may be empty or short.
/// </summary>
internal enum FileSystemModel
{
    /// <summary>
    /// ext4 with <c>data=ordered</c>, and XFS: one journal, so what survives of names, lengths and times is all that was done up to
    /// some moment and nothing after it (Linux, Documentation/filesystems/ext4/journal.rst; xfs-delayed-logging-design.rst).
    /// Content reaches the disk when it will: with delayed allocation the length of a file grows only when its content is
    /// written, so a file may be empty, short or whole under a name that is there. ext4's <c>auto_da_alloc</c>
    /// (Documentation/admin-guide/ext4.rst) saves a file that is renamed over another from being empty; XFS has no such
    /// rule, so it is not counted on. An append within the last block of a file may be seen as zeros on ext4, whose length is
    /// journaled then before its content is written. An overwrite in place needs no journal and may be there although names that
    /// are older are not.
    /// </summary>
    OneJournal,

    /// <summary>
    /// What POSIX leaves open, and btrfs and others do (Pillai and others, "All File Systems Are Not Created Equal", OSDI 2014,
    /// table 1): steps in different directories reach the disk in any order, those in one directory in theirs; a step that
    /// touches two directories comes after what was done in either. A directory's name is there before the names in it.
    /// </summary>
    EachDirectory,
}
