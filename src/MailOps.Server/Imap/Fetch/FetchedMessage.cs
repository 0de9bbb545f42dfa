using MailOps.Maildir;
using MailOps.Messages;

namespace MailOps.Server.Imap.Fetch;

/// <summary>A message that FETCH reads: its stream, its header and its structure, each only once and only if something asks for it.</summary>
internal sealed class FetchedMessage(MailboxMessage message, Stream stream, StructureCache cache) : IAsyncDisposable
{
    private MessageStructure? _structure = cache.Find(message.Uid);
    private MessageHeader? _header;

    public Stream Stream => stream;

    public long Length => stream.Length;

    public async ValueTask<MessageStructure> StructureAsync(CancellationToken cancel)
    {
        if (_structure is null)
        {
            stream.Position = 0;
            _structure = await MessageStructure.ReadAsync(stream, cancel);
            cache.Add(message.Uid, _structure);
        }

        return _structure;
    }

    public async ValueTask<MessageHeader> HeaderAsync(CancellationToken cancel)
    {
        if (_structure is { } known)
            return new MessageHeader(known.Envelope, known.Root.BodyOffset);
        if (_header is null)
        {
            stream.Position = 0;
            _header = await MessageHeader.ReadAsync(stream, cancel);
        }

        return _header.Value;
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();
}
