namespace MailOps.Client.Messages;

/// <summary>A part of a message. Plain values: it survives <c>Export-Clixml</c> and remoting.</summary>
public sealed record MimePartInfo
{
    /// <summary>Its number in the message, such as <c>1.2</c>: the number of each level (RFC 9051 section 6.4.5.1).</summary>
    public required string Part { get; init; }

    /// <summary>Its media type, such as <c>text/plain</c>.</summary>
    public required string MediaType { get; init; }

    /// <summary>The charset that a text says it has, or null.</summary>
    public required string? Charset { get; init; }

    /// <summary>The name of the file that it was, as the message has it, decoded; null if it has none. It is a stranger's word and may be anything: see <see cref="SafeFileName"/>.</summary>
    public required string? FileName { get; init; }

    /// <summary>A name under which it can be saved on every system: without folders, drives, streams, names of devices and characters that deceive.</summary>
    public required string SafeFileName { get; init; }

    /// <summary>The id that HTML calls it by, without brackets, or null.</summary>
    public required string? ContentId { get; init; }

    /// <summary>True if it is an attachment by its own word.</summary>
    public required bool IsAttachment { get; init; }

    /// <summary>How it is encoded in the message: <c>base64</c>, <c>quoted-printable</c>, <c>8bit</c> and the like; null if it does not say.</summary>
    public required string? Encoding { get; init; }

    /// <summary>Octets of the content, decoded.</summary>
    public required long Size { get; init; }

    /// <summary>The content, decoded; of a message in the message its octets.</summary>
    public required byte[] Content { get; init; }

    /// <summary>The content of a text, by its charset; null for what is no text.</summary>
    public required string? Text { get; init; }

    /// <summary>The subject of the message that it is from, or null.</summary>
    public required string? Subject { get; init; }

    /// <summary>The id of the message that it is from, without brackets, or null.</summary>
    public required string? MessageId { get; init; }

    /// <inheritdoc/>
    public override string ToString() => FileName is null ? $"{Part} {MediaType}" : $"{Part} {MediaType} ({SafeFileName})";
}
