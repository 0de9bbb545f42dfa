using System.Buffers;
using MailOps.Server.Queue.Control;

namespace MailOps.Server.Queue.Administration;

/// <summary>A message of the queue, open to be copied.</summary>
/// <param name="envelope">Its envelope and what became of it, as JSON.</param>
/// <param name="size">Its octets.</param>
/// <param name="content">The octets as they would be sent, once; closed with this.</param>
/// <param name="end">Closes what it comes from.</param>
public sealed class ExportedMessage(string envelope, long size, Stream content, Func<ValueTask> end) : IAsyncDisposable
{
    private const int PieceLength = 64 * 1024;

    /// <summary>Its envelope and what became of it, as JSON for people and programs.</summary>
    public string Envelope => envelope;

    /// <summary>How many octets it has.</summary>
    public long Size => size;

    /// <summary>Writes the message, exactly as it would be sent.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="QueueAccessException">Not all of it came.</exception>
    /// <exception cref="Maildir.MailStoreException">The disk broke.</exception>
    public async Task CopyToAsync(Stream target, CancellationToken cancel)
    {
        var piece = ArrayPool<byte>.Shared.Rent(PieceLength);
        try
        {
            var left = size;
            while (left > 0 && await ControlClient.GuardAsync(() => content.ReadAsync(piece, 0, PieceLength, cancel)) is > 0 and var count)
            {
                await target.WriteAsync(piece.AsMemory(0, count), cancel);
                left -= count;
            }

            if (left > 0)
                throw new QueueAccessException(QueueAccessFault.Failed, $"The file of the message is shorter than it was: {left} octets are missing.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await content.DisposeAsync();
        await end();
    }
}
