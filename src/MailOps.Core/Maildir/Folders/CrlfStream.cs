namespace MailOps.Maildir.Folders;

/// <summary>A file with LF line ends as it is sent: every LF that no CR precedes comes as CRLF. Seekable, by reading again from the nearest checkpoint.</summary>
internal sealed class CrlfStream : StoredStream
{
    private const int BlockLength = 64 * 1024;

    private readonly Stream _file;
    private readonly List<(long AsSent, long OnDisk, bool AfterCr)> _checkpoints;
    private readonly byte[] _block = new byte[BlockLength];
    private int _blockAt;
    private int _blockEnd;
    private bool _afterCr;
    private bool _owesLf;
    private long _converted;

    private CrlfStream(Stream file, long length, List<(long AsSent, long OnDisk, bool AfterCr)> checkpoints)
    {
        _file = file;
        _checkpoints = checkpoints;
        Length = length;
    }

    public override long Length { get; }

    /// <summary>Counts the octets of a message as sent: bare LF counts as two.</summary>
    internal static async ValueTask<long> CountAsync(Stream file, CancellationToken cancel) =>
        (await MeasureAsync(file, cancel)).Length;

    /// <summary>A stream of the message as sent; the file itself if its line ends are CRLF already.</summary>
    internal static async ValueTask<Stream> OpenAsync(Stream file, CancellationToken cancel)
    {
        var (length, checkpoints) = await MeasureAsync(file, cancel);
        file.Position = 0;
        return length == file.Length ? file : new CrlfStream(file, length, checkpoints);
    }

    public override int Read(Span<byte> buffer)
    {
        if (Position >= Length)
            return 0;
        if (Position != _converted)
            SkipTo(Position);
        var count = Convert(buffer);
        _converted += count;
        Position = _converted;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _file.Dispose();
        base.Dispose(disposing);
    }

    private static async ValueTask<(long Length, List<(long AsSent, long OnDisk, bool AfterCr)> Checkpoints)> MeasureAsync(Stream file, CancellationToken cancel)
    {
        var checkpoints = new List<(long AsSent, long OnDisk, bool AfterCr)>();
        var block = System.Buffers.ArrayPool<byte>.Shared.Rent(BlockLength);
        try
        {
            long asSent = 0, onDisk = 0;
            var afterCr = false;
            while (true)
            {
                if (onDisk % BlockLength == 0)
                    checkpoints.Add((asSent, onDisk, afterCr));
                var wanted = BlockLength - (int)(onDisk % BlockLength);
                var count = await file.ReadAsync(block.AsMemory(0, wanted), cancel);
                if (count == 0)
                    return (asSent, checkpoints);
                asSent += count + LineEnds.CountBareLf(block.AsSpan(0, count), ref afterCr);
                onDisk += count;
            }
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(block);
        }
    }

    private void SkipTo(long position)
    {
        if (position < _converted || position - _converted > BlockLength * 2)
        {
            var checkpoint = _checkpoints.FindLast(c => c.AsSent <= position);
            _file.Position = checkpoint.OnDisk;
            _converted = checkpoint.AsSent;
            _afterCr = checkpoint.AfterCr;
            _owesLf = false;
            _blockAt = _blockEnd = 0;
        }

        Span<byte> scrap = stackalloc byte[4096];
        while (_converted < position)
        {
            var count = Convert(scrap[..(int)Math.Min(scrap.Length, position - _converted)]);
            if (count == 0)
                return;
            _converted += count;
        }
    }

    private int Convert(Span<byte> target)
    {
        var written = 0;
        while (written < target.Length)
        {
            if (_owesLf)
            {
                target[written++] = (byte)'\n';
                _owesLf = false;
                continue;
            }

            if (_blockAt == _blockEnd)
            {
                _blockAt = 0;
                _blockEnd = _file.Read(_block);
                if (_blockEnd == 0)
                    break;
            }

            var octet = _block[_blockAt++];
            if (octet == '\n' && !_afterCr)
            {
                target[written++] = (byte)'\r';
                _owesLf = true;
                _afterCr = false;
                continue;
            }

            target[written++] = octet;
            _afterCr = octet == '\r';
        }

        return written;
    }
}
