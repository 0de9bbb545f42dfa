using MimeKit;

namespace MailOps.Client.Migration.Comparison;

/// <summary>What is kept of a message until both sides are known.</summary>
/// <param name="Entry">What its folder says of it.</param>
/// <param name="Exact">The hash of its octets.</param>
/// <param name="Canonical">The hash of what no server may change.</param>
/// <param name="Length">Its octets.</param>
/// <param name="MessageId">Its Message-ID, without brackets.</param>
/// <param name="Subject">Its subject.</param>
internal sealed record ComparedMessage(MailEntry Entry, UInt128 Exact, UInt128 Canonical, long Length, string? MessageId, string? Subject)
{
    // Where a header is longer, its beginning has to do.
    private const int MaxHeader = 64 * 1024;

    /// <summary>Looks at a message.</summary>
    public static async Task<ComparedMessage> OfAsync(MailEntry entry, MessageSpool octets, CancellationToken cancel)
    {
        using var canonical = new CanonicalHash();
        ReadOnlyMemory<byte>? head = null;
        var (messageId, subject) = ((string?)null, (string?)null);
        await foreach (var piece in octets.PiecesAsync(cancel).ConfigureAwait(false))
        {
            canonical.Append(piece.Span);
            if (head is not null)
                continue;
            head = piece[..Math.Min(piece.Length, MaxHeader)];
            (messageId, subject) = Fields(head.Value);
        }

        return new ComparedMessage(entry, octets.Hash, canonical.Finish(), octets.Length, messageId, subject);
    }

    private static (string? MessageId, string? Subject) Fields(ReadOnlyMemory<byte> head)
    {
        try
        {
            using var stream = new MemoryStream(head.ToArray(), writable: false);
            var headers = HeaderList.Load(stream);
            return (headers[HeaderId.MessageId]?.Trim().Trim('<', '>'), headers[HeaderId.Subject]);
        }
        catch (FormatException)
        {
            return (null, null);
        }
    }
}
