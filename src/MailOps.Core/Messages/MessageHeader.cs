using System.Text;
using MimeKit;

namespace MailOps.Messages;

/// <summary>The top of a message, read without the rest by MimeKit, whatever octets it is made of.</summary>
/// <param name="Envelope">The envelope.</param>
/// <param name="BodyOffset">Offset of the first octet after the empty line; the message's length if there is none.</param>
/// <param name="Date">The time of the first Date field; null if it is missing or senseless.</param>
/// <param name="Fields">The fields that digests keep, as MimeKit understands them.</param>
internal sealed record MessageHeader(Envelope Envelope, long BodyOffset, DateTimeOffset? Date, IReadOnlyList<(HeaderField Field, byte[] Line)> Fields)
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
            return new MessageHeader(new Envelope(), 0, null, []);
        }

        return new MessageHeader(reader.Fields.ToEnvelope(), reader.End, reader.Date, reader.Kept);
    }

    private sealed class HeaderReader(Stream message) : MimeReader(MessageStructure.ParserOptions, new BoundedFieldStream(message) { IsInHeader = true })
    {
        private bool _hasDate;

        public HeaderFields Fields { get; } = new();

        public List<(HeaderField Field, byte[] Line)> Kept { get; } = [];

        public DateTimeOffset? Date { get; private set; }

        public long End { get; private set; }

        protected override void OnHeaderRead(Header header, int beginLineNumber, CancellationToken cancellationToken)
        {
            Fields.Add(header);
            var field = HeaderFieldNames.Find(header.Field);
            if (field == HeaderField.None)
                return;
            Kept.Add((field, [.. Encoding.ASCII.GetBytes(header.Field), (byte)':', .. header.RawValue]));
            if (field != HeaderField.Date || _hasDate)
                return;
            _hasDate = true;
            Date = MimeKit.Utils.DateUtils.TryParse(header.RawValue, out var date) ? date : null;
        }

        protected override void OnHeadersEnd(long beginOffset, int beginLineNumber, long endOffset, int endLineNumber, CancellationToken cancellationToken) => End = endOffset;

        protected override void OnBodySeparator(long beginOffset, int lineNumber, long endOffset, CancellationToken cancellationToken) => End = endOffset;
    }
}
