using System.Security.Cryptography;

namespace MailOps.Trust.Dkim;

/// <summary>
/// The hash of a body (RFC 6376 sections 3.4.3, 3.4.4 and 3.7), taken while its octets pass in pieces of any size. Only CRLF ends
/// a line; a CR or LF that stands alone is content. Nothing is kept but a small buffer, since hashing word by word is slow.
/// </summary>
internal sealed class BodyHash(DkimCanonicalization canonicalization) : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = new byte[4096];
    private int _buffered;
    private long _lineEnds;
    private bool _hasContent;
    private bool _afterSpace;
    private bool _afterCarriageReturn;

    /// <summary>Takes octets of the body.</summary>
    public void Take(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            if (_afterCarriageReturn)
            {
                _afterCarriageReturn = false;
                if (octets[0] == (byte)'\n')
                {
                    // White space at the end of a line counts for nothing in relaxed form; in simple form none is remembered.
                    _afterSpace = false;
                    _lineEnds++;
                    octets = octets[1..];
                }
                else
                {
                    Content("\r"u8);
                }

                continue;
            }

            var next = canonicalization is DkimCanonicalization.Relaxed ? octets.IndexOfAny((byte)' ', (byte)'\t', (byte)'\r') : octets.IndexOf((byte)'\r');
            if (next < 0)
            {
                Content(octets);
                return;
            }

            Content(octets[..next]);
            if (octets[next] == (byte)'\r')
                _afterCarriageReturn = true;
            else
                _afterSpace = true;
            octets = octets[(next + 1)..];
        }
    }

    /// <summary>The hash of all that was taken. To be called once, at the end.</summary>
    public byte[] End()
    {
        if (_afterCarriageReturn)
            Content("\r"u8);
        // Whatever empty lines there were, one line end is left; of an empty body in relaxed form nothing is.
        if (_hasContent || canonicalization is DkimCanonicalization.Simple)
            Put("\r\n"u8);
        _hash.AppendData(_buffer.AsSpan(0, _buffered));
        return _hash.GetHashAndReset();
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    // Line ends and spaces are only known to count when something follows them.
    private void Content(ReadOnlySpan<byte> octets)
    {
        if (octets.IsEmpty)
            return;

        for (; _lineEnds > 0; _lineEnds--)
            Put("\r\n"u8);
        if (_afterSpace)
            Put(" "u8);
        _afterSpace = false;
        _hasContent = true;
        Put(octets);
    }

    private void Put(ReadOnlySpan<byte> octets)
    {
        if (octets.Length > _buffer.Length - _buffered)
        {
            _hash.AppendData(_buffer.AsSpan(0, _buffered));
            _buffered = 0;
            if (octets.Length > _buffer.Length)
            {
                _hash.AppendData(octets);
                return;
            }
        }

        octets.CopyTo(_buffer.AsSpan(_buffered));
        _buffered += octets.Length;
    }
}
