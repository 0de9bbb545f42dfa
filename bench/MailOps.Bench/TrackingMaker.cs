using System.Globalization;
using System.Text;
using MailOps.Server.Tracking;

namespace MailOps.Bench;

/// <summary>Makes a tracking log as a server leaves it: three rows a message, over days, in files of 64 MiB, through the writer of its lines.</summary>
internal static class TrackingMaker
{
    private const int Days = 30;
    private const long MostOfPart = 64 << 20;

    /// <summary>Every how many messages a sender, and a recipient, comes again.</summary>
    private const int Senders = 50_000;
    private const int Recipients = 70_001;

    public static int Make(string store, int rows)
    {
        var folder = TrackingFolder.Of(store);
        Directory.CreateDirectory(folder);
        var begin = new DateTimeOffset(DateTime.UtcNow.Date, TimeSpan.Zero).AddDays(1 - Days);
        var step = TimeSpan.FromDays(Days) / rows;
        FileStream? file = null;
        var (part, lines) = (default(TrackingPart), new StringBuilder());
        for (var i = 0; i < rows; i++)
        {
            var time = begin + (step * i);
            var day = DateOnly.FromDateTime(time.UtcDateTime);
            if (file is null || part.Day != day || file.Length >= MostOfPart)
            {
                file?.Dispose();
                part = part.Day == day ? part with { Number = part.Number + 1 } : new TrackingPart(day, 1);
                file = new FileStream(Path.Join(folder, part.Name), FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
                lines.Append(TrackingLine.Head);
            }

            TrackingLine.Write(lines, Row(i / 3, i % 3, time), time);
            if (lines.Length < 256 * 1024 && i + 1 < rows && DateOnly.FromDateTime((time + step).UtcDateTime) == day)
                continue;
            file.Write(Encoding.UTF8.GetBytes(lines.ToString()));
            lines.Clear();
        }

        file?.Dispose();
        return 0;
    }

    private static MailTrackingEntry Row(int message, int stage, DateTimeOffset time)
    {
        var host = $"mx{message % 3}.customer{message % 997}.example";
        return new MailTrackingEntry
        {
            Timestamp = time,
            EventId = stage switch { 0 => "RECEIVE", 1 when message % 20 == 0 => "DEFER", 1 => "SEND", _ => "DELIVER" },
            Source = stage switch { 0 => "SUBMISSION", 1 => "QUEUE", _ => "STORE" },
            Id = string.Create(CultureInfo.InvariantCulture, $"01KBGTV3Z8QWE{message:0000000}"),
            MessageId = string.Create(CultureInfo.InvariantCulture, $"<{message:x8}.{message % 7919:x}@mail.example.com>"),
            Sender = string.Create(CultureInfo.InvariantCulture, $"sender{message % Senders}@example.com"),
            Recipients = [string.Create(CultureInfo.InvariantCulture, $"recipient{message % Recipients}@customer{message % 997}.example")],
            TotalBytes = 2000 + (message % 60_000),
            MessageSubject = $"Your order of {message % 31} December has been sent",
            ConnectorId = stage switch { 0 => "192.0.2.1:587", 1 => $"customer{message % 997}.example", _ => null },
            PeerName = stage switch { 0 => $"client{message % 211}.example.com", 1 => host, _ => null },
            PeerAddress = stage switch { 0 => $"198.51.100.{message % 250}", 1 => $"203.0.113.{message % 250}:25", _ => null },
            Status = stage switch { 0 => string.Create(CultureInfo.InvariantCulture, $"250 2.0.0 Ok: 01KBGTV3Z8QWE{message:0000000}"), 1 when message % 20 == 0 => "451 4.7.1 Greylisted, try again in 300 seconds", 1 => "250 2.0.0 Ok: queued as 4BcDeF1234", _ => null },
            MessageLatency = stage is 0 ? null : TimeSpan.FromMilliseconds(100 + (message % 5000)),
            Duration = TimeSpan.FromMilliseconds(message % 500),
            Account = stage is 0 ? $"sender{message % Senders}@example.com" : null,
        };
    }
}
