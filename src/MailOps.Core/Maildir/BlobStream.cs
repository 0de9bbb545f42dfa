namespace MailOps.Maildir;

/// <summary>A blob as those want it who read streams.</summary>
internal sealed class BlobStream(MessageBlob blob) : StoredStream
{
    public override long Length => blob.Length;

    public override int Read(Span<byte> buffer)
    {
        var read = blob.Read(buffer, Position);
        Position += read;
        return read;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await blob.ReadAsync(buffer, Position, cancellationToken);
        Position += read;
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            blob.Dispose();
        base.Dispose(disposing);
    }
}
