namespace MailOps.Maildir;

/// <summary>The kinds of failure of a store.</summary>
public enum StoreFault
{
    /// <summary>No space, no inodes or over the disk's own quota (ENOSPC, EDQUOT). 452 4.3.1, [SYS/TEMP], NO [OVERQUOTA].</summary>
    Full,

    /// <summary>The account would hold more than it may. 452 4.2.2, NO [OVERQUOTA].</summary>
    OverQuota,

    /// <summary>Read-only or without permission (EROFS, EACCES, EPERM).</summary>
    NotWritable,

    /// <summary>Who asks has not the right (RFC 4314). NO [NOPERM].</summary>
    NotPermitted,

    /// <summary>Too many open files (EMFILE, ENFILE).</summary>
    NoHandles,

    /// <summary>Where a Maildir should be is none.</summary>
    NoMaildir,

    /// <summary>Any other error of the disk.</summary>
    Broken,
}
