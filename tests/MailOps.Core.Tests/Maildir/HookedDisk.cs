using MailOps.Maildir;
using MailOps.Maildir.Disk;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

/// <summary>A disk that asks a test before each call; the test may throw, wait or look.</summary>
internal sealed class HookedDisk(IMaildirDisk disk) : IMaildirDisk
{
    /// <summary>Called with the name of the operation and the path that it changes.</summary>
    internal Action<string, string> Before { get; set; } = static (_, _) => { };

    /// <summary>Called with the name of an operation that changes nothing, and the path.</summary>
    internal Action<string, string> BeforeReading { get; set; } = static (_, _) => { };

    /// <summary>Whether a listing of a directory tells a name; called for each.</summary>
    internal Func<string, string, bool> Shows { get; set; } = static (_, _) => true;

    /// <summary>Called with each directory that is about to be read.</summary>
    internal Action<string> BeforeList { get; set; } = static _ => { };

    /// <summary>
    /// Does some work, during which the process ends: after so many changes the disk takes no more, not even what would clean up. It takes
    /// changes again when the test has seen what was left, and sets <see cref="Before"/>.
    /// </summary>
    /// <returns>True if the work needed no more changes than that, and was done.</returns>
    internal async Task<bool> EndAfterAsync(int changes, Func<Task> work)
    {
        var step = 0;
        Before = (operation, _) =>
        {
            if (Interlocked.Increment(ref step) > changes)
                throw new MailStoreException(StoreFault.Broken, $"The process ended before {operation}.");
        };
        try
        {
            await work();
            return step <= changes;
        }
        catch (MailStoreException)
        {
            Assert.True(step > changes);
            return false;
        }
    }

    public void CreateDirectory(string path)
    {
        Before("CreateDirectory", path);
        disk.CreateDirectory(path);
    }

    public FileFacts? Stat(string path)
    {
        BeforeReading("Stat", path);
        return disk.Stat(path);
    }

    public bool List(string directory, bool directories, NameFound found)
    {
        BeforeReading("List", directory);

        // All are read before the test is asked: it may change the directory.
        var names = new List<string>();
        if (!disk.List(directory, directories, name => names.Add(name.ToString())))
            return false;
        foreach (var name in names.Where(name => Shows(directory, name)).ToList())
            found(name);
        return true;
    }

    public byte[]? ReadAll(string path)
    {
        BeforeReading("ReadAll", path);
        return disk.ReadAll(path);
    }

    public int ReadStart(string path, Span<byte> octets)
    {
        BeforeReading("ReadStart", path);
        return disk.ReadStart(path, octets);
    }

    public DiskFile? OpenFile(string path, bool forAppend)
    {
        if (forAppend)
            Before("OpenForAppend", path);
        else
            BeforeReading("OpenFile", path);
        return disk.OpenFile(path, forAppend);
    }

    public bool Create(string path, ReadOnlySpan<ReadOnlyMemory<byte>> content)
    {
        Before("Create", path);
        return disk.Create(path, content);
    }

    public bool Append(string path, ReadOnlySpan<byte> octets)
    {
        Before("Append", path);
        return disk.Append(path, octets);
    }

    public void Overwrite(string path, ReadOnlySpan<byte> octets)
    {
        Before("Overwrite", path);
        disk.Overwrite(path, octets);
    }

    public bool Rename(string from, string to)
    {
        Before("Rename", to);
        return disk.Rename(from, to);
    }

    public LinkResult Link(string from, string to)
    {
        Before("Link", to);
        return disk.Link(from, to);
    }

    public bool Unlink(string path)
    {
        Before("Unlink", path);
        return disk.Unlink(path);
    }

    public void DeleteTree(string path)
    {
        Before("DeleteTree", path);
        disk.DeleteTree(path);
    }

    public void SetModified(string path, DateTimeOffset time)
    {
        Before("SetModified", path);
        disk.SetModified(path, time);
    }

    public void Flush(string path)
    {
        Before("Flush", path);
        disk.Flush(path);
    }

    public void Sync(IReadOnlyCollection<string> directories)
    {
        Before("Sync", directories.FirstOrDefault() ?? "");
        disk.Sync(directories);
    }

    public void Dispose() => disk.Dispose();
}
