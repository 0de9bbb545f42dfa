using System.Buffers;

namespace MailOps.Client.Mailboxes.Saving;

/// <summary>Keeps the header of a message that goes by in pieces.</summary>
internal sealed class HeadOfMessage
{
    // A header that is longer is not read to its end.
    private const int Most = 256 * 1024;

    private readonly ArrayBufferWriter<byte> _octets = new(4096);
    private bool _isOver;

    /// <summary>The octets of the header.</summary>
    public byte[] ToArray() => _octets.WrittenSpan.ToArray();

    /// <summary>Takes in the next octets.</summary>
    public void Append(ReadOnlySpan<byte> octets)
    {
        if (_isOver)
            return;
        var from = Math.Max(0, _octets.WrittenCount - 2);
        _octets.Write(octets[..Math.Min(octets.Length, Most - _octets.WrittenCount)]);
        var fresh = _octets.WrittenSpan[from..];
        _isOver = fresh.IndexOf("\n\r\n"u8) >= 0 || fresh.IndexOf("\n\n"u8) >= 0 || _octets.WrittenCount == Most;
    }
}
