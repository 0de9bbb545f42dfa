using System.Text;
using MailOps.Server.Tracking;
using Xunit;

namespace MailOps.Server.Tests.Tracking;

/// <summary>A row as a line of text.</summary>
public sealed class TrackingLineTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 29, 12, 0, 0, 125, TimeSpan.Zero);

    [Fact]
    public void A_row_is_read_as_it_was_written()
    {
        var row = new MailTrackingEntry
        {
            Timestamp = Noon, EventId = "SEND", Source = "QUEUE", Id = "01KBGTV3Z8QWE", MessageId = "<a@b>", Sender = "ann@example.com", Recipients = ["bob@b.example", "\"a;b\"@c.example"],
            TotalBytes = 4123, MessageSubject = "Grüße\t😀 \\n", ConnectorId = "[mail.b.example]:25", PeerName = "mail.b.example", PeerAddress = "192.0.2.1:25", Status = "250 2.0.0 Ok: taken",
            MessageLatency = TimeSpan.FromSeconds(61.5), Duration = TimeSpan.FromMilliseconds(12), Reference = "X", Account = "ann",
        };
        var line = Line(row);
        Assert.StartsWith("2026-11-29T12:00:00.125Z\tSEND\t01KBGTV3Z8QWE\t<a@b>\tann@example.com\tbob@b.example;\"a\\u003bb\"@c.example\t4123\tQUEUE\t", line, StringComparison.Ordinal);
        Assert.EndsWith("\tGrüße\\t😀 \\\\n\t.\n", line, StringComparison.Ordinal);
        var read = TrackingLine.TryRead(Encoding.UTF8.GetBytes(line)[..^1])!;
        foreach (var property in typeof(MailTrackingEntry).GetProperties())
            Assert.Equal(property.GetValue(row), property.GetValue(read));
    }

    [Theory]
    [InlineData("x\n2026-11-29T12:00:00.000Z\tSEND")]
    [InlineData("\r\n\t\0\u001b[2J\u009b\u2028\u202e")]
    [InlineData("half \ud83d")]
    public void Nothing_that_strangers_send_begins_a_line_or_a_column(string text)
    {
        var line = Line(new MailTrackingEntry { Timestamp = Noon, EventId = "RECEIVE", Source = "SMTP", Id = text, MessageId = text, Sender = text, Recipients = [text], PeerName = text, Status = text, MessageSubject = text });
        Assert.Equal(TrackingLine.ColumnCount, line.Split('\t').Length);
        Assert.Equal(line.Length - 1, line.IndexOf('\n', StringComparison.Ordinal));
        Assert.DoesNotContain(line[..^1], c => c is not '\t' && TrackingLine.IsEscaped(c) && c is not '\\');
        Assert.Equal(text.Replace('\ud83d', '\ufffd'), TrackingLine.TryRead(Encoding.UTF8.GetBytes(line)[..^1])!.MessageSubject);
    }

    [Fact]
    public void A_line_that_was_torn_is_none_wherever_it_was_torn()
    {
        var line = Encoding.UTF8.GetBytes(Line(new MailTrackingEntry { Timestamp = Noon, EventId = "SEND", Source = "QUEUE", Id = "1", Sender = "a@b", Recipients = ["c@d"], MessageSubject = "a." }))[..^1];
        Assert.NotNull(TrackingLine.TryRead(line));
        for (var length = 0; length < line.Length; length++)
            Assert.Null(TrackingLine.TryRead(line.AsSpan(0, length)));
        Assert.Null(TrackingLine.TryRead([.. line, .. line]));
        Assert.Null(TrackingLine.TryRead(new byte[500]));
    }

    [Fact]
    public void Long_texts_are_cut()
    {
        var long_ = new string('x', 5000);
        var read = TrackingLine.TryRead(Encoding.UTF8.GetBytes(Line(new MailTrackingEntry { Timestamp = Noon, EventId = "SEND", Source = "QUEUE", Id = "1", Sender = long_, Recipients = [long_], MessageSubject = long_ }))[..^1])!;
        Assert.Equal((1024, 1024, 256), (read.Sender.Length, read.Recipients[0].Length, read.MessageSubject!.Length));
    }

    [Fact]
    public void Random_needles_are_found_where_IndexOf_finds_them()
    {
        var random = new Random(7);
        for (var i = 0; i < 3000; i++)
        {
            var text = new byte[random.Next(1, 400)];
            for (var j = 0; j < text.Length; j++)
                text[j] = (byte)"abAB@.\t"[random.Next(7)];
            var needle = new byte[random.Next(1, 7)];
            for (var j = 0; j < needle.Length; j++)
                needle[j] = (byte)"abAB@.\t"[random.Next(7)];
            var sought = new OctetNeedle(needle);
            if (i % 2 == 0)
                sought.Tune(text);
            var expected = Encoding.ASCII.GetString(text).IndexOf(Encoding.ASCII.GetString(needle), StringComparison.OrdinalIgnoreCase);
            Assert.Equal(expected, sought.IndexIn(text));
        }
    }

    private static string Line(MailTrackingEntry row)
    {
        var line = new StringBuilder();
        TrackingLine.Write(line, row, row.Timestamp);
        return line.ToString();
    }
}
