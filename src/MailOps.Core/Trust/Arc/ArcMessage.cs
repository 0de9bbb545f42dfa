using System.Buffers;
using MailOps.Trust.Dkim;

namespace MailOps.Trust.Arc;

/// <summary>
/// A message whose octets pass once, in pieces of any size, with CRLF: its header is kept, up to 1 MiB, and its body goes into its hashes, since
/// only at the end is it known which is asked for.
/// </summary>
internal sealed class ArcMessage : IDisposable
{
    private const int MostOctets = 1024 * 1024;

    private readonly ArrayBufferWriter<byte> _header = new();
    private readonly BodyHash _simple = new(DkimCanonicalization.Simple);
    private readonly BodyHash _relaxed = new(DkimCanonicalization.Relaxed);
    private byte[]? _simpleHash;
    private byte[]? _relaxedHash;
    private int _length = -1;

    /// <summary>True if the header is longer than is kept.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>The header with its empty line.</summary>
    public ReadOnlyMemory<byte> Header
    {
        get
        {
            if (_length < 0 && !IsTooLong)
            {
                // A message may end with its header.
                _header.Write(_header.WrittenSpan.IsEmpty || _header.WrittenSpan.EndsWith("\r\n"u8) ? "\r\n"u8 : "\r\n\r\n"u8);
                _length = _header.WrittenCount;
            }

            return _length < 0 ? default : _header.WrittenMemory[.._length];
        }
    }

    /// <summary>Takes octets of the message.</summary>
    public void Take(ReadOnlySpan<byte> octets)
    {
        if (IsTooLong)
            return;
        if (_length < 0)
        {
            // The empty line may lie across the seam of two pieces.
            var (before, seam) = (_header.WrittenCount, Math.Max(0, _header.WrittenCount - 3));
            _header.Write(octets[..Math.Min(octets.Length, MostOctets - _header.WrittenCount)]);
            var end = _header.WrittenSpan.StartsWith("\r\n"u8) ? 2 : _header.WrittenSpan[seam..].IndexOf("\r\n\r\n"u8) is >= 0 and var found ? seam + found + 4 : -1;
            if (end < 0)
            {
                IsTooLong = _header.WrittenCount == MostOctets;
                return;
            }

            _length = end;
            octets = octets[(end - before)..];
        }

        _simple.Take(octets);
        _relaxed.Take(octets);
    }

    /// <summary>The hash of the body, once all was taken.</summary>
    public byte[] BodyHash(DkimCanonicalization canonicalization) =>
        canonicalization is DkimCanonicalization.Simple ? _simpleHash ??= _simple.End() : _relaxedHash ??= _relaxed.End();

    /// <inheritdoc/>
    public void Dispose()
    {
        _simple.Dispose();
        _relaxed.Dispose();
    }
}
