using MailOps.Client.Mailboxes;
using MimeKit;

namespace MailOps.Client.Migration;

/// <summary>When a message arrived of which no store tells it: as its newest <c>Received</c> says, else as its <c>Date</c> does.</summary>
internal static class ArrivalDate
{
    private const int MaxHeader = 1024 * 1024;

    /// <summary>Reads it from the header of a message; null if it has neither, or no header.</summary>
    public static async Task<DateTimeOffset?> OfAsync(MessageSpool message, CancellationToken cancel)
    {
        using var header = new MemoryStream();
        await foreach (var piece in message.PiecesAsync(cancel).ConfigureAwait(false))
        {
            header.Write(piece.Span);
            if (header.Length > MaxHeader || header.GetBuffer().AsSpan(0, (int)header.Length).IndexOf("\n\r\n"u8) >= 0)
                break;
        }

        header.Position = 0;
        try
        {
            var fields = await HeaderList.LoadAsync(header, cancel).ConfigureAwait(false);
            return fields.Where(field => field.Id == HeaderId.Received).Select(field => ArrivalTime.Of(field.Value)).FirstOrDefault(time => time is not null) ?? ArrivalTime.Of(fields[HeaderId.Date]);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
