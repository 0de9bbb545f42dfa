using System.Text;
using MailOps.Maildir.Access;
using MailOps.Maildir.Names;
using MailOps.Messages;

namespace MailOps.Maildir;

/// <summary>
/// One open mailbox as one session sees it. The view changes only in <see cref="RefreshAsync"/>: sequence numbers never
/// move in between, whatever other sessions and other programs do, and a message that another session expunged can be
/// read until this one was told. Used by one session, one call at a time; what only reads messages may be called from several threads
/// while nothing else is.
/// </summary>
public interface IMailbox : IAsyncDisposable
{
    /// <summary>The mailbox's full name.</summary>
    string Name { get; }

    /// <summary>True if it was opened with EXAMINE, or there is no right to change anything in it (RFC 4314 section 5.2).</summary>
    bool ReadOnly { get; }

    /// <summary>The rights of who has it open, as the last look found them; all where nobody's rights count.</summary>
    MailboxRights Rights => MailboxRights.All;

    /// <summary>Looks at the rights again, which others may change at any time.</summary>
    /// <returns>False if it may no longer be read: then nothing of it is to be told.</returns>
    bool RefreshRights() => true;

    /// <summary>The UIDVALIDITY.</summary>
    uint UidValidity { get; }

    /// <summary>The next UID, as this view knows it.</summary>
    uint UidNext { get; }

    /// <summary>The messages in the order of their UIDs: index 0 is sequence number 1. The list is this view's own and is replaced by <see cref="RefreshAsync"/>.</summary>
    IReadOnlyList<MailboxMessage> Messages { get; }

    /// <summary>How many messages are \Recent here, and the index of the first that is not \Seen, or -1: what SELECT tells.</summary>
    (int Recent, int FirstUnseen) CountNews()
    {
        var (recent, unseen) = (0, -1);
        for (var i = 0; i < Messages.Count; i++)
        {
            recent += Messages[i].Recent ? 1 : 0;
            if (unseen < 0 && !Messages[i].Flags.System.HasFlag(SystemFlags.Seen))
                unseen = i;
        }

        return (recent, unseen);
    }

    /// <summary>HIGHESTMODSEQ: all changes up to it were told to this view (RFC 7162 section 3.1.2.1). 0 while the folder cannot be written and has no log.</summary>
    ulong HighestModSeq { get; }

    /// <summary>The mailbox's 128-bit GUID, as 32 hex digits: the same for as long as the mailbox lives, whatever its name.</summary>
    string Guid { get; }

    /// <summary>The keywords that the mailbox knows, for FLAGS and PERMANENTFLAGS.</summary>
    IReadOnlyList<string> Keywords { get; }

    /// <summary>True if the mailbox has room for a keyword that it does not know yet.</summary>
    bool TakesKeywords => true;

    /// <summary>Brings the view up to date with what this and other sessions and programs did, and tells the difference.</summary>
    /// <param name="expunges">False while sequence numbers must hold (after FETCH, STORE, SEARCH: RFC 3501 section 7.4.1): expunged messages then stay in the view.</param>
    /// <param name="cancel">Ends the wait.</param>
    ValueTask<MailboxChanges> RefreshAsync(bool expunges, CancellationToken cancel);

    /// <summary>Returns when there may be something for <see cref="RefreshAsync"/> to tell: a change in this process at once, one by another program within a second.</summary>
    Task WaitForChangeAsync(CancellationToken cancel);

    /// <summary>The same for one who tells no expunges now: one that is owed already is no reason to return.</summary>
    Task WaitForChangeButExpungesAsync(CancellationToken cancel) => WaitForChangeAsync(cancel);

    /// <summary>The time a message arrived. From its file, so it may touch the disk.</summary>
    /// <returns>Null if the message is gone.</returns>
    DateTimeOffset? InternalDate(MailboxMessage message);

    /// <summary>
    /// The time when a message came into this mailbox, by delivery, APPEND, COPY or MOVE (RFC 8514): that in the name of its file, which
    /// every Maildir program gives anew. Where a name has none it is the time it arrived.
    /// </summary>
    /// <returns>Null if the message is gone and its name does not tell.</returns>
    DateTimeOffset? SaveDate(MailboxMessage message) =>
        UniqueNames.TryBegun(message.FileName, out var begun) ? begun : InternalDate(message);

    /// <summary>Opens a message for reading from its first octet, line ends as CRLF, seekable.</summary>
    /// <returns>Null if the message is gone, even for this session.</returns>
    ValueTask<Stream?> OpenMessageAsync(MailboxMessage message, CancellationToken cancel);

    /// <summary>Opens a message for reads at any offset, line ends as CRLF.</summary>
    /// <returns>Null if the message is gone, even for this session.</returns>
    async ValueTask<MessageBlob?> OpenBlobAsync(MailboxMessage message, CancellationToken cancel) =>
        await OpenMessageAsync(message, cancel) is { } stream ? MessageBlob.FromStream(stream) : null;

