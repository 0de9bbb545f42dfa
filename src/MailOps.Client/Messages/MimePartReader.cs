using System.Globalization;
using MimeKit;

namespace MailOps.Client.Messages;

/// <summary>Takes messages apart.</summary>
public static class MimePartReader
{
    /// <summary>The parts of a message that hold no others, and those of messages in the message, with their numbers. A message that is one part has a part 1.</summary>
    /// <param name="message">The message, in any form that <see cref="Sessions.MessageContent"/> knows.</param>
    /// <exception cref="ArgumentException">It is no message, or one that was read without its body.</exception>
    /// <exception cref="IOException">Its file cannot be read.</exception>
    public static IEnumerable<MimePartInfo> Read(object message)
    {
        var parsed = AnyMessage.Of(message);
        return LeavesOf(parsed.Body, "").Select(leaf => Of(parsed, leaf.Section, leaf.Part));
    }

    private static IEnumerable<(string Section, MimeEntity Part)> LeavesOf(MimeEntity? body, string within) => body switch
    {
        Multipart many => many.SelectMany((part, index) => LeavesIn(part, string.Create(CultureInfo.InvariantCulture, $"{within}{index + 1}"))),
        null => [],
        _ => LeavesIn(body, within + "1"),
    };

    private static IEnumerable<(string Section, MimeEntity Part)> LeavesIn(MimeEntity part, string section) => part switch
    {
        Multipart => LeavesOf(part, section + "."),
        MessagePart message => LeavesOf(message.Message?.Body, section + ".").Prepend((section, message)),
        _ => [(section, part)],
    };

    private static MimePartInfo Of(MimeMessage message, string section, MimeEntity entity)
    {
        var content = ContentOf(entity);
        var type = entity.ContentType.MimeType.ToLowerInvariant();
        var name = entity.ContentDisposition?.FileName ?? entity.ContentType.Name;
        return new MimePartInfo
        {
            Part = section,
            MediaType = type,
            Charset = entity.ContentType.Charset,
            FileName = name,
            SafeFileName = SafeFileName.Of(name ?? (entity is MessagePart { Message.Subject: { Length: > 0 } subject } ? subject + ".eml" : null), type, section),
            ContentId = entity.ContentId,
            IsAttachment = entity.IsAttachment,
            Encoding = entity is MimePart { ContentTransferEncoding: not ContentEncoding.Default } part ? Name(part.ContentTransferEncoding) : null,
            Size = content.Length,
            Content = content,
            Text = entity is TextPart text ? text.Text : null,
            Subject = message.Subject,
            MessageId = message.MessageId,
        };
    }

    private static byte[] ContentOf(MimeEntity entity)
    {
        using var octets = new MemoryStream();
        switch (entity)
        {
            case MimePart { Content: { } content }:
                content.DecodeTo(octets);
                break;
            case MessagePart { Message: { } message }:
                message.WriteTo(octets);
                break;
        }

        return octets.ToArray();
    }

    private static string Name(ContentEncoding encoding) => encoding switch
    {
        ContentEncoding.SevenBit => "7bit",
        ContentEncoding.EightBit => "8bit",
        ContentEncoding.QuotedPrintable => "quoted-printable",
        ContentEncoding.UUEncode => "x-uuencode",
        _ => encoding.ToString().ToLowerInvariant(),
    };
}
