using System.Globalization;
using System.Text;
using MailKit;
using MimeKit;
using MimeKit.Utils;

namespace MailOps.Client.Mailboxes;

/// <summary>A part of a message that holds no other parts, such as a text or an attachment, as BODYSTRUCTURE has it (RFC 9051 section 7.5.2).</summary>
public sealed record ImapMessagePart
{
    /// <summary>Its number in the message, such as <c>1.2</c>: the number of each level (RFC 9051 section 6.4.5.1).</summary>
    public required string Part { get; init; }

    /// <summary>Its media type, such as <c>text/plain</c>.</summary>
    public required string MediaType { get; init; }

    /// <summary>The name of the file that it was, or null.</summary>
    public required string? FileName { get; init; }

    /// <summary>True if it is an attachment by its own word.</summary>
    public required bool IsAttachment { get; init; }

    /// <summary>Octets as they lie in the message, encoded.</summary>
    public required long Size { get; init; }

    /// <summary>The content, decoded; null if only descriptions were asked for.</summary>
    public byte[]? Content { get; init; }

    /// <summary>The content of a text, by its charset; null for what is no text, or was not read.</summary>
    public string? Text { get; init; }

    /// <inheritdoc/>
    public override string ToString() => FileName is null ? $"{Part} {MediaType}" : $"{Part} {MediaType} ({FileName})";

    /// <summary>The parts of a message that hold no others, and those of messages in the message, with their numbers. A message that is one part has a part 1.</summary>
    internal static IEnumerable<(string Section, BodyPartBasic Part)> LeavesOf(BodyPart? message, string within = "") => message switch
    {
        BodyPartMultipart many => many.BodyParts.SelectMany((part, index) => LeavesIn(part, string.Create(CultureInfo.InvariantCulture, $"{within}{index + 1}"))),
        null => [],
        _ => LeavesIn(message, within + "1"),
    };

    private static IEnumerable<(string Section, BodyPartBasic Part)> LeavesIn(BodyPart part, string section) => part switch
    {
        BodyPartMultipart => LeavesOf(part, section + "."),
        BodyPartMessage message => LeavesOf(message.Body, section + ".").Prepend((section, message)),
        BodyPartBasic leaf => [(section, leaf)],
        _ => [],
    };

    internal static ImapMessagePart Of(string section, BodyPartBasic part, byte[]? encoded)
    {
        var content = encoded is null ? null : Decode(part, encoded);
        return new ImapMessagePart
        {
            Part = section,
            MediaType = part.ContentType.MimeType.ToLowerInvariant(),
            FileName = part.FileName,
            IsAttachment = part.IsAttachment,
            Size = part.Octets,
            Content = content,
            Text = content is not null && part.ContentType.IsMimeType("text", "*") ? EncodingOf(part).GetString(content) : null,
        };
    }

    private static byte[] Decode(BodyPartBasic part, byte[] encoded)
    {
        if (!MimeUtils.TryParse(part.ContentTransferEncoding ?? "", out ContentEncoding encoding))
            return encoded;
        using var decoded = new MemoryStream();
        using var source = new MemoryStream(encoded, writable: false);
        new MimeContent(source, encoding).DecodeTo(decoded, CancellationToken.None);
        return decoded.ToArray();
    }

    private static Encoding EncodingOf(BodyPartBasic part)
    {
        try
        {
            return part.ContentType.CharsetEncoding ?? Encoding.UTF8;
        }
        catch (ArgumentException)
        {
            return Encoding.Latin1;
        }
    }
}
