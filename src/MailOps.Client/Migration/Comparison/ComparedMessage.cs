using MailOps.Messages;

namespace MailOps.Client.Migration.Comparison;

/// <summary>What is kept of a message until both sides are known.</summary>
/// <param name="Entry">What its folder says of it.</param>
/// <param name="Exact">The hash of its octets.</param>
/// <param name="Canonical">The hash of what no server may change.</param>
/// <param name="Length">Its octets.</param>
/// <param name="MessageId">Its Message-ID, without brackets; of a longer one the first 998 characters.</param>
/// <param name="Subject">Its subject; of a longer one the first 998 characters.</param>
internal sealed record ComparedMessage(MailEntry Entry, UInt128 Exact, UInt128 Canonical, long Length, string? MessageId, string? Subject)
{
    // The longest line of RFC 5322 section 2.1.1. All messages of a folder are kept, and nobody needs more to recognise one.
    private const int LongestText = 998;

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

        return new ComparedMessage(entry, octets.Hash, canonical.Finish(), octets.Length, Cut(head?.MessageId), Cut(head?.Subject));
    }

    private static string? Cut(string? text) => text is null ? null : ShortText.Beginning(text, LongestText);
}
