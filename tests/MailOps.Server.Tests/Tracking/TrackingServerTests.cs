using System.Globalization;
using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Administration;
using MailOps.Server.Queue.Routing;
using MailOps.Server.Tests.Queue;
using MailOps.Server.Tests.Support;
using MailOps.Server.Tracking;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Tracking;

/// <summary>What a server writes down of the messages that cross it.</summary>
public sealed class TrackingServerTests : IAsyncDisposable
{
    private readonly NextServer _next = new();
    private TestServer _server = null!;

    [Fact]
    public async Task A_message_that_is_relayed_has_its_arrival_and_its_end()
    {
        await StartAsync();
        await using var client = await LogInAsync();
        var id = await SendAsync(client, "Subject: =?utf-8?b?R3LDvMOfZQ==?=\r\n =?utf-8?q?_here?=\r\nMessage-ID: <1@example.com>\r\n", "ann@example.com", "bob@b.example");
        await _server.WaitForAsync<OutboundTried>();
        var rows = await RowsAsync();
        Assert.Equal([("RECEIVE", "SUBMISSION"), ("SEND", "QUEUE")], rows.Select(row => (row.EventId, row.Source)));
        Assert.All(rows, row => Assert.Equal((id, "<1@example.com>", "ann@example.com", "Grüße here", "ann@example.com"), (row.Id, row.MessageId, row.Sender, row.MessageSubject, row.Account)));
        Assert.Equal(("127.0.0.1", "a", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_server.Port(MailProtocol.Submission)}")), (rows[0].PeerAddress, rows[0].PeerName, rows[0].ConnectorId));
        Assert.StartsWith("[127.0.0.1]:", rows[1].ConnectorId, StringComparison.Ordinal);
        Assert.Equal("250 2.0.0 Ok: taken", rows[1].Status);
        Assert.True(rows[1] is { MessageLatency: not null, Duration: not null, TotalBytes: > 0 });
    }

    [Fact]
    public async Task What_a_sender_writes_tells_the_terminals_of_administrators_nothing()
    {
        await StartAsync();
        _next.Answer = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "450 4.2.0 Later" : null;
        await using var client = await LogInAsync();
        await SendAsync(client, "Subject: a\u001b[31mb\u0007\r\n =?utf-8?q?c=1B[31md?=\r\nMessage-ID: <1\u001b[2J@example.com>\r\n", "ann@example.com", "bob@b.example");
        await _server.WaitForAsync<OutboundTried>();
        Assert.All(await RowsAsync(), row => Assert.Equal(("a?[31mb? c?[31md", "<1?[2J@example.com>"), (row.MessageSubject, row.MessageId)));
        var waiting = Assert.Single((await _server.Server.Queue!.GetMessagesAsync(QueueFilter.All, null, CancellationToken.None)).Items);
        Assert.Equal(("a?[31mb? c?[31md", "<1?[2J@example.com>"), (waiting.Subject, waiting.InternetMessageId));
    }

    [Fact]
    public async Task Mailboxes_here_and_aliases_are_told()
    {
        await StartAsync();
        foreach (var (protocol, hello, source) in new[] { (MailProtocol.Smtp, "EHLO a", "SMTP"), (MailProtocol.Lmtp, "LHLO a", "LMTP") })
        {
            await using var client = await _server.ConnectAsync(protocol);
            await client.ReadReplyAsync();
            await client.AskAsync(hello);
            await SendAsync(client, "Subject: all\r\n", "eve@x.example", "team@example.com");
            await _server.WaitForAsync<MessageAccepted>(accepted => accepted.Protocol == source.ToLowerInvariant());
            var rows = (await RowsAsync())[^3..];
            Assert.Equal([("RECEIVE", source, "team@example.com", null), ("EXPAND", "ROUTING", "ann@example.com,carol@example.com", "team@example.com"), ("DELIVER", "STORE", "ann@example.com,carol@example.com", null)],
                rows.Select(row => (row.EventId, row.Source, string.Join(',', row.Recipients), row.Reference)));
        }
    }

    [Fact]
    public async Task An_alias_that_leads_elsewhere_is_told_with_who_gets_it_there()
    {
        await StartAsync();
        await using var client = await _server.ConnectAsync(MailProtocol.Smtp);
        await client.ReadReplyAsync();
        await client.AskAsync("EHLO a");
        await SendAsync(client, "Subject: all\r\n", "eve@x.example", "sales@example.com");
        await _server.WaitForAsync<OutboundTried>();
        Assert.Equal(
            [("RECEIVE", "SMTP", "sales@example.com", (string?)_next.Target.Text), ("EXPAND", "ROUTING", "carol@example.com,joe@b.example", "sales@example.com"), ("DELIVER", "STORE", "carol@example.com", null), ("SEND", "QUEUE", "joe@b.example", null)],
            (await RowsAsync()).Select(row => (row.EventId, row.Source, string.Join(',', row.Recipients), row.Reference)));
    }

    [Fact]
    public async Task What_cannot_be_delivered_is_told_with_its_report()
    {
        await StartAsync();
        await _server.Server.UpdateAsync(_server.Server.Options with { Outbound = _server.Server.Options.Outbound with { SmartHost = RouteTarget.TryParse(string.Create(CultureInfo.InvariantCulture, $"[127.0.0.1]:{_server.Port(MailProtocol.Smtp)}"), out var own, out _) ? own : null } });
        await using var client = await LogInAsync();
        var id = await SendAsync(client, "Subject: back\r\n", "ann@example.com", "bob@b.example");
        await _server.WaitForAsync<OutboundReported>();
        var rows = await RowsAsync();
        Assert.Equal(["RECEIVE", "FAIL", "DSN", "DELIVER"], rows.Select(row => row.EventId));
        Assert.Equal((rows[2].Reference, "", "ann@example.com", "STORE"), (rows[3].Id, rows[3].Sender, rows[3].Recipients[0], rows[3].Source));
        Assert.EndsWith($".report@{_server.Server.Options.HostName}>", rows[3].MessageId, StringComparison.Ordinal);
        Assert.True(rows[3].TotalBytes > 0);
        Assert.Equal((id, "", "ann@example.com", "failed: bob@b.example"), (rows[2].Id, rows[2].Sender, rows[2].Recipients[0], rows[2].Status));
        Assert.Equal(rows[2].Id, (await RowsAsync(new MailTrackingQuery { Ids = [rows[2].Reference!] }))[0].Id);
    }

    [Fact]
    public async Task A_message_that_waits_for_a_dead_destination_says_why_until_when_and_where_it_was_moved()
    {
        await StartAsync(QueueFixture.Nowhere);
        await using var client = await LogInAsync();
        var id = await SendAsync(client, "Subject: waits\r\n", "ann@example.com", "bob@b.example");
        var down = await _server.WaitForAsync<DestinationDeferred>();
        var rows = await RowsAsync(new MailTrackingQuery { Ids = [id] });
        Assert.Equal([("RECEIVE", id), ("DEFER", "")], rows.Select(row => (row.EventId, row.Id)));
        Assert.Equal((QueueFixture.Nowhere.Text, QueueFixture.Nowhere.Text, TrackingLine.TimeText(down.NextTry)), (rows[0].Reference, rows[1].ConnectorId, rows[1].Reference));
        Assert.Matches("^451 4.4.1 .+ \\(1 message waits here\\)$", rows[1].Status);
        Assert.Contains($"{QueueFixture.Nowhere.Text}, where 1 wait, is left alone until ", MailServerEvent.Of(1, down).Detail, StringComparison.Ordinal);

        Assert.Equal(QueueChange.Done, await _server.Server.Queue!.ChangeAsync(new QueueOrder(QueueAction.Move, id) { Route = _next.Target.Text }, CancellationToken.None));
        await _server.WaitForAsync<OutboundTried>(tried => tried.Outcome is OutboundOutcome.Sent);
        rows = await RowsAsync(new MailTrackingQuery { Ids = [id] });
        Assert.Equal([("RECEIVE", id, null), ("DEFER", "", null), ("MOVE", id, "Moved by the administrator, and tried at once"), ("SEND", id, "250 2.0.0 Ok: taken")], rows.Select((row, i) => (row.EventId, row.Id, i < 2 ? null : row.Status)));
        Assert.Equal(_next.Target.Text, rows[2].ConnectorId);
    }

    [Fact]
    public async Task A_try_that_is_deferred_says_when_the_next_one_is()
    {
        await StartAsync();
        _next.Answer = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "450 4.2.1 Greylisted" : null;
        await using var client = await LogInAsync();
        var id = await SendAsync(client, "Subject: waits\r\n", "ann@example.com", "bob@b.example");
        var tried = await _server.WaitForAsync<OutboundTried>();
        var row = (await RowsAsync(new MailTrackingQuery { Ids = [id] }))[^1];
        Assert.Equal(("DEFER", "450 4.2.1 Greylisted", TrackingLine.TimeText(tried.NextTry!.Value), _next.Target.Text), (row.EventId, row.Status, row.Reference, row.ConnectorId));
    }

    [Fact]
    public async Task A_report_of_success_has_its_rows()
    {
        await StartAsync();
        await using var client = await LogInAsync();
        var id = await SendAsync(client, "Subject: success\r\n", "ann@example.com", "carol@example.com", "NOTIFY=SUCCESS");
        var report = (await _server.WaitForAsync<DeliveryReported>()).ReportId!;
        var rows = await RowsAsync(new MailTrackingQuery { Ids = [report] });
        Assert.Equal([("DSN", id), ("DELIVER", report)], rows.Select(row => (row.EventId, row.Id)));
        Assert.Equal((report, null, "ann@example.com"), (rows[0].Reference, rows[0].ConnectorId, rows[1].Recipients[0]));
        Assert.StartsWith($"<{id}.delivered.report@", rows[1].MessageId, StringComparison.Ordinal);
        Assert.True(rows[1].TotalBytes > 0);
    }

    [Fact]
    public async Task Of_many_messages_each_has_its_arrival_and_one_end()
    {
        await StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async n =>
        {
            await using var client = await LogInAsync();
            for (var i = 0; i < 25; i++)
                await SendAsync(client, $"Subject: {n}.{i}\r\n", "ann@example.com", i % 2 == 0 ? $"bob{i}@b.example" : "carol@example.com");
        }));
        await _server.Server.StopAsync(TimeSpan.FromSeconds(20));
        var rows = await RowsAsync();
        var stories = rows.GroupBy(row => row.Id, row => row.EventId).ToDictionary(story => story.Key, story => string.Join(' ', story));
        Assert.Equal(200, stories.Count);
        // What was not sent when the server stopped is in the queue.
        Assert.All(stories.Values, story => Assert.Contains(story, new[] { "RECEIVE SEND", "RECEIVE DELIVER", "RECEIVE" }));
        Assert.Equal(Directory.GetFiles(Path.Combine(_server.StorePath, "queue"), "*,D=*", SearchOption.AllDirectories).Length, stories.Values.Count(story => story == "RECEIVE"));
        Assert.Equal(96, stories.Values.Count(story => story == "RECEIVE DELIVER"));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _next.DisposeAsync();
    }

    private async Task<List<MailTrackingEntry>> RowsAsync(MailTrackingQuery? query = null)
    {
        await _server.Server.FlushTrackingAsync();
        var rows = new List<MailTrackingEntry>();
        await foreach (var row in new MailTrackingReader(_server.StorePath).SearchAsync(query ?? new MailTrackingQuery(), CancellationToken.None))
            rows.Add(row);
        return rows;
    }

    private Task StartAsync() => StartAsync(_next.Target);

    private async Task StartAsync(RouteTarget smartHost) => _server = await TestServer.StartAsync(options =>
    {
        Directory.CreateDirectory(options.StorePath);
        File.WriteAllText(Path.Combine(options.StorePath, "users"), "ann@example.com:{PLAIN}secret\ncarol@example.com:{PLAIN}secret\n");
        File.WriteAllText(Path.Combine(options.StorePath, "aliases"), "team@example.com ann@example.com, carol@example.com\nsales@example.com carol@example.com, joe@b.example\n");
        return options with
        {
            Capture = false,
            Outbound = new OutboundOptions { Enabled = true, SmartHost = smartHost },
            Authentication = options.Authentication with { AllowPlaintextLogin = true },
        };
    });

    private async Task<LineClient> LogInAsync()
    {
        var client = await _server.ConnectAsync(MailProtocol.Submission);
        await client.ReadReplyAsync();
        await client.AskAsync("EHLO a");
        Assert.StartsWith("235 ", await client.AskAsync($"AUTH PLAIN {Convert.ToBase64String("\0ann@example.com\0secret"u8)}"), StringComparison.Ordinal);
        return client;
    }

    private static async Task<string> SendAsync(LineClient client, string header, string sender, string recipient, string parameters = "")
    {
        Assert.StartsWith("250 ", await client.AskAsync($"MAIL FROM:<{sender}>"), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await client.AskAsync($"RCPT TO:<{recipient}> {parameters}".TrimEnd()), StringComparison.Ordinal);
        Assert.StartsWith("354 ", await client.AskAsync("DATA"), StringComparison.Ordinal);
        var reply = await client.AskAsync($"From: ann@example.com\r\n{header}\r\nbody\r\n.");
        Assert.StartsWith("250 2.0.0 ", reply, StringComparison.Ordinal);
        return reply!.TrimEnd().Split(' ')[^1];
    }
}
