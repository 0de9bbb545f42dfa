using MailOps.Maildir.Disk;

namespace MailOps.Core.Tests.Maildir;

/// <summary>A disk that keeps the case of names and does not tell them apart by it, as those of Windows and macOS.</summary>
internal sealed class CaseIgnoringDisk(IMaildirDisk disk) : IMaildirDisk
{
    public void CreateDirectory(string path) => disk.CreateDirectory(Find(path));

    public FileFacts? Stat(string path) => disk.Stat(Find(path));

    public bool List(string directory, bool directories, NameFound found) => disk.List(Find(directory), directories, found);

    public byte[]? ReadAll(string path) => disk.ReadAll(Find(path));

    public int ReadStart(string path, Span<byte> octets) => disk.ReadStart(Find(path), octets);

    public DiskFile? OpenFile(string path, bool forAppend) => disk.OpenFile(Find(path), forAppend);

    public bool Create(string path, ReadOnlySpan<ReadOnlyMemory<byte>> content) => disk.Create(Find(path), content);

    public bool Append(string path, ReadOnlySpan<byte> octets) => disk.Append(Find(path), octets);

    public void Overwrite(string path, ReadOnlySpan<byte> octets) => disk.Overwrite(Find(path), octets);

    public bool Rename(string from, string to) => disk.Rename(Find(from), Path.Join(Find(Path.GetDirectoryName(to)!), Path.GetFileName(to)));

    public LinkResult Link(string from, string to) => disk.Link(Find(from), Find(to));

    public bool Unlink(string path) => disk.Unlink(Find(path));

    public void DeleteTree(string path) => disk.DeleteTree(Find(path));

    public void SetModified(string path, DateTimeOffset time) => disk.SetModified(Find(path), time);

    public void Sync(IReadOnlyCollection<string> directories) => disk.Sync([.. directories.Select(Find)]);

    public void Dispose() => disk.Dispose();

    private static string Find(string path)
    {
        if (Path.GetDirectoryName(path) is not { } parent)
            return path;
        parent = Find(parent);
        var name = Path.GetFileName(path);
        var known = Directory.Exists(parent)
            ? Directory.EnumerateFileSystemEntries(parent).Select(Path.GetFileName).FirstOrDefault(entry => name.Equals(entry, StringComparison.OrdinalIgnoreCase))
            : null;
        return Path.Join(parent, known ?? name);
    }
}
