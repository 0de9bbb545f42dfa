namespace MailOps.Messages;

/// <summary>One part of a message's MIME tree, with where its octets lie. What BODYSTRUCTURE tells and BODY[1.2] reads.</summary>
internal sealed class MessagePart
{
    /// <summary>The media type as the message writes it, such as <c>text</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The media subtype, such as <c>plain</c>.</summary>
    public required string Subtype { get; init; }

    /// <summary>The parameters of Content-Type, as written: RFC 2231 pieces stay pieces.</summary>
    public required IReadOnlyList<MimeParameter> Parameters { get; init; }

    /// <summary>Content-ID, with its angle brackets.</summary>
    public string? Id { get; init; }

    /// <summary>Content-Description, encoded words as they are.</summary>
    public string? Description { get; init; }

    /// <summary>Content-Transfer-Encoding; <c>7bit</c> where the header is missing (RFC 2045 section 6.1).</summary>
    public required string Encoding { get; init; }

    /// <summary>Content-MD5.</summary>
    public string? Md5 { get; init; }

    /// <summary>Content-Disposition's type, such as <c>attachment</c>.</summary>
    public string? Disposition { get; init; }

    /// <summary>The parameters of Content-Disposition.</summary>
    public IReadOnlyList<MimeParameter> DispositionParameters { get; init; } = [];

    /// <summary>Content-Language's tags.</summary>
    public IReadOnlyList<string> Languages { get; init; } = [];

    /// <summary>Content-Location.</summary>
    public string? Location { get; init; }

    /// <summary>Offset of the first octet of the part's header in the whole message.</summary>
    public long HeaderOffset { get; init; }

    /// <summary>Offset of the first octet after the header and its empty line.</summary>
    public long BodyOffset { get; set; }

    /// <summary>Offset after the last octet of the body. The CRLF before a boundary belongs to the boundary.</summary>
    public long EndOffset { get; set; }

    /// <summary>Line ends in the body.</summary>
    public long Lines { get; set; }

    /// <summary>The octets of the body as they lie in the message, encoded.</summary>
    public long Octets => EndOffset - BodyOffset;

    /// <summary>The parts of a multipart, in order.</summary>
    public List<MessagePart> Children { get; } = [];

    /// <summary>The message inside a message/rfc822 or message/global part.</summary>
    public MessageStructure? Message { get; set; }

    /// <summary>True if it is a multipart, even one without parts.</summary>
    public bool IsMultipart => Type.Equals("multipart", StringComparison.OrdinalIgnoreCase);

    /// <summary>True if it says that it is a message. One that is encoded, against RFC 2046 section 5.2.1, or too deep has no <see cref="Message"/> all the same.</summary>
    public bool IsMessage => Type.Equals("message", StringComparison.OrdinalIgnoreCase) && (IsGlobal || Subtype.Equals("rfc822", StringComparison.OrdinalIgnoreCase));

    /// <summary>True if its subtype is the one of messages in UTF-8 (RFC 6532 section 3.7).</summary>
    public bool IsGlobal => Subtype.Equals("global", StringComparison.OrdinalIgnoreCase);

    /// <summary>True if its size is also told in lines (RFC 3501 section 7.4.2).</summary>
    public bool IsText => Type.Equals("text", StringComparison.OrdinalIgnoreCase);
}

/// <summary>One parameter of a MIME header.</summary>
/// <param name="Name">As written.</param>
/// <param name="Value">Without its quotes.</param>
internal readonly record struct MimeParameter(string Name, string Value);
