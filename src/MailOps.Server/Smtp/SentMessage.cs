using MailOps.Maildir;

namespace MailOps.Server.Smtp;

/// <summary>
/// Which octets of what a delivery keeps the client has sent, and which of those it sent are not kept: enough to read the message as it was
/// sent, without a second copy of it.
/// </summary>
internal sealed class SentMessage
{
    /// <summary>The most octets of dropped fields that are remembered.</summary>
    public const int MostDropped = 64 * 1024;

    private readonly List<Piece> _pieces = [];
    private int _dropped;

    /// <summary>Says that octets which the client sent are kept.</summary>
    /// <param name="offset">Where in the delivery.</param>
    /// <param name="count">How many.</param>
    public void Keep(long offset, int count)
    {
        if (count == 0)
            return;
        if (_pieces is [.., { Dropped: null } last] && last.Offset + last.Length == offset)
            _pieces[^1] = last with { Length = last.Length + count };
        else
            _pieces.Add(new Piece(Length, offset, count, null));
    }

    /// <summary>Remembers octets which the client sent and which are not kept; of more than <see cref="MostDropped"/> the lines that fit.</summary>
    public void Drop(ReadOnlySpan<byte> octets)
    {
        if (_dropped + octets.Length > MostDropped)
        {
            octets = octets[..Math.Max(0, MostDropped - _dropped)];
            octets = octets[..(octets.LastIndexOf((byte)'\n') + 1)];
            _dropped = MostDropped;
        }

        if (octets.IsEmpty)
            return;
        _dropped += octets.Length;
        _pieces.Add(new Piece(Length, 0, octets.Length, octets.ToArray()));
    }

    /// <summary>The message as it was sent.</summary>
    /// <param name="kept">What the delivery keeps; closed with what is returned.</param>
    public MessageBlob Open(MessageBlob kept) => new Blob(kept, _pieces, Length);

    private long Length => _pieces is [.., var last] ? last.Start + last.Length : 0;

    private readonly record struct Piece(long Start, long Offset, long Length, byte[]? Dropped);

    // Whoever was given it may read on in a thread of his own when he has been given up: never from memory that has gone to another message.
    private sealed class Blob(MessageBlob kept, List<Piece> pieces, long length) : MessageBlob
    {
        private readonly Lock _gate = new();
        private bool _isClosed;

        public override long Length => length;

        public override int Read(Span<byte> octets, long offset)
        {
            lock (_gate)
            {
                if (_isClosed)
                    throw new IOException("The message can no longer be read: the hook that it was given to has ended.");
                var read = 0;
                for (var i = Find(offset); i < pieces.Count && read < octets.Length; i++)
                {
                    var piece = pieces[i];
                    var from = offset + read - piece.Start;
                    var part = octets.Slice(read, (int)Math.Min(octets.Length - read, piece.Length - from));
                    if (piece.Dropped is { } dropped)
                        dropped.AsSpan((int)from, part.Length).CopyTo(part);
                    else
                        _ = kept.Read(part, piece.Offset + from);
                    read += part.Length;
                }

                return read;
            }
        }

        protected override void Dispose(bool disposing)
        {
            lock (_gate)
            {
                if (disposing && !_isClosed)
                    kept.Dispose();
                _isClosed = true;
            }
        }

        private int Find(long offset)
        {
            var (low, high) = (0, pieces.Count);
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (pieces[middle].Start + pieces[middle].Length <= offset)
                    low = middle + 1;
                else
                    high = middle;
            }

            return low;
        }
    }
}
