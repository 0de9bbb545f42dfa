namespace MailOps.Maildir;

/// <summary>The disk did not do its part. Sessions answer 452 or 451, -ERR, NO, and go on.</summary>
public sealed class MailStoreException : IOException
{
    /// <summary>An error with what was tried, where, and what to do about it.</summary>
    public MailStoreException(StoreFault fault, string message, Exception? inner = null)
        : base(message, inner) => Fault = fault;

    /// <summary>Which kind of failure.</summary>
    public StoreFault Fault { get; }
}

/// <summary>The kinds of failure of a store.</summary>
public enum StoreFault
{
    /// <summary>No space, no inodes or over the disk quota (ENOSPC, EDQUOT). 452 4.3.1, [SYS/TEMP], NO [OVERQUOTA].</summary>
    Full,

    /// <summary>Read-only or without permission (EROFS, EACCES, EPERM).</summary>
    NotWritable,

    /// <summary>Too many open files (EMFILE, ENFILE).</summary>
    NoHandles,

    /// <summary>Any other error of the disk.</summary>
    Broken,
}
