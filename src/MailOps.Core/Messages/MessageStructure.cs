using System.Buffers;
using MailOps.Maildir;
using MimeKit;

namespace MailOps.Messages;

/// <summary>A message seen as IMAP tells of it: its envelope and the tree of its parts, by offset. Holds none of its content.</summary>
/// <param name="Envelope">The envelope.</param>
/// <param name="Root">The outermost part.</param>
internal sealed record MessageStructure(Envelope Envelope, MessagePart Root)
{
    /// <summary>How deep parts nest at the most; deeper ones are told as one part without structure.</summary>
    public const int MaxDepth = 64;

    /// <summary>The longest header field that is looked into; of a longer one only the beginning counts.</summary>
    public const int MaxFieldLength = 64 * 1024;

    /// <summary>Up to here a message is read in one go, in octets.</summary>
    internal const int SmallMessage = 128 * 1024;

    internal static ParserOptions ParserOptions { get; } = new() { MaxMimeDepth = MaxDepth };

    /// <summary>Reads a whole message. Whatever octets come, there is a structure.</summary>
    /// <param name="message">Seekable, at its first octet, line ends as CRLF.</param>
    /// <param name="cancel">Ends the reading.</param>
    public static async ValueTask<MessageStructure> ReadAsync(Stream message, CancellationToken cancel)
    {
        var reader = new StructureReader(message);
        try
        {
            // On a file an asynchronous read is a synchronous one on another thread: for a few pages the change of threads
            // costs more than the reading.
            if (message.Length <= SmallMessage)
                reader.ReadMessage(cancel);
            else
                await reader.ReadMessageAsync(cancel).ConfigureAwait(false);
        }
        catch (FormatException)
        {
            // Octets that begin like no header at all: all of them are the text of a message without fields.
            return await WithoutHeaderAsync(message, cancel).ConfigureAwait(false);
        }

        await CountLineEndsAsync(reader.Result.Root, message, cancel).ConfigureAwait(false);
        return reader.Result;
    }

    /// <summary>Reads a whole message.</summary>
    public static async ValueTask<MessageStructure> ReadAsync(MessageBlob blob, CancellationToken cancel)
    {
        if (blob.Length > SmallMessage)
            return await ReadAsync(blob.AsStream(), cancel).ConfigureAwait(false);
        // One read of all of it, in place of one for each piece that a parser wants.
        var octets = ArrayPool<byte>.Shared.Rent((int)blob.Length);
        try
        {
            var read = blob.Read(octets.AsSpan(0, (int)blob.Length), 0);
            using var stream = new MemoryStream(octets, 0, read, writable: false);
            return await ReadAsync(stream, cancel).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(octets);
        }
    }

    private static async ValueTask<MessageStructure> WithoutHeaderAsync(Stream message, CancellationToken cancel)
    {
        var lines = 0L;
        var buffer = new byte[16 * 1024];
        message.Position = 0;
        for (int read; (read = await message.ReadAsync(buffer, cancel).ConfigureAwait(false)) > 0;)
            lines += buffer.AsSpan(0, read).Count((byte)'\n');
        var text = new MessagePart { Type = "text", Subtype = "plain", Parameters = [new("charset", "us-ascii")], Encoding = "7bit", EndOffset = message.Position, Lines = lines };
        return new MessageStructure(new Envelope(), text);
    }

    // The lines of a message within the message are counted by MimeKit, which counts one without a line end as well.
    private static async ValueTask CountLineEndsAsync(MessagePart part, Stream message, CancellationToken cancel)
    {
        foreach (var child in part.Children)
            await CountLineEndsAsync(child, message, cancel).ConfigureAwait(false);
        if (part.Message is not { } inner)
            return;

        await CountLineEndsAsync(inner.Root, message, cancel).ConfigureAwait(false);
        if (part.Octets == 0 || part.Lines == 0)
            return;

        var last = new byte[1];
        message.Position = part.EndOffset - 1;
        if (await message.ReadAsync(last, cancel).ConfigureAwait(false) == 1 && last[0] != (byte)'\n')
            part.Lines--;
    }

    /// <summary>
    /// The part that a section number names, as in BODY[1.2] (RFC 3501 section 6.4.5), or null. Part 1 of a message that
    /// is not a multipart is the message's body itself; the numbers of a message/rfc822 part's own parts follow its number.
    /// </summary>
    public MessagePart? Find(ReadOnlySpan<int> path)
    {
        var part = Root;
        for (var i = 0; i < path.Length; i++)
        {
            // Inside a message/rfc822 part the next number counts the parts of the message in it.
            var container = i > 0 && part.Message is { } inner ? inner.Root : part;
            if (container.IsMultipart)
            {
                if (path[i] < 1 || path[i] > container.Children.Count)
                    return null;
                part = container.Children[path[i] - 1];
            }
            else if (path[i] == 1 && (i == 0 || part.Message is not null))
            {
                part = container;
            }
            else
            {
                return null;
            }
        }

        return part;
    }
}
