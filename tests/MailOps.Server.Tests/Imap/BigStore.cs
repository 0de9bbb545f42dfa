using MailOps.Maildir;
using MailOps.Maildir.Access;
using MailOps.Maildir.Annotations;

namespace MailOps.Server.Tests.Imap;

/// <summary>A store whose every INBOX has one message of any size, made as it is read.</summary>
internal sealed class BigStore(long size) : IMailStore, IMailAccount, IMailbox
{
    private long _octetsRead;

    public int LargestRead { get; private set; }

    /// <summary>After so many octets the disk breaks.</summary>
    public long BreaksAfter { get; set; } = long.MaxValue;

    public long OctetsRead => Interlocked.Read(ref _octetsRead);

    public string Name => MailboxName.Inbox;

    public bool ReadOnly => true;

    public uint UidValidity => 1;

    public uint UidNext => 2;

    public IReadOnlyList<MailboxMessage> Messages { get; } = [new(1, size, MessageFlagSet.None, false, "big")];

    public IReadOnlyList<string> Keywords => [];

    public ValueTask<IMailAccount> OpenAccountAsync(string account, CancellationToken cancel) => new(this);

    public ValueTask<IMailbox?> OpenAsync(string mailbox, bool readOnly, CancellationToken cancel) => new(this);

    public ValueTask<MailboxChanges> RefreshAsync(bool expunges, CancellationToken cancel) => new(MailboxChanges.None);

    public ValueTask<Stream?> OpenMessageAsync(MailboxMessage message, CancellationToken cancel) => new(new BigMessage(this, size));

    public ValueTask<MailOps.Maildir.Watching.IAccountWatch> WatchAsync(CancellationToken cancel) => throw new NotSupportedException();

    public Task WaitForChangeAsync(CancellationToken cancel) => Task.Delay(Timeout.Infinite, cancel);

    public ulong HighestModSeq => 1;

    public string Guid { get; } = new('0', 32);

    public string GuidOf(MailboxMessage message) => new('1', 32);

    public ValueTask<IReadOnlyList<UidRange>?> ExpungedSinceAsync(ulong modSeq, CancellationToken cancel) => new((IReadOnlyList<UidRange>?)null);

    public DateTimeOffset? InternalDate(MailboxMessage message) => DateTimeOffset.UnixEpoch;

    public IDelivery BeginDelivery() => throw new NotSupportedException();

    public ValueTask<MailboxRights?> GetRightsAsync(string mailbox, CancellationToken cancel) => new(MailboxRights.All);

    public ValueTask<IReadOnlyList<MailboxInfo>> ListAsync(CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<string>> ListSubscribedAsync(CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask SetSubscribedAsync(string mailbox, bool subscribed, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<MailboxOutcome> CreateAsync(string mailbox, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<MailboxOutcome> DeleteAsync(string mailbox, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<MailboxOutcome> RenameAsync(string mailbox, string newName, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<IReadOnlyDictionary<string, ReadOnlyMemory<byte>>?> GetAnnotationsAsync(string? mailbox, CancellationToken cancel) => new((IReadOnlyDictionary<string, ReadOnlyMemory<byte>>?)null);

    public ValueTask<AnnotationOutcome> SetAnnotationsAsync(string? mailbox, IReadOnlyDictionary<string, ReadOnlyMemory<byte>?> changes, CancellationToken cancel) => new(AnnotationOutcome.NonExistent);

    public ValueTask<MailboxStatus?> StatusAsync(string mailbox, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<AppendedMessage>?> AppendAsync(string mailbox, IReadOnlyList<MessageToAppend> messages, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<AppendedMessage>?> ReplaceAsync(string mailbox, MessageToAppend message, IMailbox view, MailboxMessage replaced, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<FlagStoreResult> StoreFlagsAsync(IReadOnlyList<MailboxMessage> messages, FlagChange change, MessageFlagSet flags, ulong unchangedSince, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<MailboxMessage>> SetInternalDateAsync(IReadOnlyList<MailboxMessage> messages, DateTimeOffset arrived, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask ExpungeAsync(IReadOnlyList<MailboxMessage>? only, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<CopiedMessages?> CopyAsync(IReadOnlyList<MailboxMessage> messages, string target, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<CopiedMessages?> MoveAsync(IReadOnlyList<MailboxMessage> messages, string target, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<int> RemoveAsync(IReadOnlyList<MailboxMessage> messages, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => default;

    private sealed class BigMessage(BigStore store, long size) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => size;

        public override long Position { get; set; }

        public override int Read(Span<byte> buffer)
        {
            if (store.OctetsRead > store.BreaksAfter)
                throw new MailStoreException(StoreFault.Broken, "The disk broke on purpose");
            store.LargestRead = Math.Max(store.LargestRead, buffer.Length);
            var count = (int)Math.Min(buffer.Length, size - Position);
            buffer[..count].Fill((byte)'x');
            Position += count;
            Interlocked.Add(ref store._octetsRead, count);
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => Task.FromResult(Read(buffer, offset, count));

        public override long Seek(long offset, SeekOrigin origin) => Position = offset;

        public override void Flush()
        {
        }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
