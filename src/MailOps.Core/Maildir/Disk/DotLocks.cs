using System.Collections.Concurrent;
using MailOps.Maildir.Names;

namespace MailOps.Maildir.Disk;

/// <summary>
/// Takes the lock files that Dovecot shares. A lock is a hard link to the store's ticket, for that is atomic on every version of
/// NFS; where the ticket lies on another file system, to a ticket beside the lock; and a file made exclusively where there
/// are no hard links. While a lock is held, its time is kept young.
/// </summary>
internal sealed class DotLocks : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(150);

    private readonly IMaildirDisk _disk;
    private readonly TimeProvider _clock;
    private readonly LockTicket _ticket;
    private readonly StaleLocks _stale;
    private readonly ConcurrentDictionary<DotLock, bool> _held = [];
    private readonly ITimer _timer;

    /// <param name="disk">The disk.</param>
    /// <param name="directory">Where the ticket lies; made when it is needed.</param>
    /// <param name="clock">The clock.</param>
    internal DotLocks(IMaildirDisk disk, string directory, TimeProvider clock)
    {
        _disk = disk;
        _clock = clock;
        _ticket = new LockTicket(disk, Path.Join(directory, UniqueNames.Next(clock)), clock);
        _stale = new StaleLocks(disk, _ticket, clock);
        var period = LockTicket.TouchEvery / 2;
        _timer = clock.CreateTimer(_ => TouchHeld(), null, period, period);
    }

    /// <summary>Waits until the lock is ours.</summary>
    /// <exception cref="MailStoreException">Another program does not give it back, or no file can be made there.</exception>
    internal async ValueTask<DotLock> AcquireAsync(string path, CancellationToken cancel)
    {
        var started = _clock.GetTimestamp();
        StaleLocks.Watch? watch = null;
        for (var tries = 0; ; tries++)
        {
            if (LockClaim.TryMake(_disk, path) is { } claim)
            {
                DotLock? taken = null;
                try
                {
                    taken = TryTake(path, claim);
                    if (taken is null && _stale.TryBreak(path, watch ??= new StaleLocks.Watch()))
                        taken = TryTake(path, claim);
                    if (taken is not null)
                    {
                        _held.TryAdd(taken, value: true);
                        return taken;
                    }
                }
                finally
                {
                    if (taken is null)
                        claim.Dispose();
                }
            }

            if (_clock.GetElapsedTime(started) > Patience)
                throw new MailStoreException(StoreFault.Broken, $"Cannot lock: '{path}' has been held by another program for {Patience.TotalSeconds:0} seconds. If no such program runs, remove the file.");
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(2 + tries, 25)), _clock, cancel);
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        if (_ticket.IsMade)
            _ticket.Remove();
    }

    internal void Released(DotLock released) => _held.TryRemove(released, out _);

    private DotLock? TryTake(string path, LockClaim claim)
    {
        for (var attempt = 1; ; attempt++)
        {
            switch (Link(_ticket, path, out var made))
            {
                case LinkResult.Done:
                    return new DotLock(this, claim, _disk, path, made, _ticket);
                case LinkResult.Taken:
                    return null;
                case LinkResult.Impossible:
                    return TryTakeBeside(path, claim);
            }

            // Another program may clean up the store's tmp.
            if (attempt > 1 || !_ticket.IsLost())
                throw new MailStoreException(StoreFault.Broken, $"Cannot lock: there is no directory for '{path}'. Another program may have deleted the folder.");
        }
    }

    private DotLock? TryTakeBeside(string path, LockClaim claim)
    {
        var beside = new LockTicket(_disk, $"{path}.{UniqueNames.Next(_clock)}", _clock);
        FileFacts made = default;
        var result = LinkResult.Missing;
        try
        {
            result = Link(beside, path, out made);
        }
        finally
        {
            if (result != LinkResult.Done)
                beside.Remove();
        }

        if (result == LinkResult.Done)
            return new DotLock(this, claim, _disk, path, made, beside) { OwnsTicket = true };
        return result == LinkResult.Impossible && _disk.Create(path, [LockTicket.Owner]) && _disk.Stat(path) is { } created
            ? new DotLock(this, claim, _disk, path, created, ticket: null)
            : null;
    }

    // The answer to a link may be lost on its way from the file server, and the repeated call find the name taken: by us.
    private LinkResult Link(LockTicket ticket, string path, out FileFacts made)
    {
        made = ticket.Freshen();
        var result = _disk.Link(ticket.Path, path);
        return result == LinkResult.Taken && made.Inode > 0 && _disk.Stat(path)?.Inode == made.Inode ? LinkResult.Done : result;
    }

    private void TouchHeld()
    {
        foreach (var (held, _) in _held)
        {
            try
            {
                held.Touch(_clock.GetUtcNow());
            }
            catch (MailStoreException)
            {
                // Who works under the lock hears of the disk's error; the timer goes on.
            }
        }
    }
}
