namespace MailOps.Client.Migration.Files;

/// <summary>What a file has, as mail has it: every line ends with CRLF, however it ends in the file.</summary>
internal sealed class CrlfStream(Stream file) : Stream
{
    private readonly byte[] _input = new byte[32 * 1024];
    private int _first;
    private int _last;
    private bool _isAfterCr;
    private bool _owesLf;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_first == _last)
            (_first, _last) = (0, await file.ReadAsync(_input, cancellationToken).ConfigureAwait(false));
        return Convert(buffer.Span);
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (_first == _last)
            (_first, _last) = (0, file.Read(_input));
        return Convert(buffer);
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            file.Dispose();
        base.Dispose(disposing);
    }

    private int Convert(Span<byte> buffer)
    {
        var written = 0;
        while (written < buffer.Length && _first < _last)
        {
            var octet = _input[_first];
            if (octet == '\n' && !_isAfterCr && !_owesLf)
            {
                buffer[written++] = (byte)'\r';
                _owesLf = true;
                continue;
            }

            buffer[written++] = octet;
            (_first, _isAfterCr, _owesLf) = (_first + 1, octet == '\r', false);
        }

        return written;
    }
}
