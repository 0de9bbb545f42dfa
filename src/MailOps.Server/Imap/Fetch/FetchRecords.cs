using MailOps.Maildir;
using MailOps.Messages;

namespace MailOps.Server.Imap.Fetch;

/// <summary>What the store keeps of the messages of one FETCH, read in their order as far as its items need it.</summary>
internal sealed class FetchRecords(IMailbox mailbox, FetchResponder responder, MessageSelection messages) : IAsyncDisposable
{
    private readonly RecordSequence? _digests = responder.NeedsDigest ? new RecordSequence(mailbox, RecordKind.Digest, messages.All()) : null;
    private readonly RecordSequence? _structures = responder.NeedsStructure ? new RecordSequence(mailbox, RecordKind.Structure, messages.All()) : null;
    private readonly RecordSequence? _previews = responder.NeedsPreview ? new RecordSequence(mailbox, RecordKind.Preview, messages.All()) : null;

    /// <summary>Those of the next message. Valid until the next call.</summary>
    public async ValueTask<FetchRecord> NextAsync(CancellationToken cancel) => new(
        _digests is null ? null : await _digests.NextAsync(cancel),
        _structures is null ? null : await _structures.NextAsync(cancel),
        _previews is null ? null : await _previews.NextAsync(cancel));

    public async ValueTask DisposeAsync()
    {
        foreach (var sequence in new[] { _digests, _structures, _previews })
        {
            if (sequence is not null)
                await sequence.DisposeAsync();
        }
    }
}

/// <summary>What the store keeps of a message; null what is not needed, and all if the message is gone.</summary>
/// <param name="Digest">Its digest.</param>
/// <param name="Structure">Its structure.</param>
/// <param name="Preview">Its preview, as UTF-8.</param>
internal readonly record struct FetchRecord(ReadOnlyMemory<byte>? Digest, ReadOnlyMemory<byte>? Structure, ReadOnlyMemory<byte>? Preview);
