using System.Buffers;

namespace MailOps.Messages;

/// <summary>Makes the digest of a message that is open as a stream.</summary>
internal static class DigestReading
{
    private const int FirstRead = 8 * 1024;

    /// <summary>Reads as much as is needed of a message and makes its digest.</summary>
    /// <param name="message">Seekable, line ends as CRLF.</param>
    /// <param name="builder">Has the digest then.</param>
    /// <param name="cancel">Ends the reading.</param>
    public static async ValueTask ReadAsync(Stream message, DigestBuilder builder, CancellationToken cancel)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(DigestBuilder.MaxOrdinary);
        try
        {
            foreach (var wanted in (int[])[FirstRead, DigestBuilder.MaxOrdinary])
            {
                message.Position = 0;
                var read = await message.ReadAtLeastAsync(buffer.AsMemory(0, wanted), wanted, throwOnEndOfStream: false, cancel).ConfigureAwait(false);
                if (EndOfHeader(buffer.AsSpan(0, read)) is >= 0 and var end)
                {
                    if (builder.TryBuild(buffer.AsSpan(0, end)))
                        return;
                    break;
                }

                if (read < wanted)
                    break;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        await ReadOddAsync(message, builder, cancel).ConfigureAwait(false);
    }

    /// <summary>Leaves the message to MimeKit.</summary>
    public static async ValueTask ReadOddAsync(Stream message, DigestBuilder builder, CancellationToken cancel)
    {
        message.Position = 0;
        builder.Build(await MessageHeader.ReadAsync(message, cancel).ConfigureAwait(false));
    }

    /// <summary>Where a header with its empty line ends, whatever its line ends are; -1 if it does not.</summary>
    public static int EndOfHeader(ReadOnlySpan<byte> octets)
    {
        if (octets.StartsWith("\r\n"u8))
            return 2;
        if (octets.StartsWith("\n"u8))
            return 1;
        var end = octets.IndexOf("\n\r\n"u8);
        var bare = (end < 0 ? octets : octets[..end]).IndexOf("\n\n"u8);
        return bare >= 0 ? bare + 2 : end >= 0 ? end + 3 : -1;
    }
}
