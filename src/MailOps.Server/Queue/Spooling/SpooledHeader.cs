using System.Buffers;
using MimeKit;

namespace MailOps.Server.Queue.Spooling;

/// <summary>Reads the header of a message in the spool.</summary>
internal static class SpooledHeader
{
    // Most headers end within the first; one that is longer than the second is looked at no further.
    private const int UsualHeader = 16 * 1024;
    private const int LongestHeader = 256 * 1024;

    /// <summary>The header of a message that is open; null if it is none that can be read.</summary>
    public static HeaderList? Of(SpooledMessage message) =>
        Of(message, UsualHeader, out var isWhole) is { } header && isWhole ? header : Of(message, LongestHeader, out _);

    private static HeaderList? Of(SpooledMessage message, int most, out bool isWhole)
    {
        var start = ArrayPool<byte>.Shared.Rent((int)Math.Min(message.Content.Length, most));
        try
        {
            var length = message.Content.Read(start.AsSpan(0, (int)Math.Min(message.Content.Length, most)), 0);
            isWhole = length == message.Content.Length || start.AsSpan(0, length).IndexOf("\r\n\r\n"u8) >= 0;
            using var stream = new MemoryStream(start, 0, length);
            return HeaderList.Load(stream);
        }
        catch (FormatException)
        {
            isWhole = true;
            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(start);
        }
    }
}
