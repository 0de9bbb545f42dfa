namespace MailOps.Maildir.Disk;

/// <summary>An open file without a position of its own: read anywhere into the caller's memory, appended to as one piece.</summary>
internal abstract class DiskFile : IDisposable
{
    /// <summary>The length, time and identity that the file has now, wherever its name has gone.</summary>
    public abstract FileFacts Facts { get; }

    /// <summary>Reads from an offset on, as much as there is and fits.</summary>
    /// <returns>How many octets; fewer than fit only at the file's end.</returns>
    public abstract int Read(Span<byte> octets, long offset);

    /// <summary>Puts octets behind the last one, in one piece even if others append at the same time. A failure may leave a part of them.</summary>
    public abstract void Append(ReadOnlySpan<byte> octets);

    /// <summary>Takes an advisory lock that lasts until the file is closed, without waiting for it.</summary>
    /// <returns>False if another holds one that is in the way.</returns>
    public abstract bool TryLock(bool exclusive);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);
}
