namespace MailOps.Maildir;

/// <summary>A blob over a stream.</summary>
internal sealed class StreamBlob(Stream stream) : MessageBlob
{
    public override long Length => stream.Length;

    public override int Read(Span<byte> octets, long offset)
    {
        stream.Position = offset;
        return stream.ReadAtLeast(octets, octets.Length, throwOnEndOfStream: false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            stream.Dispose();
    }
}
