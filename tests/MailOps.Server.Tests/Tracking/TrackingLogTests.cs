using System.Text;
using MailOps.Maildir.Disk;
using MailOps.Server.Connections;
using MailOps.Server.Tracking;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailOps.Server.Tests.Tracking;

/// <summary>The files of the log, and the search in them.</summary>
public sealed class TrackingLogTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);

    private readonly string _store = Directory.CreateTempSubdirectory("mailops-tracking-").FullName;
    private readonly FakeTimeProvider _clock = new(Noon);
    private readonly List<ServerEvent> _told = [];
    private readonly IMaildirDisk _disk = OperatingSystem.IsLinux() ? new LinuxDisk() : new PortableDisk();

    private string Folder => Path.Combine(_store, "tracking");

    [Fact]
    public async Task Rows_are_in_a_private_file_of_the_day_that_explains_itself()
    {
        await using var log = Open();
        log.Take(Accepted("1"));
        log.Take(new CommandReceived { Command = "NOOP" });
        await log.FlushAsync();
        var file = Assert.Single(Directory.GetFiles(Folder));
        Assert.Equal("20261129-0001.log", Path.GetFileName(file));
        Assert.Equal(["# MailOps tracking log 1: a row a line, columns parted by tabs, times in UTC, delays in seconds", "# " + TrackingLine.Names], File.ReadLines(file).Take(2));
        Assert.Equal(["RECEIVE", "DELIVER"], (await SearchAsync()).Select(row => row.EventId));
        if (!OperatingSystem.IsWindows())
            Assert.Equal((UnixFileMode.UserRead | UnixFileMode.UserWrite, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute), (File.GetUnixFileMode(file), File.GetUnixFileMode(Folder)));
    }

    [Fact]
    public async Task What_is_torn_is_passed_over_and_the_next_row_stands_by_itself()
    {
        await using (var log = Open())
            log.Take(Accepted("1"));
        var file = Assert.Single(Directory.GetFiles(Folder));
        await File.AppendAllTextAsync(file, "2026-11-29T12:00:00.000Z\tSEND\t2\t<a@b>\tx@y\tz");
        Assert.Equal(2, (await SearchAsync()).Count);
        await using (var log = Open())
            log.Take(Accepted("3"));
        Assert.Equal(["1", "1", "3", "3"], (await SearchAsync()).Select(row => row.Id));
    }

    [Fact]
    public async Task A_day_and_a_size_begin_a_file_and_a_clock_that_is_set_back_does()
    {
        await using var log = Open(partSize: 4096);
        for (var i = 0; i < 40; i++)
        {
            log.Take(Accepted($"{i}"));
            await log.FlushAsync();
        }

        var parts = Directory.GetFiles(Folder).Length;
        Assert.InRange(parts, 3, 8);
        _clock.Advance(TimeSpan.FromDays(1));
        log.Take(Accepted("tomorrow"));
        await log.FlushAsync();
        Assert.Contains("20261130-0001.log", Directory.GetFiles(Folder).Select(Path.GetFileName));
        log.Take(Accepted("back", Noon.AddDays(1).AddHours(-2)));
        await log.FlushAsync();
        // Two hours late: it has the time of its writing.
        Assert.Equal(Noon.AddDays(1), (await SearchAsync(new MailTrackingQuery { Ids = ["back"] }))[0].Timestamp);
        Assert.Equal(Enumerable.Range(0, 40).Select(i => $"{i}").Append("tomorrow").Append("back"), (await SearchAsync(new MailTrackingQuery { EventIds = ["RECEIVE"] })).Select(row => row.Id));
        var before = new FakeTimeProvider(Noon.AddDays(1).AddHours(-3));
        await using (var other = new TrackingLog(_disk, Folder, new TrackingOptions(), before, _told.Add))
            other.Take(Accepted("slow clock", before.GetUtcNow()));
        Assert.Contains("20261130-0002.log", Directory.GetFiles(Folder).Select(Path.GetFileName));
        Assert.Equal(2, (await SearchAsync(new MailTrackingQuery { Start = before.GetUtcNow(), End = before.GetUtcNow().AddMinutes(1) })).Count);
    }

    [Fact]
    public async Task What_is_too_old_or_too_much_is_removed()
    {
        Directory.CreateDirectory(Folder);
        foreach (var name in new[] { "20261029-0001.log", "20261030-0001.log", "20261101-0001.log", "20261129-0001.log", "notes.txt" })
            await File.WriteAllBytesAsync(Path.Combine(Folder, name), new byte[800 * 1024]);
        await using (var log = Open(new TrackingOptions()))
            log.Take(Accepted("1"));
        Assert.Equal(["20261030-0001.log", "20261101-0001.log", "20261129-0001.log", "notes.txt"], Directory.GetFiles(Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        await using (var log = Open(new TrackingOptions { MaxSize = 2 << 20 }))
            log.Take(Accepted("2"));
        Assert.DoesNotContain("20261030-0001.log", Directory.GetFiles(Folder).Select(Path.GetFileName));
        Assert.Contains("20261101-0001.log", Directory.GetFiles(Folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Many_servers_write_into_one_log_and_no_row_is_lost_or_mixed()
    {
        var logs = Enumerable.Range(0, 4).Select(_ => Open()).ToList();
        await Task.WhenAll(logs.Select((log, n) => Task.Run(async () =>
        {
            for (var i = 0; i < 500; i++)
            {
                log.Take(Accepted($"{n}.{i}"));
                if (i % 50 == 0)
                    await log.FlushAsync();
            }
        })));
        foreach (var log in logs)
            await log.DisposeAsync();
        var rows = await SearchAsync(new MailTrackingQuery { EventIds = ["RECEIVE"] });
        Assert.Equal((2000, 2000), (rows.Count, rows.Select(row => row.Id).Distinct().Count()));
    }

    [Fact]
    public async Task What_it_cannot_keep_up_with_is_counted_and_told_in_the_log_too()
    {
        await using var log = Open(most: 6);
        for (var i = 0; i < 1000; i++)
            log.Take(Accepted($"{i}"));
        await log.FlushAsync();
        log.Take(Accepted("last"));
        await log.FlushAsync();
        var dropped = _told.OfType<TrackingDropped>().Sum(one => one.Count);
        var rows = await SearchAsync(new MailTrackingQuery { EventIds = ["RECEIVE"] });
        Assert.Equal(1001, dropped + rows.Count);
        Assert.True(dropped > 0);
        Assert.Contains(Directory.GetFiles(Folder).SelectMany(File.ReadLines), line => line.StartsWith("# ", StringComparison.Ordinal) && line.EndsWith(" events are missing here: more came than could be written", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_disk_that_takes_nothing_is_told_once_and_no_row_is_written_while_it_is_off()
    {
        await File.WriteAllTextAsync(Folder, "in the way");
        await using var log = Open();
        for (var i = 0; i < 3; i++)
        {
            log.Take(Accepted("1"));
            await log.FlushAsync();
        }

        Assert.StartsWith("The tracking log misses what became of messages: ", Assert.Single(_told.OfType<ServerFaulted>()).Exception.Message, StringComparison.Ordinal);
        File.Delete(Folder);
        log.Update(new TrackingOptions { Enabled = false });
        log.Take(Accepted("2"));
        await log.FlushAsync();
        log.Update(new TrackingOptions());
        log.Take(Accepted("3"));
        await log.FlushAsync();
        Assert.Equal(["3", "3"], (await SearchAsync()).Select(row => row.Id));
    }

    [Fact]
    public async Task Every_filter_finds_what_a_look_at_all_rows_finds_and_times_are_bisected()
    {
        Directory.CreateDirectory(Folder);
        var lines = new StringBuilder(TrackingLine.Head);
        var all = new List<MailTrackingEntry>();
        for (var i = 0; i < 30_000; i++)
        {
            var row = new MailTrackingEntry
            {
                // As several writers leave them: seconds out of order.
                Timestamp = Noon.AddSeconds(-30_000 + i - (i % 7 * 5)), EventId = (i % 5) switch { 0 => "RECEIVE", 1 => "SEND", 2 => "DEFER", 3 => "FAIL", _ => "DSN" }, Source = "QUEUE", Id = $"ID{i / 5:0000}", Reference = i % 5 == 4 ? $"R{i}" : null,
                MessageId = $"<{i}@X.example>", Sender = i % 11 == 0 ? "" : $"User{i % 100}@Example.com", Recipients = [$"bob{i % 50}@b.example", $"\"c;{i % 9}\"@c.example"], MessageSubject = $"Grüße {i % 13} \t end", Status = "250 ok",
            };
            all.Add(row);
            TrackingLine.Write(lines, row, row.Timestamp);
        }

        await File.WriteAllTextAsync(Path.Combine(Folder, "20261129-0001.log"), lines.ToString());
        MailTrackingQuery[] queries =
        [
            new(), new() { Senders = [TrackingText.Exactly("user7@example.COM")] }, new() { Senders = [TrackingText.Exactly("user7@example.com"), TrackingText.Exactly("user8@example.com")] },
            new() { Senders = [TrackingText.Exactly("")] }, new() { Recipients = [TrackingText.Exactly("\"C;3\"@c.example")] }, new() { Subjects = [TrackingText.Exactly("GRÜSSE 3 \t end"), TrackingText.Exactly("grÜße 4 \t end")] },
            new() { Ids = ["id0042", "R9"] }, new() { EventIds = ["FAIL"], Senders = [new TrackingText("user1", value => value.StartsWith("User1", StringComparison.Ordinal))] }, new() { MessageIds = [TrackingText.Exactly("17@x.example")] },
            new() { Start = Noon.AddSeconds(-1234), End = Noon.AddSeconds(-1000) }, new() { Start = Noon.AddSeconds(-100), EventIds = ["DSN"] }, new() { End = Noon.AddSeconds(-29_990) }, new() { Start = Noon.AddDays(1) }, new() { Start = DateTimeOffset.MinValue, End = DateTimeOffset.MaxValue, Ids = ["id0001"] },
        ];
        foreach (var query in queries)
        {
            var expected = all.Where(query.Fits).OrderBy(row => row.Timestamp).Select(row => (row.Timestamp, row.MessageId)).ToList();
            var found = (await SearchAsync(query)).ConvertAll(row => (row.Timestamp, row.MessageId));
            Assert.Equal(expected, found);
        }

        Assert.Equal([0, 30_000], new[] { queries[^2], queries[0] }.Select(query => all.Count(query.Fits)));
    }

    [Fact]
    public async Task A_log_that_is_written_rotated_and_pruned_meanwhile_is_searched_and_each_row_comes_whole_and_once()
    {
        await using var log = Open(new TrackingOptions { MaxAge = TimeSpan.FromDays(2), MaxSize = 64L << 20 }, partSize: 64 * 1024);
        using var stop = new CancellationTokenSource();
        var (written, searches, compared) = (0, 0, 0);
        var writing = Task.Run(async () =>
        {
            for (; !stop.IsCancellationRequested; Volatile.Write(ref written, written + 50))
            {
                for (var i = 0; i < 50; i++)
                    log.Take(Accepted($"{written + i}") with { Subject = new string('x', (written + i) % 200) });
                await log.FlushAsync();
                while (written >= 1000 * (Volatile.Read(ref searches) + 1) && !stop.IsCancellationRequested)
                    await Task.Delay(1);
            }
        });
        try
        {
            await Queue.QueueFixture.UntilAsync(() => Volatile.Read(ref written) > 0, "rows");
            for (; searches < 40; Interlocked.Increment(ref searches))
            {
                // Hours pass: files begin and others go while they are read.
                _clock.Advance(TimeSpan.FromHours(7));
                var (before, fresh) = (Volatile.Read(ref written), _clock.GetUtcNow() - TimeSpan.FromDays(1));
                var rows = await SearchAsync(new MailTrackingQuery { Senders = [TrackingText.Exactly("ANN@example.com")], EventIds = ["RECEIVE"] });
                var ids = rows.ConvertAll(row => int.Parse(row.Id, System.Globalization.CultureInfo.InvariantCulture));
                Assert.Equal(ids.Distinct().Order(), ids);
                // What nobody removes yet has no gap, up to what was written when the search began.
                if (rows.FindIndex(row => row.Timestamp >= fresh) is not (>= 0 and var first))
                    continue;
                var kept = ids[first..];
                Assert.Equal(Enumerable.Range(kept[0], kept.Count), kept);
                Assert.True(kept[^1] + 1 >= before, $"{before} were written, and the last that was found is {kept[^1]}.");
                compared++;
            }
        }
        finally
        {
            await stop.CancelAsync();
            await writing;
        }

        Assert.NotEqual(0, compared);
        Assert.True(Directory.GetFiles(Folder).Length > 1);
        Assert.DoesNotContain(Directory.GetFiles(Folder).Select(Path.GetFileName), name => name == "20261129-0001.log");
        Assert.Empty(_told);
    }

    [Fact]
    public async Task Rows_are_put_together_and_their_delays_with_them()
    {
        Directory.CreateDirectory(Folder);
        var lines = new StringBuilder(TrackingLine.Head);
        for (var i = 0; i < 20_000; i++)
        {
            var row = new MailTrackingEntry
            {
                Timestamp = Noon.AddSeconds(i - 20_000), EventId = i % 4 == 0 ? "DEFER" : "SEND", Source = "QUEUE", Id = $"{i}", Sender = $"user{i % 10}@{(i % 2 == 0 ? "A.example" : "b.example")}",
                Recipients = i % 10 == 0 ? ["a@X.example", "b@x.example", "c@y.example"] : ["d@z.example"], TotalBytes = 100, MessageLatency = TimeSpan.FromMilliseconds(i),
            };
            TrackingLine.Write(lines, row, row.Timestamp);
        }

        await File.WriteAllTextAsync(Path.Combine(Folder, "20261129-0001.log"), lines.ToString());
        var reader = new MailTrackingReader(_store);
        var all = Assert.Single(await reader.MeasureAsync(new MailTrackingQuery(), [], 10, CancellationToken.None));
        Assert.Equal((20_000, 24_000, 2_000_000), (all.Count, all.Recipients, all.TotalBytes));
        Assert.InRange(all.MedianLatency!.Value.TotalSeconds, 9.6, 10.4);
        Assert.InRange(all.P95Latency!.Value.TotalSeconds, 18.2, 19.8);
        Assert.Equal(19.999, all.MaxLatency!.Value.TotalSeconds);

        var domains = await reader.MeasureAsync(new MailTrackingQuery(), [MailTrafficKey.RecipientDomain], 10, CancellationToken.None);
        Assert.Equal([("z.example", 18_000, 18_000), ("x.example", 2000, 4000), ("y.example", 2000, 2000)], domains.Select(one => (one.RecipientDomain!, one.Count, one.Recipients)));
        var pivot = await reader.MeasureAsync(new MailTrackingQuery { EventIds = ["SEND"] }, [MailTrafficKey.Hour, MailTrafficKey.SenderDomain], 100, CancellationToken.None);
        Assert.Equal(15_000, pivot.Sum(one => one.Count));
        Assert.Equal((new DateTimeOffset(2026, 11, 29, 6, 0, 0, TimeSpan.Zero), "a.example", null), (pivot[0].Hour, pivot[0].SenderDomain, pivot[0].EventId));
        var few = await reader.MeasureAsync(new MailTrackingQuery(), [MailTrafficKey.Sender], 4, CancellationToken.None);
        Assert.Equal((20_000, true), (few.Sum(one => one.Count), few.Any(one => one is { Name: "(others)", Sender: null })));
        Assert.InRange(few.Count, 5, 9);
    }

    public void Dispose()
    {
        _disk.Dispose();
        Directory.Delete(_store, recursive: true);
    }

    private TrackingLog Open(TrackingOptions? options = null, int most = int.MaxValue, long partSize = 64 << 20) => new(_disk, Folder, options ?? new TrackingOptions(), _clock, _told.Add) { Most = most, PartSize = partSize };

    private MessageAccepted Accepted(string id, DateTimeOffset? time = null) =>
        new() { Time = time ?? _clock.GetUtcNow(), Protocol = "smtp", MessageId = id, Sender = "ann@example.com", Recipients = ["bob@example.com"], Accounts = ["bob@example.com"], Size = 100, InternetMessageId = "<1@example.com>", Subject = "=?utf-8?q?Gr=C3=BC=C3=9Fe?=" };

    private async Task<List<MailTrackingEntry>> SearchAsync(MailTrackingQuery? query = null)
    {
        var rows = new List<MailTrackingEntry>();
        await foreach (var row in new MailTrackingReader(_store).SearchAsync(query ?? new MailTrackingQuery(), CancellationToken.None))
            rows.Add(row);
        return rows;
    }
}
