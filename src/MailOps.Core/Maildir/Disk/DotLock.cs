using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace MailOps.Maildir.Disk;

/// <summary>
/// A lock file as Dovecot makes it: created exclusively, with <c>pid:host</c> inside. One left by a process of this host that
/// is gone is broken at once, any other when it is two minutes old.
/// </summary>
internal sealed class DotLock : IDisposable
{
    private static readonly TimeSpan Stale = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(150);

    // What this process holds, for all its stores: a file with our pid that is not here was left by an earlier process with the same pid.
    private static readonly ConcurrentDictionary<string, bool> Held = new(StringComparer.Ordinal);

    private readonly IMaildirDisk _disk;
    private readonly string _path;

    private DotLock(IMaildirDisk disk, string path)
    {
        _disk = disk;
        _path = path;
    }

    internal static async ValueTask<DotLock> AcquireAsync(IMaildirDisk disk, string path, TimeProvider clock, CancellationToken cancel)
    {
        var started = clock.GetTimestamp();
        var content = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}:{Environment.MachineName}"));
        for (var tries = 0; ; tries++)
        {
            if (Held.TryAdd(path, value: true))
            {
                var mine = false;
                try
                {
                    mine = disk.Create(path, [content]) || (BreakIfStale(disk, path) && disk.Create(path, [content]));
                    if (mine)
                        return new DotLock(disk, path);
                }
                finally
                {
                    if (!mine)
                        Held.TryRemove(path, out _);
                }
            }

            if (clock.GetElapsedTime(started) > Patience)
                throw new MailStoreException(StoreFault.Broken, $"Cannot lock: '{path}' has been held by another program for {Patience.TotalSeconds:0} seconds. If no such program runs, remove the file.");
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(2 + tries, 25)), clock, cancel);
        }
    }

    public void Dispose()
    {
        try
        {
            _disk.Unlink(_path);
        }
        catch (MailStoreException)
        {
            // It will be found stale; the work under the lock was done.
        }

        Held.TryRemove(_path, out _);
    }

    // Called only while our own process has claimed the path, so a lock with our pid is not ours.
    private static bool BreakIfStale(IMaildirDisk disk, string path)
    {
        var facts = disk.Stat(path);
        if (facts is null)
            return true;
        var owner = disk.ReadAll(path);
        if (owner is null)
            return true;
        if (!IsOfDeadProcess(owner) && DateTimeOffset.UtcNow - facts.Value.Modified < Stale)
            return false;

        // Another process may have broken it and made its own in between: look again as late as possible.
        if (disk.Stat(path) is { } now && now != facts)
            return false;
        disk.Unlink(path);
        return true;
    }

    private static bool IsOfDeadProcess(ReadOnlySpan<byte> owner)
    {
        var text = Encoding.ASCII.GetString(owner).Trim();
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0 || text[(colon + 1)..] != Environment.MachineName)
            return false;
        if (!int.TryParse(text.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
            return false;
        if (pid == Environment.ProcessId)
            return true;
        try
        {
            using var process = Process.GetProcessById(pid);
            return process.HasExited;
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            return true;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
