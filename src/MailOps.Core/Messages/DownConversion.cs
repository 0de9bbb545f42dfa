using MailOps.Maildir;
using MimeKit;

namespace MailOps.Messages;

/// <summary>
/// Converts a message for a server that does not take its octets (RFC 6152 section 3, RFC 3030 section 3): parts become quoted-printable or
/// base64. What is signed or encrypted would be broken by that, and is left alone: the message then cannot be sent to such a server.
/// </summary>
internal static class DownConversion
{
    // Up to here a message is converted in memory.
    private const int MostInMemory = 64 * 1024;
    private const int MostDepth = 100;

    // Each part costs memory: a message is read that people would write.
    private const int MostBoundaries = 10_000;

    /// <summary>Converts.</summary>
    /// <param name="message">The message; not closed.</param>
    /// <param name="isEightBit">True if the server takes lines of 8-bit octets, and only what is binary is converted.</param>
    /// <param name="scratch">The folder for a large one.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>The message as it is sent, to be closed; or why it cannot be converted.</returns>
    public static async Task<(MessageBlob? Converted, string? Problem)> ConvertAsync(MessageBlob message, bool isEightBit, string scratch, CancellationToken cancel)
    {
        if ((await OctetKinds.OfAsync(message.AsStream(), cancel).ConfigureAwait(false)).Dashes > MostBoundaries)
            return (null, $"it has more than {MostBoundaries} lines that look like boundaries.");

        MimeMessage mime;
        try
        {
            // Contents stay where they are, and are read again when they are written.
            var options = new ParserOptions { MaxMimeDepth = MostDepth };
            mime = await new MimeParser(options, message.AsStream(), MimeFormat.Entity, persistent: true).ParseMessageAsync(cancel).ConfigureAwait(false);
        }
        catch (FormatException e)
        {
            return (null, $"it is no MIME message. {e.Message}");
        }

        var walk = new Walk(isEightBit, cancel);
        if (mime.Body is not null && await walk.ConvertAsync(mime.Body, isSealed: false).ConfigureAwait(false) is { } problem)
            return (null, problem);
        if (!mime.Headers.Contains(HeaderId.MimeVersion))
            mime.Headers.Add(HeaderId.MimeVersion, "1.0");

        Stream output = message.Length <= MostInMemory ? new MemoryStream() : PrivateFile(scratch);
        try
        {
            await mime.WriteToAsync(new FormatOptions { NewLineFormat = NewLineFormat.Dos }, output, cancel).ConfigureAwait(false);
            output.Position = 0;
            // What no encoding reaches: header fields, the text around parts, junk in parts that say they are encoded.
            var kinds = await OctetKinds.OfAsync(output, cancel).ConfigureAwait(false);
            if (kinds.High > 0 && !isEightBit)
                return (null, "octets above ASCII stand in header fields, or where else no encoding can be used.");

            output.Position = 0;
            var converted = MessageBlob.FromStream(output);
            output = Stream.Null;
            return (converted, null);
        }
        finally
        {
            await output.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static FileStream PrivateFile(string scratch)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None, Options = FileOptions.Asynchronous | FileOptions.DeleteOnClose };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(Path.Join(scratch, $"convert-{Guid.NewGuid():N}"), options);
    }

    private sealed class Walk(bool isEightBit, CancellationToken cancel)
    {
        /// <summary>Converts a part and those in it.</summary>
        /// <returns>Why it cannot be, or null.</returns>
        public async Task<string?> ConvertAsync(MimeEntity entity, bool isSealed)
        {
            switch (entity)
            {
                case Multipart multipart:
                    isSealed |= multipart.ContentType.IsMimeType("multipart", "signed") || multipart.ContentType.IsMimeType("multipart", "encrypted");
                    foreach (var part in multipart)
                    {
                        if (await ConvertAsync(part, isSealed).ConfigureAwait(false) is { } problem)
                            return problem;
                    }

                    Relabel(multipart, isSealed);
                    return null;
                case MimeKit.MessagePart { Message.Body: { } body } message:
                    var inner = await ConvertAsync(body, isSealed).ConfigureAwait(false);
                    Relabel(message, isSealed);
                    return inner;
                case MimePart { Content: not null } leaf:
                    return await ConvertLeafAsync(leaf, isSealed).ConfigureAwait(false);
                default:
                    return null;
            }
        }

        private async Task<string?> ConvertLeafAsync(MimePart part, bool isSealed)
        {
            if (part.ContentTransferEncoding is ContentEncoding.Base64 or ContentEncoding.QuotedPrintable or ContentEncoding.UUEncode)
                return null;
            var content = part.Content!.Stream!;
            content.Position = 0;
            var kinds = await OctetKinds.OfAsync(content, cancel).ConfigureAwait(false);
            content.Position = 0;
            var isBinary = kinds.IsBinary && part.ContentTransferEncoding is ContentEncoding.Binary;
            if ((kinds.High == 0 || isEightBit) && !isBinary)
            {
                if (part.ContentTransferEncoding is ContentEncoding.Binary && !isSealed)
                    part.ContentTransferEncoding = kinds.High > 0 ? ContentEncoding.EightBit : ContentEncoding.SevenBit;
                return null;
            }

            if (isSealed)
                return "a part is signed or encrypted, which another encoding would break.";
            // Neither may be encoded: RFC 2045 section 6.4, RFC 2046 section 5.2.
            if (part.ContentType.IsMimeType("multipart", "*") || (part.ContentType.IsMimeType("message", "*") && !part.ContentType.MediaSubtype.StartsWith("global", StringComparison.OrdinalIgnoreCase)))
                return $"a part is {part.ContentType.MimeType}, which may not be encoded.";
            part.ContentTransferEncoding = part.ContentType.IsMimeType("text", "*") && !isBinary && kinds.High * 5 <= kinds.Count ? ContentEncoding.QuotedPrintable : ContentEncoding.Base64;
            return null;
        }

        // What holds parts says what the widest of them is.
        private void Relabel(MimeEntity holder, bool isSealed)
        {
            if (!isSealed && holder.Headers[HeaderId.ContentTransferEncoding]?.Trim() is { } label && (label.Equals("binary", StringComparison.OrdinalIgnoreCase) || (label.Equals("8bit", StringComparison.OrdinalIgnoreCase) && !isEightBit)))
                holder.Headers[HeaderId.ContentTransferEncoding] = isEightBit ? "8bit" : "7bit";
        }
    }
}
