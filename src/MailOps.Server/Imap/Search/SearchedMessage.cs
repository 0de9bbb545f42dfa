using System.Runtime.InteropServices;
using MailOps.Maildir;
using MailOps.Messages;
using MimeKit;

namespace MailOps.Server.Imap.Search;

/// <summary>A message under search: what keys ask of it, read only when the first asks. Moved from message to message.</summary>
internal sealed class SearchedMessage(IMailbox mailbox, SearchContext search) : IDisposable
{
    private ReadOnlyMemory<byte>? _digest;
    private Stream? _stream;
    private bool _opened;
    private IReadOnlyList<Header>? _headers;

    /// <summary>The search that it is looked at in.</summary>
    public SearchContext Search => search;

    public MailboxMessage Message => mailbox.Messages[SequenceNumber - 1];

    public int SequenceNumber { get; private set; }

    public int Count => mailbox.Messages.Count;

    public uint GreatestUid => Count == 0 ? 0 : mailbox.Messages[^1].Uid;

    /// <summary>The day it arrived, as INTERNALDATE shows it.</summary>
    public DateOnly? ArrivalDate => ArrivalTime is { } time ? DateOnly.FromDateTime(time.DateTime) : null;

    /// <summary>The day it came into the mailbox, as SAVEDATE shows it.</summary>
    public DateOnly? SaveDate => mailbox.SaveDate(Message) is { } time ? DateOnly.FromDateTime(time.DateTime) : null;

    /// <summary>When it arrived; null if it is gone.</summary>
    public DateTimeOffset? ArrivalTime => mailbox.InternalDate(Message);

    /// <summary>Its object identifier (RFC 8474).</summary>
    public string EmailId => ObjectId.OfMessage(mailbox, Message);

    /// <summary>The day in its Date field, as its sender's zone has it.</summary>
    public DateOnly? SentDate => _digest is { } digest && new MessageDigest(digest).Date is { } date ? DateOnly.FromDateTime(date.DateTime) : null;

    /// <summary>Goes on to the message at a place in the view.</summary>
    public void MoveTo(int index)
    {
        Dispose();
        (_stream, _opened, _headers, _digest) = (null, false, null, null);
        SequenceNumber = index + 1;
    }

    /// <summary>Takes the message's digest; null if the message is gone.</summary>
    public void Learn(ReadOnlyMemory<byte>? digest) => _digest = digest;

    /// <summary>True if a field that digests keep has a text in it, or is there at all if the text is empty.</summary>
    public bool HasField(HeaderField field, SearchText text)
    {
        if (_digest is not { } digest)
            return false;
        for (var fields = new MessageDigest(digest).Fields; fields.MoveNext();)
        {
            if (fields.Field == field && (text.IsEmpty || FieldText.Contains(fields.Value, text)))
                return true;
        }

        return false;
    }

    /// <summary>The fields of its header. None if the message is gone.</summary>
    public async ValueTask<IReadOnlyList<Header>> HeadersAsync(CancellationToken cancel)
    {
        if (_headers is null)
        {
            _headers = await OpenAsync(cancel) is { } stream ? await HeaderCollector.ReadAsync(stream, cancel) : [];
        }

        return _headers;
    }

    /// <summary>Looks for a text in what a reader of the message would see.</summary>
    public async ValueTask<bool> BodyContainsAsync(SearchText text, CancellationToken cancel) =>
        await OpenAsync(cancel) is { } stream && await BodyText.ContainsAsync(stream, text, cancel);

    public void Dispose() => _stream?.Dispose();

    private async ValueTask<Stream?> OpenAsync(CancellationToken cancel)
    {
        if (!_opened)
        {
            _stream = await OpenStreamAsync(cancel);
            _opened = true;
        }

        if (_stream is not null)
            _stream.Position = 0;
        return _stream;
    }

    // A small message is read at once, in place of a call for each piece that the parser wants.
    private async ValueTask<Stream?> OpenStreamAsync(CancellationToken cancel)
    {
        if (await mailbox.OpenBlobAsync(Message, cancel) is not { } blob)
            return null;
        if (blob.Length > MessageStructure.SmallMessage)
            return blob.AsStream();
        using (blob)
        {
            var octets = await blob.ReadAllAsync(cancel);
            return MemoryMarshal.TryGetArray(octets, out var array)
                ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
                : new MemoryStream(octets.ToArray(), writable: false);
        }
    }

    private sealed class HeaderCollector(Stream stream) : MimeReader(MessageStructure.ParserOptions, new BoundedFieldStream(stream) { IsInHeader = true })
    {
        private readonly List<Header> _headers = [];

        public static async ValueTask<IReadOnlyList<Header>> ReadAsync(Stream stream, CancellationToken cancel)
        {
            var reader = new HeaderCollector(stream);
            try
            {
                if (stream.Length <= MessageStructure.SmallMessage)
                    reader.ReadHeaders(cancel);
                else
                    await reader.ReadHeadersAsync(cancel);
                return reader._headers;
            }
            catch (FormatException)
            {
                // What begins like no header has no fields.
                return [];
            }
        }

        protected override void OnHeaderRead(Header header, int beginLineNumber, CancellationToken cancellationToken) => _headers.Add(header);
    }
}
