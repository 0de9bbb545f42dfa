using MailOps.Messages;

namespace MailOps.Maildir;

/// <summary>Reads records of many messages in their order: while one batch is used the next is read.</summary>
/// <param name="mailbox">The view. It must not be refreshed meanwhile.</param>
/// <param name="kind">What the records are to tell.</param>
/// <param name="messages">Its messages that are wanted.</param>
internal sealed class RecordSequence(IMailbox mailbox, RecordKind kind, IEnumerable<MailboxMessage> messages) : IAsyncDisposable
{
    // The first reply comes soon, and one message costs no more than one.
    private const int FirstBatch = 16;
    private const int LargestBatch = 256;

    private readonly IEnumerator<MailboxMessage> _messages = messages.GetEnumerator();
    private int _batchLength = FirstBatch;
    private bool _began;
    private RecordBatch? _batch;
    private int _used;
    private Task<RecordBatch>? _next;

    /// <summary>The record of the next message; null if that is gone. Valid until the next call.</summary>
    /// <exception cref="InvalidOperationException">There is no further message.</exception>
    public ValueTask<ReadOnlyMemory<byte>?> NextAsync(CancellationToken cancel) =>
        _batch is not null && _used < _batch.Count ? new(_batch[_used++]) : NextBatchAsync(cancel);

    public async ValueTask DisposeAsync()
    {
        _messages.Dispose();
        _batch?.Dispose();
        _batch = null;
        if (_next is null)
            return;
        await ((Task)_next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_next.IsCompletedSuccessfully)
            (await _next).Dispose();
        _next = null;
    }

    private async ValueTask<ReadOnlyMemory<byte>?> NextBatchAsync(CancellationToken cancel)
    {
        if (!_began)
            BeginNext(cancel);
        _began = true;
        var next = _next ?? throw new InvalidOperationException("All records were read.");
        _batch?.Dispose();
        _batch = null;
        _batch = await next;
        BeginNext(cancel);
        _used = 1;
        return _batch[0];
    }

    private void BeginNext(CancellationToken cancel)
    {
        var wanted = new List<MailboxMessage>(_batchLength);
        while (wanted.Count < _batchLength && _messages.MoveNext())
            wanted.Add(_messages.Current);
        _batchLength = Math.Min(_batchLength * 4, LargestBatch);
        // What is kept of messages is found without waiting for the disk: without a processor of its own it would be read before, not meanwhile.
        _next = wanted.Count switch
        {
            0 => null,
            < LargestBatch => mailbox.ReadRecordsAsync(kind, wanted, cancel).AsTask(),
            _ => Task.Run(() => mailbox.ReadRecordsAsync(kind, wanted, cancel).AsTask(), cancel),
        };
    }
}
