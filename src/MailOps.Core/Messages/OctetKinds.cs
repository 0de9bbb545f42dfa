using System.Buffers;

namespace MailOps.Messages;

/// <summary>What octets a content has.</summary>
/// <param name="Count">All.</param>
/// <param name="High">Those above ASCII.</param>
/// <param name="IsBinary">True with a NUL, a CR or LF alone, or a line of more than 998 octets: what only BINARYMIME carries.</param>
/// <param name="Dashes">Lines that begin with two hyphens, as boundaries do.</param>
internal readonly record struct OctetKinds(long Count, long High, bool IsBinary, int Dashes)
{
    private const int MostLine = 998;

    /// <summary>Reads a content to its end.</summary>
    public static async Task<OctetKinds> OfAsync(Stream content, CancellationToken cancel)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            var scan = new Scan();
            int read;
            while ((read = await content.ReadAsync(buffer, cancel).ConfigureAwait(false)) > 0)
                scan.Take(buffer.AsSpan(0, read));
            return scan.Kinds;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private sealed class Scan
    {
        private long _count;
        private long _high;
        private long _line;
        private int _dashes;
        private bool _isBinary;
        private byte _last;

        public OctetKinds Kinds => new(_count, _high, _isBinary || _last == '\r', _dashes);

        public void Take(ReadOnlySpan<byte> octets)
        {
            foreach (var octet in octets)
            {
                _isBinary |= octet == 0 || (_last == '\r') != (octet == '\n');
                _line = octet == '\n' ? 0 : _line + 1;
                _isBinary |= _line > MostLine && octet != '\r';
                if (octet > 127)
                    _high++;
                if (_line == 2 && octet == '-' && _last == '-')
                    _dashes++;
                _last = octet;
            }

            _count += octets.Length;
        }
    }
}
