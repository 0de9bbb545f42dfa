using System.Runtime.InteropServices;

namespace MailOps.Maildir.Disk;

/// <summary>Turns errors of the file system into <see cref="MailStoreException"/>: what was tried, where, what to do.</summary>
internal static class DiskErrors
{
    internal const int NotPermitted = 1;
    internal const int NoEntry = 2;
    internal const int Interrupted = 4;
    internal const int NoDevice = 6;
    internal const int AccessDenied = 13;
    internal const int Exists = 17;
    internal const int CrossDevice = 18;
    internal const int NotDirectory = 20;
    internal const int IsDirectory = 21;
    internal const int TableFull = 23;
    internal const int TooManyOpen = 24;
    internal const int NoSpace = 28;
    internal const int NoSeek = 29;
    internal const int ReadOnly = 30;
    internal const int TooManyLinks = 31;
    internal const int TooManyLinksOnTheWay = 40;
    internal const int NotSupported = 95;
    internal const int Stale = 116;
    internal const int OverQuota = 122;

    /// <summary>
    /// True if the name, or a directory on the way to it, is not there. Of a file server's ESTALE so much is true, too: what was found a moment ago is
    /// gone. A link that leads back to itself leads nowhere, as one to a name that is not there.
    /// </summary>
    internal static bool IsMissing(int errno) => errno is NoEntry or NotDirectory or Stale or TooManyLinksOnTheWay;

    internal static MailStoreException FromErrno(int errno, string attempt, string path)
    {
        var fault = errno switch
        {
            NoSpace or OverQuota => StoreFault.Full,
            ReadOnly or AccessDenied or NotPermitted => StoreFault.NotWritable,
            TooManyOpen or TableFull => StoreFault.NoHandles,
            _ => StoreFault.Broken,
        };
        return new MailStoreException(fault, errno switch
        {
            NoDevice or NoSeek => $"Cannot {attempt} '{path}': it is a pipe, a socket or a device, and not a file. Remove it.",
            IsDirectory => $"Cannot {attempt} '{path}': it is a directory and not a file. Move it away.",
            _ => Sentence(attempt, path, Marshal.GetPInvokeErrorMessage(errno), fault),
        });
    }

    internal static MailStoreException From(Exception error, string attempt, string path)
    {
        if (error is MailStoreException known)
            return known;

        // Windows: ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL; elsewhere the HResult of an IOException is the errno.
        var fault = error switch
        {
            UnauthorizedAccessException => StoreFault.NotWritable,
            IOException { HResult: unchecked((int)0x80070070) or unchecked((int)0x80070027) } => StoreFault.Full,
            IOException io when !OperatingSystem.IsWindows() => FromErrno(io.HResult, attempt, path).Fault,
            _ => StoreFault.Broken,
        };
        return new MailStoreException(fault, Sentence(attempt, path, error.Message, fault), error);
    }

    private static string Sentence(string attempt, string path, string reason, StoreFault fault)
    {
        var advice = fault switch
        {
            StoreFault.Full => "Free space or inodes on the store's disk, or raise the disk quota.",
            StoreFault.NotWritable => "Give the server's user write permission on the store.",
            StoreFault.NoHandles => "Raise the limit of open files (ulimit -n), or lower the number of connections.",
            _ => "Look into the system's log for errors of the disk.",
        };
        return $"Cannot {attempt} '{path}': {reason.TrimEnd('.')}. {advice}";
    }
}
