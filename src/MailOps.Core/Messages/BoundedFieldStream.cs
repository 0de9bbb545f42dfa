namespace MailOps.Messages;

/// <summary>
/// Shows a message to MimeKit with its longest header fields broken into several. MimeKit keeps a field in one buffer that
/// grows by a page at a time, so that a field of tens of megabytes would cost minutes of copying. Octets are overwritten on
/// their way, never added or left out: offsets hold, and only what stands beyond the limit of a field is changed.
/// </summary>
/// <param name="message">The message. It is not changed, and stays the caller's.</param>
internal sealed class BoundedFieldStream(Stream message) : Stream
{
    // Twice what is looked into, so that the break never falls into it.
    private const int Limit = 2 * MessageStructure.MaxFieldLength;

    // A field without meaning that goes on where the long one was cut.
    private static readonly byte[] NextField = "\r\nX:"u8.ToArray();

    private bool _isInHeader;
    private long _field;
    private byte _last;

    /// <summary>True while a header is read: nothing is touched otherwise. Set by who reads, as it learns where it is.</summary>
    public bool IsInHeader
    {
        get => _isInHeader;
        set
        {
            _isInHeader = value;
            _field = 0;
        }
    }

    public override bool CanRead => true;

    public override bool CanSeek => message.CanSeek;

    public override bool CanWrite => false;

    public override long Length => message.Length;

    public override long Position
    {
        get => message.Position;
        set => message.Position = value;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var read = message.Read(buffer);
        Bound(buffer[..read]);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await message.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        Bound(buffer.Span[..read]);
        return read;
    }

    public override long Seek(long offset, SeekOrigin origin) => message.Seek(offset, origin);

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException("A message that is looked at is not changed.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("A message that is looked at is not changed.");

    private void Bound(Span<byte> octets)
    {
        while (IsInHeader && !octets.IsEmpty)
        {
            var isFolded = octets[0] is (byte)' ' or (byte)'\t';
            if (_last == '\n' && !isFolded)
                _field = 0;
            else if (_last == '\n' && _field > Limit && octets.Length > 1)
            {
                // A folded line becomes a field of its own.
                NextField.AsSpan(2).CopyTo(octets);
                _field = 0;
            }

            var lineFeed = octets.IndexOf((byte)'\n');
            var line = lineFeed < 0 ? octets : octets[..(lineFeed + 1)];
            _field += line.Length;
            var text = line.TrimEnd("\r\n"u8);
            if (_field > Limit && text.Length > 2 * NextField.Length)
            {
                // Away from the ends of the piece, where half a line end may stand.
                NextField.CopyTo(text[NextField.Length..]);
                _field = text.Length;
            }

            _last = line[^1];
            octets = octets[line.Length..];
        }

        if (!octets.IsEmpty)
            _last = octets[^1];
    }
}
