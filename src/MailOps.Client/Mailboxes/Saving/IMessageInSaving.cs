namespace MailOps.Client.Mailboxes.Saving;

/// <summary>A message on its way into a place. Disposed before it is committed, it leaves nothing behind.</summary>
public interface IMessageInSaving : IAsyncDisposable
{
    /// <summary>Takes the next octets.</summary>
    ValueTask WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken cancel);

    /// <summary>Makes it appear: when this returns, it is whole and on the disk.</summary>
    ValueTask<SavedPlace> CommitAsync(CancellationToken cancel);
}
