using System.IO.Compression;

namespace MailOps.Wire;

/// <summary>A connection whose octets are compressed both ways, as DEFLATE without a header (RFC 1951, RFC 4978). What was written is complete for the peer after each flush.</summary>
internal sealed class DeflatedStream : Stream
{
    private readonly Stream _connection;
    private readonly DeflateStream _reading;
    private readonly DeflateStream _writing;

    /// <summary>Takes the connection over; it is disposed with this stream.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="level">How well what is sent is compressed. Most of what a server sends is small or was compressed before, and it has many to serve: more is not worth its time. A client compresses where the line is slow.</param>
    public DeflatedStream(Stream connection, CompressionLevel level = CompressionLevel.Fastest)
    {
        _connection = connection;
        _reading = new DeflateStream(connection, CompressionMode.Decompress, leaveOpen: true);
        _writing = new DeflateStream(connection, level, leaveOpen: true);
    }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        try
        {
            return _reading.Read(buffer);
        }
        catch (InvalidDataException e)
        {
            throw Broken(e);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await _reading.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidDataException e)
        {
            throw Broken(e);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => _writing.Write(buffer, offset, count);

    public override void Write(ReadOnlySpan<byte> buffer) => _writing.Write(buffer);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => _writing.WriteAsync(buffer, offset, count, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => _writing.WriteAsync(buffer, cancellationToken);

    public override void Flush()
    {
        _writing.Flush();
        _connection.Flush();
    }

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        await _writing.FlushAsync(cancellationToken).ConfigureAwait(false);
        await _connection.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            // The connection first: compression has an end that it would otherwise send, and the peer may be gone.
            _connection.Dispose();
            _reading.Dispose();
            try
            {
                _writing.Dispose();
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or NotSupportedException or ArgumentException)
            {
                // That end has nowhere to go.
            }
        }

        base.Dispose(disposing);
    }

    private static IOException Broken(InvalidDataException e) => new("What the peer sent as compressed data is none.", e);
}
