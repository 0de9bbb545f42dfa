using System.Diagnostics;
using System.Globalization;
using System.Text;
using MailOps.Maildir.Names;

namespace MailOps.Maildir.Disk;

/// <summary>
/// Judges a lock that another holds, by Dovecot's rules: one of a process of this host that is gone is stale at once, any other
/// when neither it nor the file that it guards has changed for two minutes.
/// </summary>
internal sealed class StaleLocks(IMaildirDisk disk, LockTicket ticket, TimeProvider clock)
{
    private const string Suffix = ".lock";
    private static readonly TimeSpan StaleAfter = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan EmptyAfter = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ClocksMayDiffer = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan JudgeEvery = TimeSpan.FromSeconds(1);

    /// <summary>What a waiter has seen of a lock so far.</summary>
    internal sealed class Watch
    {
        internal FileFacts? Seen { get; set; }

        internal long SeenAt { get; set; }

        internal long JudgedAt { get; set; }
    }

    /// <summary>
    /// Removes a lock that is stale. Called only while this task has the process's claim to the lock, so one with our pid was left by an
    /// earlier process.
    /// </summary>
    /// <returns>True if the name is free now, as far as is known.</returns>
    internal bool TryBreak(string path, Watch watch)
    {
        if (disk.Stat(path) is not { } facts)
            return true;
        if (watch.Seen != facts)
        {
            watch.Seen = facts;
            watch.SeenAt = clock.GetTimestamp();
        }
        else if (clock.GetElapsedTime(watch.JudgedAt) < JudgeEvery)
        {
            return false;
        }

        watch.JudgedAt = clock.GetTimestamp();
        if (disk.ReadAll(path) is not { } owner)
            return true;

        // After a cut of the power a lock may be there without its content. Nobody takes seconds to write a line.
        if (owner.Length == 0 && (clock.GetElapsedTime(watch.SeenAt) > EmptyAfter || ticket.ServerNow() - facts.Modified > EmptyAfter))
            return Break(path, facts);

        // The owner on this host that lives is waited for, however old its lock.
        return (IsOwnerAlive(owner, facts) is { } isAlive ? !isAlive : IsOld(path, facts, watch)) && Break(path, facts);
    }

    // A time in the future, from a clock that was wrong, must not keep a lock for ever: what stands still before our eyes is as old.
    private bool IsOld(string path, FileFacts facts, Watch watch)
    {
        if (clock.GetElapsedTime(watch.SeenAt) > StaleAfter)
            return true;
        var now = ticket.ServerNow();
        if (now - facts.Modified <= StaleAfter)
            return false;
        var guarded = path.EndsWith(Suffix, StringComparison.Ordinal) ? disk.Stat(path[..^Suffix.Length]) : null;
        return guarded is null || now - guarded.Value.Modified > StaleAfter;
    }

    /// <summary>Of two who break at once, one takes away what the other has made meanwhile: so each looks at what it took.</summary>
    private bool Break(string path, FileFacts facts)
    {
        if (disk.Stat(path) is { } now && now != facts)
            return false;
        var away = $"{path}.{UniqueNames.Next(clock)}";
        if (!disk.Rename(path, away))
            return true;
        var isStale = disk.Stat(away) is { } taken && taken.Inode == facts.Inode && taken.Modified == facts.Modified;
        if (!isStale && disk.Link(away, path) is LinkResult.Impossible && disk.Stat(path) is null)
            disk.Rename(away, path);
        disk.Unlink(away);
        return isStale;
    }

    // Null if the owner is of another host, or not named.
    private bool? IsOwnerAlive(ReadOnlySpan<byte> owner, FileFacts facts)
    {
        var text = Encoding.UTF8.GetString(owner).Trim();
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0 || text[(colon + 1)..] != LockTicket.Host)
            return null;
        if (!int.TryParse(text.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
            return null;
        if (pid == Environment.ProcessId)
            return false;
        try
        {
            using var process = Process.GetProcessById(pid);
            if (process.HasExited)
                return false;

            // A process that began after the lock was made has only the number of the one that made it, before a restart of the machine.
            var age = ticket.ServerNow() - facts.Modified;
            return DateTime.UtcNow - process.StartTime.ToUniversalTime() > age - ClocksMayDiffer;
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            return false;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return true;
        }
    }
}
