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
    /// <summary>Looks at a message.</summary>
    public static async Task<ComparedMessage> OfAsync(MailEntry entry, MessageSpool octets, CancellationToken cancel)
    {
        using var canonical = new CanonicalHash();
        (string? MessageId, string? Subject)? head = null;
        await foreach (var piece in octets.PiecesAsync(cancel).ConfigureAwait(false))
        {
            canonical.Append(piece.Span);
            head ??= HeadFields.Of(piece);
        }

        return new ComparedMessage(entry, octets.Hash, canonical.Finish(), octets.Length, head?.MessageId, head?.Subject);
    }
}
