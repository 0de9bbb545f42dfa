using MimeKit;

namespace MailOps.Client.Migration;

/// <summary>What the head of a message says of it.</summary>
internal static class HeadFields
{
    // Where a header is longer, its beginning has to do.
    private const int MaxHeader = 64 * 1024;

    /// <summary>The Message-ID of a message, without brackets, and its subject; null for what it does not say.</summary>
    public static async Task<(string? MessageId, string? Subject)> OfAsync(MessageSpool octets, CancellationToken cancel)
    {
        await foreach (var piece in octets.PiecesAsync(cancel).ConfigureAwait(false))
            return Of(piece);
        return (null, null);
    }

    /// <summary>As <see cref="OfAsync"/>, of the first octets.</summary>
    public static (string? MessageId, string? Subject) Of(ReadOnlyMemory<byte> octets)
    {
        try
        {
            using var stream = new MemoryStream(octets[..Math.Min(octets.Length, MaxHeader)].ToArray(), writable: false);
            var headers = HeaderList.Load(stream);
            return (headers[HeaderId.MessageId]?.Trim().Trim('<', '>'), headers[HeaderId.Subject]);
        }
        catch (FormatException)
        {
            return (null, null);
        }
    }
}
