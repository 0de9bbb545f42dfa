namespace MailOps.Maildir.Disk;

/// <summary>A lock file that this process holds. Disposed, it is removed, unless another program has broken it and made its own.</summary>
/// <param name="locks">Where it was taken.</param>
/// <param name="claim">What keeps the other tasks of this process away.</param>
/// <param name="disk">The disk.</param>
/// <param name="path">The lock's name.</param>
/// <param name="made">The file as it was when the lock was taken.</param>
/// <param name="ticket">The file that the lock is another name of; null if it is one of its own.</param>
internal sealed class DotLock(DotLocks locks, LockClaim claim, IMaildirDisk disk, string path, FileFacts made, LockTicket? ticket) : IDisposable
{
    private int _isReleased;

    /// <summary>True if the ticket serves this lock alone and goes away with it.</summary>
    internal bool OwnsTicket { get; init; }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isReleased, 1) != 0)
            return;
        try
        {
            if (IsOurs())
                disk.Unlink(path);
        }
        catch (MailStoreException)
        {
            // It will be found stale; the work under the lock was done.
        }

        if (OwnsTicket)
            ticket!.Remove();
        locks.Released(this);
        claim.Dispose();
    }

    /// <summary>Gives the lock a young time, so that nobody thinks its owner dead.</summary>
    internal void Touch(DateTimeOffset now)
    {
        if (ticket is not null)
        {
            ticket.Freshen();
        }
        else if (IsOurs())
        {
            disk.SetModified(path, now);
        }
    }

    // Where files have no identity, what stands inside must do.
    private bool IsOurs() =>
        disk.Stat(path) is { } facts
        && facts.Inode == made.Inode
        && (facts.Inode != 0 || disk.ReadAll(path).AsSpan().SequenceEqual(LockTicket.Owner.Span));
}
