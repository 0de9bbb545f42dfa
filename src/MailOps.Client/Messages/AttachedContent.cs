using MimeKit;

namespace MailOps.Client.Messages;

/// <summary>Makes parts of what is attached.</summary>
internal static class AttachedContent
{
    /// <summary>A part of a file, another message or a part of one.</summary>
    /// <exception cref="ArgumentException">It cannot be attached.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static MimeEntity Of(object value) => value switch
    {
        FileInfo file => File(file, ContentDisposition.Attachment),
        MimePartInfo part => Copy(part),
        DirectoryInfo folder => throw new ArgumentException($"'{folder.FullName}' is a folder. Attach its files, or an archive of them."),
        _ => Message(AnyMessage.Of(value)),
    };

    /// <summary>A picture in HTML.</summary>
    public static MimeEntity Picture(string name, FileInfo file)
    {
        if (name.Length == 0 || name.AsSpan().ContainsAny("<> \t\r\n"))
            throw new ArgumentException($"'{name}' is no name for a picture. Write it as HTML calls it after cid:, without spaces and brackets.");
        var part = File(file, ContentDisposition.Inline);
        part.ContentId = name;
        return part;
    }

    /// <summary>A message as it is.</summary>
    public static MessagePart Message(MimeMessage message) => new("rfc822", message) { ContentDisposition = new ContentDisposition(ContentDisposition.Attachment) };

    private static MimePart File(FileInfo file, string disposition)
    {
        if (Directory.Exists(file.FullName))
            throw new ArgumentException($"'{file.FullName}' is a folder. Attach its files, or an archive of them.");
        var octets = System.IO.File.ReadAllBytes(file.FullName);
        return Part(ContentType.Parse(MimeTypes.GetMimeType(file.Name)), octets, file.Name, disposition);
    }

    private static MimePart Copy(MimePartInfo part) =>
        Part(ContentType.Parse(part.MediaType), part.Content, part.SafeFileName, ContentDisposition.Attachment);

    private static MimePart Part(ContentType type, byte[] octets, string name, string disposition) => new(type)
    {
        Content = new MimeContent(new MemoryStream(octets, writable: false)),
        // Whatever lines it has, they come as they are.
        ContentTransferEncoding = ContentEncoding.Base64,
        ContentDisposition = new ContentDisposition(disposition) { FileName = name },
        FileName = name,
    };
}
