using System.Globalization;
using System.IO.Enumeration;

namespace MailOps.Maildir.Disk;

/// <summary>The disk through .NET alone, for systems without <c>syncfs</c>: each file is flushed when it is written.</summary>
internal class PortableDisk : IMaildirDisk
{
    // 32 bits of seconds, without the day at either end.
    private static readonly DateTime EarliestEverywhere = new(1901, 12, 14, 0, 0, 0, DateTimeKind.Utc);
    private static readonly DateTime LatestEverywhere = new(2038, 1, 19, 0, 0, 0, DateTimeKind.Utc);

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>True if <see cref="Sync"/> covers all that was done, so that nothing is flushed before.</summary>
    protected virtual bool SyncsAll => false;

    public virtual void CreateDirectory(string path)
    {
        Try("make the directory", path, () =>
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(path);
            else
                MakeClosed(path);
            return true;
        });
    }

    public virtual FileFacts? Stat(string path) => Try("look at", path, () =>
    {
        // FileInfo.Exists would call what may not be looked at missing; the attributes throw.
        var isDirectory = File.GetAttributes(path).HasFlag(FileAttributes.Directory);
        return (FileFacts?)new FileFacts(isDirectory ? 0 : new FileInfo(path).Length, new DateTimeOffset(File.GetLastWriteTimeUtc(path)), 0);
    });

    public bool List(string directory, bool directories, NameFound found) => Try("list", directory, () =>
    {
        if (!Directory.Exists(directory))
            return false;
        var options = new EnumerationOptions { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false };
        var names = new FileSystemEnumerable<bool>(
            directory,
            (ref FileSystemEntry entry) =>
            {
                found(entry.FileName);
                return true;
            },
            options)
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => entry.IsDirectory == directories,
        };
        foreach (var _ in names)
        {
        }

        return true;
    });

    public virtual byte[]? ReadAll(string path) => Try("read", path, () => File.ReadAllBytes(path));

    public virtual int ReadStart(string path, Span<byte> octets)
    {
        using var file = OpenFile(path, forAppend: false);
        return file?.Read(octets, 0) ?? -1;
    }

    // One writer at a time, who readers and a rename do not mind: elsewhere than on Linux there is no better way to append.
    public virtual DiskFile? OpenFile(string path, bool forAppend) => Try("open", path, () => new PortableFile(
        new FileStream(path, new FileStreamOptions
        {
            Access = forAppend ? FileAccess.ReadWrite : FileAccess.Read,
            Mode = FileMode.Open,
            Share = forAppend ? FileShare.Read | FileShare.Delete : FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        }),
        path));

    public virtual bool Create(string path, ReadOnlySpan<ReadOnlyMemory<byte>> content)
    {
        FileStream? made = null;
        try
        {
            using (made = OpenWrite(path, FileMode.CreateNew))
            {
                foreach (var part in content)
                    made.Write(part.Span);
                made.Flush(flushToDisk: true);
            }

            return true;
        }
        catch (IOException) when (made is null && File.Exists(path))
        {
            return false;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            if (made is not null)
                Try("remove", path, () => { File.Delete(path); return true; });
            throw DiskErrors.From(error, "write", path);
        }
    }

    public virtual bool Append(string path, ReadOnlySpan<byte> octets)
    {
        try
        {
            using var file = OpenWrite(path, FileMode.Open);
            var length = file.Length;
            try
            {
                file.Position = length;
                file.Write(octets);
                file.Flush(flushToDisk: true);
            }
            catch (IOException)
            {
                file.SetLength(length);
                throw;
            }

            return true;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw DiskErrors.From(error, "append to", path);
        }
    }

    public virtual void Overwrite(string path, ReadOnlySpan<byte> octets)
    {
        try
        {
            using var file = OpenWrite(path, FileMode.OpenOrCreate);
            file.Write(octets);
            file.Flush(flushToDisk: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw DiskErrors.From(error, "write", path);
        }
    }

    public virtual bool Rename(string from, string to) => Try("rename", from, () =>
    {
        if (Directory.Exists(from))
            Directory.Move(from, to);
        else
            File.Move(from, to, overwrite: true);
        return true;
    });

    public virtual LinkResult Link(string from, string to) => PortableCalls.Link(from, to);

    public virtual bool Unlink(string path) => Try("remove", path, () =>
    {
        if (!File.Exists(path))
            return false;
        File.Delete(path);
        return true;
    });

    public void DeleteTree(string path) => Try("remove the directory", path, () =>
    {
        Directory.Delete(path, recursive: true);
        return true;
    });

    public void SetModified(string path, DateTimeOffset time) => Try("set the time of", path, () =>
    {
        SetTime(path, time);
        if (SyncsAll)
            return true;
        using var file = OpenWrite(path, FileMode.Open);
        file.Flush(flushToDisk: true);
        return true;
    });

    public virtual void Flush(string path)
    {
        // Files are flushed by what writes them.
        if (Directory.Exists(path))
            PortableCalls.SyncDirectory(path);
    }

    /// <summary>
    /// Files were flushed when they were written; on Unix the names follow here. Windows has no such call for directories: NTFS writes a
    /// change of names into its log, which comes to the disk by itself within seconds, and in order.
    /// </summary>
    public virtual void Sync(IReadOnlyCollection<string> directories)
    {
        if (OperatingSystem.IsWindows())
            return;
        foreach (var directory in directories)
        {
            // Names change in the parts of a folder as well as beside them.
            foreach (var part in (ReadOnlySpan<string>)[directory, Path.Join(directory, "new"), Path.Join(directory, "cur")])
                PortableCalls.SyncDirectory(part);
        }
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }

    // What a file system cannot keep it turns into the nearest time that it can, and says nothing.
    private static void SetTime(string path, DateTimeOffset time)
    {
        if (time.UtcDateTime >= EarliestEverywhere && time.UtcDateTime <= LatestEverywhere)
        {
            File.SetLastWriteTimeUtc(path, time.UtcDateTime);
            return;
        }

        var before = File.GetLastWriteTimeUtc(path);
        var isKept = false;
        try
        {
            File.SetLastWriteTimeUtc(path, time.UtcDateTime);
            isKept = (File.GetLastWriteTimeUtc(path) - time.UtcDateTime).Duration() < TimeSpan.FromSeconds(3);
        }
        catch (ArgumentOutOfRangeException)
        {
            // Windows begins in 1601.
        }

        if (isKept)
            return;
        File.SetLastWriteTimeUtc(path, before);
        throw new MailStoreException(StoreFault.Broken, string.Create(
            CultureInfo.InvariantCulture,
            $"Cannot give '{path}' the time {time:yyyy-MM-dd HH:mm:ss zzz}: its file system keeps no such time. Use one from {EarliestEverywhere:yyyy-MM-dd} to {LatestEverywhere.AddDays(-1):yyyy-MM-dd}."));
    }

    // .NET gives the mode to the last directory alone.
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private void MakeClosed(string path)
    {
        if (Directory.Exists(path))
            return;
        var parent = Path.GetDirectoryName(path);
        if (parent is { Length: > 0 })
            MakeClosed(parent);
        Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);

        // Its own name is in no directory that is synced for what comes into it.
        if (!SyncsAll && parent is { Length: > 0 })
            PortableCalls.SyncDirectory(parent);
    }

    private static FileStream OpenWrite(string path, FileMode mode)
    {
        var options = new FileStreamOptions
        {
            Access = FileAccess.Write,
            Mode = mode,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows() && mode != FileMode.Open)
            options.UnixCreateMode = OwnerOnly;
        return new FileStream(path, options);
    }

    private static T? Try<T>(string attempt, string path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException || IsNothing(error))
        {
            return default;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw DiskErrors.From(error, attempt, path);
        }
    }

    // A file that its server no longer has, although it was there a moment ago; a link that leads back to itself.
    private static bool IsNothing(Exception error) => error is IOException { HResult: DiskErrors.Stale or DiskErrors.TooManyLinksOnTheWay } && OperatingSystem.IsLinux();
}
