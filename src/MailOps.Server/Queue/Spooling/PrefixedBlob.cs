using MailOps.Maildir;

namespace MailOps.Server.Queue.Spooling;

/// <summary>A message with octets before it, as one. Closing it closes the message.</summary>
internal sealed class PrefixedBlob(ReadOnlyMemory<byte> before, MessageBlob message) : MessageBlob
{
    /// <inheritdoc/>
    public override long Length => before.Length + message.Length;

    /// <inheritdoc/>
    public override int Read(Span<byte> octets, long offset)
    {
        if (offset >= before.Length)
            return message.Read(octets, offset - before.Length);

        var from = before.Span[(int)offset..];
        var count = Math.Min(from.Length, octets.Length);
        from[..count].CopyTo(octets);
        return count == octets.Length ? count : count + message.Read(octets[count..], 0);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            message.Dispose();
    }
}
