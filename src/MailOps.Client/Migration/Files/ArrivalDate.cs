using MimeKit;
using MimeKit.Utils;

namespace MailOps.Client.Migration.Files;

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
            foreach (var field in fields.Where(field => field.Id == HeaderId.Received))
            {
                if (field.Value.LastIndexOf(';') is > 0 and var semicolon && DateUtils.TryParse(field.Value[(semicolon + 1)..], out var received))
                    return received;
            }

            return fields[HeaderId.Date] is { } text && DateUtils.TryParse(text, out var date) ? date : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
