using System.Buffers;
using System.IO.Pipelines;

namespace MailOps.Server.Connections.Faults;

/// <summary>What a client sends, up to an octet: there it seems to end, whatever waits behind it.</summary>
/// <param name="inner">All that the client sends.</param>
/// <param name="octets">How many octets may still be read.</param>
/// <param name="isLinePending">True if what was read last is still to be advanced past: it does not count.</param>
internal sealed class CutReader(PipeReader inner, long octets, bool isLinePending) : PipeReader
{
    private long _left = octets;
    private bool _isLinePending = isLinePending;
    private ReadOnlySequence<byte> _shown;
    private bool _isReading;

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
        _left == 0 ? End() : Cut(await inner.ReadAsync(cancellationToken));

    public override bool TryRead(out ReadResult result)
    {
        result = default;
        if (_left == 0)
            result = End();
        else if (inner.TryRead(out var read))
            result = Cut(read);
        else
            return false;
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_isLinePending)
        {
            _isLinePending = false;
        }
        else if (_isReading)
        {
            _left -= _shown.Slice(0, consumed).Length;
            _isReading = false;
        }
        else
        {
            return;
        }

        inner.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    private static ReadResult End() => new(default, isCanceled: false, isCompleted: true);

    private ReadResult Cut(ReadResult read)
    {
        _isReading = true;
        _shown = read.Buffer.Length > _left ? read.Buffer.Slice(0, _left) : read.Buffer;
        return new ReadResult(_shown, read.IsCanceled, read.IsCompleted || _shown.Length == _left);
    }
}
