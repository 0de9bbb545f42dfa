namespace MailOps.Maildir;

/// <summary>A stored message as octets, line ends as CRLF: read from any offset straight into the caller's memory. Used by one reader, one call at a time.</summary>
public abstract class MessageBlob : IDisposable
{
    // Up to here octets are read where the caller is: changing the thread costs more.
    private const int SmallRead = 64 * 1024;

    /// <summary>Octets as sent.</summary>
    public abstract long Length { get; }

    /// <summary>Reads from an offset on, as much as there is and fits.</summary>
    /// <param name="octets">Where to.</param>
    /// <param name="offset">Where to start, counted from the message's first octet.</param>
    /// <returns>How many octets; 0 at the end and behind it.</returns>
    /// <exception cref="MailStoreException">The disk broke.</exception>
    public abstract int Read(Span<byte> octets, long offset);

    /// <summary>As <see cref="Read"/>; of a message of more than a few pages on another thread.</summary>
    /// <param name="octets">Where to.</param>
    /// <param name="offset">Where to start.</param>
    /// <param name="cancel">Ends the wait.</param>
    public ValueTask<int> ReadAsync(Memory<byte> octets, long offset, CancellationToken cancel) =>
        Length <= SmallRead ? new(Read(octets.Span, offset)) : new(Task.Run(() => Read(octets.Span, offset), cancel));

    /// <summary>The whole message in memory. For messages that are known to be small.</summary>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="MailStoreException">The disk broke.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAllAsync(CancellationToken cancel)
    {
        var octets = new byte[Length];
        var read = await ReadAsync(octets, 0, cancel).ConfigureAwait(false);
        return octets.AsMemory(0, read);
    }

    /// <summary>The message as a stream that stands at its first octet. Closing it closes the blob.</summary>
    public Stream AsStream() => new BlobStream(this);

    /// <summary>A blob of a stream that can seek, which is closed with it.</summary>
    public static MessageBlob FromStream(Stream stream) => new StreamBlob(stream);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes what the blob reads from.</summary>
    protected abstract void Dispose(bool disposing);
}