    /// <summary>The first words of a message (RFC 8970): at most 200 characters, decoded, without markup. Empty if it has no text.</summary>
    /// <returns>Null if the message is gone.</returns>
    async ValueTask<string?> PreviewAsync(MailboxMessage message, CancellationToken cancel)
    {
        using var batch = await ReadRecordsAsync(RecordKind.Preview, [message], cancel);
        return batch[0] is { } preview ? Encoding.UTF8.GetString(preview.Span) : null;
    }

    /// <summary>The structure of a message, by offset.</summary>
    /// <returns>Null if the message is gone.</returns>
    internal async ValueTask<MessageStructure?> StructureAsync(MailboxMessage message, CancellationToken cancel)
    {
        using var batch = await ReadRecordsAsync(RecordKind.Structure, [message], cancel);
        return batch[0] is { } record ? StructureRecord.Read(record.Span) : null;
    }

    /// <summary>What lists, searches and the parts of messages need of some messages, in the order asked for. The batch is the caller's to dispose.</summary>
    internal async ValueTask<RecordBatch> ReadRecordsAsync(RecordKind kind, IReadOnlyList<MailboxMessage> messages, CancellationToken cancel)
    {
        var batch = new RecordBatch();
        var maker = new RecordMaker();
        foreach (var message in messages)
        {
            using var blob = await OpenBlobAsync(message, cancel);
            if (blob is null)
                batch.AddMissing();
            else
                batch.Add((await maker.MakeAsync(kind, blob, cancel)).Span);
        }

        return batch;
    }

    /// <summary>A message's 128-bit GUID, as 32 hex digits: a copy has that of its source.</summary>
    string GuidOf(MailboxMessage message);

    /// <summary>The UIDs that were expunged after a mod-sequence and that this view no longer shows (VANISHED, RFC 7162 section 3.2.10), ascending.</summary>
    /// <returns>Null if that is too long ago to be known, or never was told: then every UID that is not there may have been.</returns>
    ValueTask<IReadOnlyList<UidRange>?> ExpungedSinceAsync(ulong modSeq, CancellationToken cancel);

    /// <summary>Changes flags, durably. The view's messages show the new flags at once; other sessions hear of it.</summary>
    /// <param name="messages">The messages.</param>
    /// <param name="change">How.</param>
    /// <param name="flags">Which flags.</param>
    /// <param name="unchangedSince">
    /// Messages that changed after this mod-sequence are left alone (UNCHANGEDSINCE, RFC 7162 section 3.1.3), but not where flags are added or removed that
    /// are as the session was told (section 3.1.12). 0 leaves alone what has the flags at all, which system flags always are. <see cref="ulong.MaxValue"/> for none.
    /// </param>
    /// <param name="cancel">Ends the wait.</param>
    ValueTask<FlagStoreResult> StoreFlagsAsync(IReadOnlyList<MailboxMessage> messages, FlagChange change, MessageFlagSet flags, ulong unchangedSince, CancellationToken cancel);

    /// <summary>Changes flags, durably, whenever the messages changed last.</summary>
    ValueTask<FlagStoreResult> StoreFlagsAsync(IReadOnlyList<MailboxMessage> messages, FlagChange change, MessageFlagSet flags, CancellationToken cancel) =>
        StoreFlagsAsync(messages, change, flags, ulong.MaxValue, cancel);

    /// <summary>
    /// Sets when messages arrived, durably, for what brings in mail from elsewhere: a client does not expect INTERNALDATE to change, and is not told.
    /// Copies of a message keep theirs.
    /// </summary>
    /// <returns>The messages that were still there.</returns>
    ValueTask<IReadOnlyList<MailboxMessage>> SetInternalDateAsync(IReadOnlyList<MailboxMessage> messages, DateTimeOffset arrived, CancellationToken cancel);

    /// <summary>Removes messages that have \Deleted, durably. The view keeps them until <see cref="RefreshAsync"/> tells of it.</summary>
    /// <param name="only">The messages to look at; null for all.</param>
    /// <param name="cancel">Ends the wait.</param>
    ValueTask ExpungeAsync(IReadOnlyList<MailboxMessage>? only, CancellationToken cancel);

    /// <summary>Copies messages with flags and dates to another mailbox of the account, all or none, durably.</summary>
    /// <returns>Null if the target does not exist. Nothing is copied where one of them is no longer there.</returns>
    ValueTask<CopiedMessages?> CopyAsync(IReadOnlyList<MailboxMessage> messages, string target, CancellationToken cancel);

    /// <summary>Moves messages to another mailbox of the account, durably: each is in one of the two at every moment. The view keeps them until <see cref="RefreshAsync"/>.</summary>
    /// <returns>Null if the target does not exist.</returns>
    ValueTask<CopiedMessages?> MoveAsync(IReadOnlyList<MailboxMessage> messages, string target, CancellationToken cancel);

    /// <summary>Removes messages whatever their flags, durably (POP3's QUIT after DELE, REPLACE).</summary>
    /// <returns>How many of them were still there.</returns>
    ValueTask<int> RemoveAsync(IReadOnlyList<MailboxMessage> messages, CancellationToken cancel);
}
