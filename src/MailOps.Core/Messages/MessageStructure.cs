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

    internal static ParserOptions ParserOptions { get; } = new() { MaxMimeDepth = MaxDepth };

    /// <summary>Reads a whole message. Whatever octets come, there is a structure.</summary>
    /// <param name="message">Seekable, at its first octet, line ends as CRLF.</param>
    /// <param name="cancel">Ends the reading.</param>
    public static async ValueTask<MessageStructure> ReadAsync(Stream message, CancellationToken cancel)
    {
        var reader = new StructureReader(message);
        await reader.ReadMessageAsync(cancel).ConfigureAwait(false);
        return reader.Result;
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
