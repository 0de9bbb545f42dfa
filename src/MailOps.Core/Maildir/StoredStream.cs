namespace MailOps.Maildir;

/// <summary>What streams of stored messages share: they can be read from any offset, and nothing else.</summary>
internal abstract class StoredStream : Stream
{
    private const string Unchanged = "A stored message is never changed.";

    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Position
    {
        get => _position;
        set => _position = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value));
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => Position + offset,
        _ => Length + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException(Unchanged);

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException(Unchanged);
}
