using MimeKit;

namespace MailOps.Messages;

/// <summary>Builds a <see cref="MessageStructure"/> from what MimeKit's reader tells as it passes over the message.</summary>
internal sealed class StructureReader : MimeReader
{
    private readonly BoundedFieldStream _octets;
    private readonly Stack<MessagePart> _open = new();
    private readonly Stack<HeaderFields> _messages = new();
    private HeaderFields _fields = new();
    private MessageStructure? _result;

    // Octets and line ends of the part that is being read.
    private long _passed;
    private long _lineEnds;

    // The part that ended last: the root of a message when the message ends.
    private MessagePart? _last;

    public StructureReader(Stream message)
        : this(new BoundedFieldStream(message))
    {
    }

    private StructureReader(BoundedFieldStream octets)
        : base(MessageStructure.ParserOptions, octets) => _octets = octets;

    /// <summary>The outermost message. Of nothing at all it is an empty text.</summary>
    public MessageStructure Result => _result ?? new MessageStructure(_fields.ToEnvelope(), PartOf(new ContentType("text", "plain"), 0));

    protected override void OnHeadersBegin(long beginOffset, int beginLineNumber, CancellationToken cancellationToken)
    {
        _fields = new HeaderFields { Offset = beginOffset };
        _octets.IsInHeader = true;
    }

    protected override void OnHeaderRead(Header header, int beginLineNumber, CancellationToken cancellationToken) => _fields.Add(header);

    protected override void OnHeadersEnd(long beginOffset, int beginLineNumber, long endOffset, int endLineNumber, CancellationToken cancellationToken)
    {
        _fields.End = endOffset;
        _octets.IsInHeader = false;
    }

    protected override void OnMimeMessageBegin(long beginOffset, int beginLineNumber, CancellationToken cancellationToken) =>
        _messages.Push(_fields);

    protected override void OnMimeMessageEnd(long beginOffset, int beginLineNumber, long headersEndOffset, long endOffset, int lines, CancellationToken cancellationToken)
    {
        if (_messages.TryPop(out var fields) && _last is not null)
        {
            var structure = new MessageStructure(fields.ToEnvelope(), _last);
            if (!_open.TryPeek(out var parent))
                _result = structure;
            // message/external-body and the like have a structure to MimeKit, but none in IMAP's grammar.
            else if (parent.IsMessage)
                parent.Message = structure;
        }
    }

    protected override void OnMimePartBegin(ContentType contentType, long beginOffset, int beginLineNumber, CancellationToken cancellationToken) =>
        Open(contentType, beginOffset);

    protected override void OnMessagePartBegin(ContentType contentType, long beginOffset, int beginLineNumber, CancellationToken cancellationToken) =>
        Open(contentType, beginOffset);

    protected override void OnMultipartBegin(ContentType contentType, long beginOffset, int beginLineNumber, CancellationToken cancellationToken) =>
        Open(contentType, beginOffset);

    protected override void OnMimePartContentEnd(long beginOffset, int beginLineNumber, long endOffset, int lines, NewLineFormat? newLineFormat, CancellationToken cancellationToken)
    {
        if (_open.TryPeek(out var part))
        {
            part.BodyOffset = beginOffset;
            part.EndOffset = Math.Max(beginOffset, endOffset);
            // What was passed beyond the content is the line end before the boundary.
            part.Lines = _passed > part.Octets && _lineEnds > 0 ? _lineEnds - 1 : _lineEnds;
        }
    }

    protected override void OnMimePartContentBegin(long beginOffset, int beginLineNumber, CancellationToken cancellationToken) =>
        (_passed, _lineEnds) = (0, 0);

    protected override void OnMimePartContentRead(byte[] buffer, int startIndex, int count, CancellationToken cancellationToken)
    {
        _passed += count;
        _lineEnds += buffer.AsSpan(startIndex, count).Count((byte)'\n');
    }

    protected override void OnMimePartEnd(ContentType contentType, long beginOffset, int beginLineNumber, long headersEndOffset, long endOffset, int lines, CancellationToken cancellationToken) =>
        Close(endOffset, lines, knowsItsEnd: true);

    protected override void OnMessagePartEnd(ContentType contentType, long beginOffset, int beginLineNumber, long headersEndOffset, long endOffset, int lines, CancellationToken cancellationToken) =>
        Close(endOffset, lines, knowsItsEnd: false);

    protected override void OnMultipartEnd(ContentType contentType, long beginOffset, int beginLineNumber, long headersEndOffset, long endOffset, int lines, CancellationToken cancellationToken) =>
        Close(endOffset, lines, knowsItsEnd: false);

    private void Open(ContentType contentType, long beginOffset)
    {
        var part = PartOf(contentType, beginOffset);
        if (_open.TryPeek(out var parent) && parent.IsMultipart)
            parent.Children.Add(part);
        _open.Push(part);
    }

    private void Close(long endOffset, long lines, bool knowsItsEnd)
    {
        var part = _open.Pop();
        if (!knowsItsEnd)
        {
            part.EndOffset = Math.Max(part.BodyOffset, endOffset);
            part.Lines = Math.Max(0, lines);
        }

        _last = part;
    }

    private MessagePart PartOf(ContentType contentType, long beginOffset)
    {
        var type = _fields.Text(HeaderId.ContentType);
        var disposition = _fields.Text(HeaderId.ContentDisposition);
        var dispositionType = disposition is null ? "" : MimeParameters.Token(disposition);
        return new MessagePart
        {
            Type = contentType.MediaType,
            Subtype = contentType.MediaSubtype,
            Parameters = Parameters(contentType, type),
            Id = _fields.NonEmpty(HeaderId.ContentId),
            Description = _fields.NonEmpty(HeaderId.ContentDescription),
            Encoding = _fields.Text(HeaderId.ContentTransferEncoding) is { } encoding && MimeParameters.Token(encoding) is { Length: > 0 } token ? token : "7bit",
            Md5 = _fields.NonEmpty(HeaderId.ContentMd5),
            Disposition = dispositionType.Length > 0 ? dispositionType : null,
            DispositionParameters = dispositionType.Length > 0 ? MimeParameters.Read(disposition!) : [],
            Languages = Tags(_fields.Text(HeaderId.ContentLanguage)),
            Location = _fields.NonEmpty(HeaderId.ContentLocation),
            HeaderOffset = beginOffset,
            BodyOffset = Math.Max(beginOffset, _fields.End),
            EndOffset = Math.Max(beginOffset, _fields.End),
        };
    }

    // RFC 2046 section 4.1.2: a text that does not name its charset is in US-ASCII.
    private static List<MimeParameter> Parameters(ContentType contentType, string? field)
    {
        var parameters = MimeParameters.Read(field ?? "");
        if (contentType.MediaType.Equals("text", StringComparison.OrdinalIgnoreCase)
            && !parameters.Exists(p => p.Name.TrimEnd('*').Equals("charset", StringComparison.OrdinalIgnoreCase)))
            parameters.Add(new MimeParameter("charset", "us-ascii"));
        return parameters;
    }

    // Language tags are separated by commas, and may have comments (RFC 3282).
    private static List<string> Tags(string? value)
    {
        var tags = new List<string>();
        for (var rest = value.AsSpan(); !rest.IsEmpty;)
        {
            var comma = rest.IndexOf(',');
            var tag = MimeParameters.Token((comma < 0 ? rest : rest[..comma]).ToString());
            if (tag.Length > 0)
                tags.Add(tag);
            rest = comma < 0 ? default : rest[(comma + 1)..];
        }

        return tags;
    }
}
