namespace MailOps.Maildir;

/// <summary>
/// One message on its way into the store. Octets are written as they come; <see cref="CommitAsync"/> makes the message
/// durable in every target or in none. Disposed without a commit, it leaves nothing behind.
/// </summary>
public interface IDelivery : IAsyncDisposable
{
    /// <summary>Octets written so far.</summary>
    long Length { get; }

    /// <summary>Appends octets, lines ended by CRLF.</summary>
    /// <exception cref="MailStoreException">The disk is full or broken. The delivery can then only be disposed.</exception>
    void Write(ReadOnlySpan<byte> octets);

    /// <summary>Brings what was written out of memory if it is much, without blocking the caller's thread. For who writes more than a few lines: to be awaited now and then.</summary>
    /// <exception cref="MailStoreException">The disk is full or broken. The delivery can then only be disposed.</exception>
    ValueTask DrainAsync() => ValueTask.CompletedTask;

    /// <summary>Brings all that was written out of memory, without blocking the caller's thread. For who has many at the same time.</summary>
    /// <exception cref="MailStoreException">The disk is full or broken. The delivery can then only be disposed.</exception>
    ValueTask RestAsync() => DrainAsync();

    /// <summary>What was written so far, from where it is kept: of a large message no more comes into memory than is read. To be closed before more is written, and before the commit.</summary>
    /// <exception cref="MailStoreException">The disk is broken.</exception>
    MessageBlob OpenWritten();

    /// <summary>
    /// Makes the message durable: when this returns, the message survives a cut of the power, and a new session sees it.
    /// Where many deliveries wait at the same time, their syncs are shared.
    /// </summary>
    /// <param name="targets">The mailboxes that get it, each with its own flags. A target is never served twice.</param>
    /// <param name="cancel">Ends the wait; what was not yet visible is then withdrawn.</param>
    /// <exception cref="MailStoreException">Nothing was delivered to any target.</exception>
    ValueTask CommitAsync(IReadOnlyList<DeliveryTarget> targets, CancellationToken cancel);

    /// <summary>As <see cref="CommitAsync"/>, but what hinders one target does not hinder the others.</summary>
    /// <param name="targets">The mailboxes that get it. A target is never served twice.</param>
    /// <param name="cancel">Ends the wait; what was not yet visible is then withdrawn.</param>
    /// <returns>For each target null if the message is there, durable; otherwise why not.</returns>
    ValueTask<IReadOnlyList<MailStoreException?>> CommitEachAsync(IReadOnlyList<DeliveryTarget> targets, CancellationToken cancel);
}
