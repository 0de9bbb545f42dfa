using System.IO.Enumeration;

namespace MailOps.Maildir.Disk;

/// <summary>The disk through .NET alone, for systems without <c>syncfs</c>: each file is flushed when it is written.</summary>
internal class PortableDisk : IMaildirDisk
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public virtual void CreateDirectory(string path)
    {
        Try("make the directory", path, () =>
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(path);
            else
                Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
            return true;
        });
    }

    public virtual FileFacts? Stat(string path) => Try("look at", path, () =>
    {
        var file = new FileInfo(path);
        if (file.Exists)
            return new FileFacts(file.Length, new DateTimeOffset(file.LastWriteTimeUtc), 0);
        var directory = new DirectoryInfo(path);
        return directory.Exists ? new FileFacts(0, new DateTimeOffset(directory.LastWriteTimeUtc), 0) : (FileFacts?)null;
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

    public byte[]? ReadAll(string path) => Try("read", path, () => File.ReadAllBytes(path));

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
        try
        {
            using var file = OpenWrite(path, FileMode.CreateNew);
            foreach (var part in content)
                file.Write(part.Span);
            file.Flush(flushToDisk: true);
            return true;
        }
        catch (IOException) when (File.Exists(path) && new FileInfo(path).Length > 0)
        {
            return false;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw DiskErrors.From(error, "write", path);
        }
    }

    public virtual bool Append(string path, ReadOnlySpan<byte> octets)
    {
        if (!File.Exists(path))
            return false;
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

    public virtual LinkResult Link(string from, string to) => LinkResult.Impossible;

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
        File.SetLastWriteTimeUtc(path, time.UtcDateTime);
        return true;
    });

    /// <summary>Files were flushed when they were written, and the systems this is for journal their directories.</summary>
    public virtual void Sync(IReadOnlyCollection<string> directories)
    {
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }

    private static FileStream OpenWrite(string path, FileMode mode) => new(path, new FileStreamOptions
    {
        Access = FileAccess.Write,
        Mode = mode,
        Share = FileShare.ReadWrite | FileShare.Delete,
        BufferSize = 0,
    });

    private static T? Try<T>(string attempt, string path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return default;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw DiskErrors.From(error, attempt, path);
        }
    }
}
