using System.Collections.Concurrent;
using MailOps.Maildir.Disk;

namespace MailOps.Maildir.Access;

/// <summary>The access lists of mailboxes. A file is read again when it is another: each question costs one look at it.</summary>
internal sealed class AccessLists(IMaildirDisk disk)
{
    private const int MostKept = 10_000;

    // More than any list has that is written here.
    private const long Longest = 1024 * 1024;

    // A change within a tick of the kernel's clock leaves a file's time as it is.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentDictionary<string, (FileFacts Facts, AccessList List)> _known = new(StringComparer.Ordinal);

    /// <summary>The list of a mailbox's directory.</summary>
    /// <exception cref="MailStoreException">It cannot be read: nobody is let in then.</exception>
    internal AccessList Of(string directory)
    {
        var path = Path.Join(directory, AccessList.FileName);
        if (disk.Stat(path) is not { } facts)
            return AccessList.None;
        if (_known.TryGetValue(path, out var known) && known.Facts == facts)
            return known.List;
        if (facts.Length > Longest)
            throw new MailStoreException(StoreFault.Broken, $"'{path}' is no list of rights: it has {facts.Length} octets, and no more than {Longest} can be.");
        var list = disk.ReadAll(path) is { } octets ? AccessList.Parse(octets) : AccessList.None;
        if (DateTimeOffset.UtcNow - facts.Modified < Tick || disk.Stat(path) != facts)
            return list;
        if (_known.Count >= MostKept)
            _known.Clear();
        _known[path] = (facts, list);
        return list;
    }
}
