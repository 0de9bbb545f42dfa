using MimeKit;

namespace MailOps.Messages;

/// <summary>The top of a message, read without the rest: its envelope and where its body starts.</summary>
/// <param name="Envelope">The envelope.</param>
/// <param name="BodyOffset">Offset of the first octet after the empty line; the message's length if there is none.</param>
internal readonly record struct MessageHeader(Envelope Envelope, long BodyOffset)
{
    /// <summary>Reads the header.</summary>
    /// <param name="message">At its first octet.</param>
    /// <param name="cancel">Ends the reading.</param>
    public static async ValueTask<MessageHeader> ReadAsync(Stream message, CancellationToken cancel)
    {
        var reader = new HeaderReader(message);
        try
        {
            if (message.Length <= MessageStructure.SmallMessage)
                reader.ReadHeaders(cancel);
            else
                await reader.ReadHeadersAsync(cancel).ConfigureAwait(false);
        }
        catch (FormatException)
        {
            // As in MessageStructure: no header, all of it text.
            return new MessageHeader(new Envelope(), 0);
        }

        return new MessageHeader(reader.Fields.ToEnvelope(), reader.End);
    }

    private sealed class HeaderReader(Stream message) : MimeReader(MessageStructure.ParserOptions, new BoundedFieldStream(message) { IsInHeader = true })
    {
        public HeaderFields Fields { get; } = new();

        public long End { get; private set; }

        protected override void OnHeaderRead(Header header, int beginLineNumber, CancellationToken cancellationToken) => Fields.Add(header);

        protected override void OnHeadersEnd(long beginOffset, int beginLineNumber, long endOffset, int endLineNumber, CancellationToken cancellationToken) => End = endOffset;

        protected override void OnBodySeparator(long beginOffset, int lineNumber, long endOffset, CancellationToken cancellationToken) => End = endOffset;
    }
}
