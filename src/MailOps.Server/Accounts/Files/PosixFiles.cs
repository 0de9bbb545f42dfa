using System.ComponentModel;
using System.Runtime.InteropServices;

namespace MailOps.Server.Accounts.Files;

/// <summary>What .NET does not reach and a safe rename needs: a directory's fsync, the inode, the owner. Does nothing where there is no such thing.</summary>
internal static class PosixFiles
{
    private const int CurrentDirectory = -100;
    private const uint BasicStats = 0x7ff;
    private const int CloseOnExec = 0x80000;

    /// <summary>Makes names in a directory durable: without it a rename may be undone by a cut of the power.</summary>
    public static void SyncDirectory(string path)
    {
        if (!OperatingSystem.IsLinux())
            return;

        var directory = Open(path, CloseOnExec, 0);
        if (directory < 0)
            throw Failed("open the directory", path);

        try
        {
            if (Sync(directory) != 0)
                throw Failed("make durable the directory", path);
        }
        finally
        {
            _ = Close(directory);
        }
    }

    /// <summary>Gives a file the owner and group of another, if they differ and this process may.</summary>
    public static void CopyOwner(string from, string to)
    {
        if (Stat(from) is { } one && Stat(to) is { } other && (one.User, one.Group) != (other.User, other.Group))
            _ = ChangeOwner(to, one.User, one.Group);
    }

    /// <summary>What tells one state of a file from another; null if there is no such file.</summary>
    public static FileStamp? Stat(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            var file = new FileInfo(path);
            return file.Exists ? new FileStamp(0, file.Length, file.LastWriteTimeUtc, file.CreationTimeUtc, 0, 0) : null;
        }

        var facts = new byte[256];
        if (Statx(CurrentDirectory, path, 0, BasicStats, facts) != 0)
        {
            // ENOENT and ENOTDIR.
            return Marshal.GetLastPInvokeError() is 2 or 20 ? null : throw Failed("look at", path);
        }

        // struct statx: uid 20, gid 24, inode 32, size 40, ctime 96, mtime 112.
        return new FileStamp(
            BitConverter.ToUInt64(facts, 32),
            BitConverter.ToInt64(facts, 40),
            TimeAt(facts, 112),
            TimeAt(facts, 96),
            BitConverter.ToUInt32(facts, 20),
            BitConverter.ToUInt32(facts, 24));
    }

    private static DateTime TimeAt(byte[] facts, int offset) =>
        DateTime.UnixEpoch.AddSeconds(BitConverter.ToInt64(facts, offset)).AddTicks(BitConverter.ToUInt32(facts, offset + 8) / 100);

    private static IOException Failed(string attempt, string path)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"Cannot {attempt} '{path}': {new Win32Exception(error).Message}.", error);
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, int mode);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Sync(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);

    [DllImport("libc", EntryPoint = "chown", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ChangeOwner([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint user, uint group);

    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Statx(int directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, byte[] facts);
}
