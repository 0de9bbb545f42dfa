using System.Globalization;
using System.Text;

namespace MailOps.Maildir.Disk;

/// <summary>
/// A file with <c>pid:host</c> inside, as Dovecot writes it into its locks. A lock is taken by giving this file a second name,
/// which is atomic also over NFS, and whoever has the name is known by the file's identity. One file serves all locks of a
/// store: taking one costs a single call, and touching it touches them all.
/// </summary>
internal sealed class LockTicket(IMaildirDisk disk, string path, TimeProvider clock)
{
    /// <summary>A lock is never older than this: who judges by the file's time must see that its owner lives.</summary>
    internal static readonly TimeSpan TouchEvery = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private FileFacts? _facts;
    private long _touchedAt;

    /// <summary>Dovecot writes the whole name of the host; Environment.MachineName ends at the first dot.</summary>
    internal static string Host { get; } = System.Net.Dns.GetHostName();

    internal static ReadOnlyMemory<byte> Owner { get; } =
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}:{Host}"));

    internal string Path => path;

    internal bool IsMade
    {
        get
        {
            lock (_lock)
                return _facts is not null;
        }
    }

    /// <summary>Makes the file, or touches it if that is due.</summary>
    internal FileFacts Freshen()
    {
        lock (_lock)
            return _facts is { } facts && clock.GetElapsedTime(_touchedAt) < TouchEvery ? facts : Touch();
    }

    /// <summary>The time of the file server, whose clock may differ from ours.</summary>
    internal DateTimeOffset ServerNow()
    {
        lock (_lock)
            return Touch().Modified;
    }

    /// <summary>True if the ticket had been removed: it is made again with its next use.</summary>
    internal bool IsLost()
    {
        lock (_lock)
        {
            if (disk.Stat(path) is not null)
                return false;
            _facts = null;
            return true;
        }
    }

    internal void Remove()
    {
        try
        {
            disk.Unlink(path);
        }
        catch (MailStoreException)
        {
            // The next start removes it.
        }
    }

    // Written anew and not set to a time: so it gets the file server's. It may have been removed by a program that cleans up.
    private FileFacts Touch()
    {
        disk.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        disk.Overwrite(path, Owner.Span);
        _touchedAt = clock.GetTimestamp();
        _facts = disk.Stat(path) ?? throw new MailStoreException(StoreFault.Broken, $"Cannot lock: '{path}' is removed as soon as it is made. Let no other program clean up the store's tmp.");
        return _facts.Value;
    }
}
