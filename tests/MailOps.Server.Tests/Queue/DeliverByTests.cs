using MailOps.Maildir;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Administration;
using MailOps.Server.Queue.Routing;
using MailOps.Smtp;
using Xunit;

namespace MailOps.Server.Tests.Queue;

/// <summary>DELIVERBY (RFC 2852): mail that is to be delivered in time, or to come back.</summary>
public sealed class DeliverByTests : IAsyncDisposable
{
    private readonly NextServer _next = new() { Offers = ["PIPELINING", "DSN", "DELIVERBY"] };
    private readonly QueueFixture _queue = new();

    public DeliverByTests() => _queue.Routes["b.example"] = _next.Target;

    public async ValueTask DisposeAsync()
    {
        if (_queue.Queue is not null)
            await _queue.DisposeAsync();
        await _next.DisposeAsync();
    }

    [Theory]
    [InlineData(120, true, false, "BY=120;R")]
    [InlineData(120, false, true, "BY=120;NT")]
    [InlineData(0, false, false, "BY=0;N")]
    [InlineData(-7, false, false, "BY=-7;N")]
    public async Task The_next_server_is_told_the_seconds_that_are_left_RFC2852_4_1_4(int seconds, bool returns, bool traces, string parameter)
    {
        await _queue.StartAsync();
        await SendAsync(seconds, returns, traces);
        await QueueFixture.UntilAsync(() => !_next.Messages.IsEmpty, "a message");
        Assert.Contains($"MAIL FROM:<ann@here.example> {parameter}", _next.Commands);
    }

    [Fact]
    public async Task A_later_try_tells_what_is_left_by_then_and_a_second_that_has_begun_counts()
    {
        _next.Answer = line => line.StartsWith("MAIL", StringComparison.Ordinal) && line.EndsWith("BY=400;R", StringComparison.Ordinal) ? "450 4.3.2 Busy" : null;
        _queue.Options = _queue.Options with { FirstRetry = TimeSpan.FromSeconds(60) };
        await _queue.StartAsync();
        await SendAsync(400, returns: true);
        await _queue.ToldAsync(1);
        _queue.Clock.Advance(TimeSpan.FromSeconds(100.25));
        Assert.Equal("Sent 1 250 2.0.0 Ok: taken", (await _queue.ToldAsync(2))[1]);
        Assert.Contains("MAIL FROM:<ann@here.example> BY=300;R", _next.Commands);
        await _queue.EmptyAsync();
        Assert.Empty(_queue.Inbox("ann@here.example"));
    }

    [Theory]
    [InlineData("DELIVERBY 121", 120, true, "554 5.4.7 Delivery time expired: 120 seconds are left, and the next server asks for 121 at least")]
    [InlineData("DELIVERBY 121,FUTURE=1", 120, true, "554 5.4.7 Delivery time expired: 120 seconds are left, and the next server asks for 121 at least")]
    [InlineData("HELP", 120, true, "554 5.3.3 The message is to be returned where it is not delivered in time, and the next server does not offer DELIVERBY")]
    [InlineData("DELIVERBY 120", 120, true, null)]
    [InlineData("DELIVERBY ,FUTURE=1", 120, true, null)]
    [InlineData("DELIVERBY 121", 120, false, null)]
    [InlineData("HELP", 120, false, null)]
    public async Task What_is_to_be_returned_goes_to_no_server_that_cannot_keep_it_RFC2852_4_1_4_1(string offer, int seconds, bool returns, string? refusal)
    {
        _next.Offers = ["PIPELINING", "DSN", offer];
        await _queue.StartAsync();
        await SendAsync(seconds, returns);
        await _queue.EmptyAsync();
        if (refusal is null)
        {
            Assert.Single(_next.Messages);
            return;
        }

        Assert.Equal([$"Failed 1 {refusal}", "Report Failed 1"], _queue.Told);
        Assert.DoesNotContain(_next.Commands, line => line.StartsWith("MAIL", StringComparison.Ordinal));
        Assert.Contains($"\r\nAction: failed\r\nStatus: {refusal[4..9]}\r\n", await ReportAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_to_be_returned_goes_back_at_the_deadline_and_not_at_the_next_try()
    {
        _next.Answer = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "450 4.2.0 Busy" : null;
        await _queue.StartAsync();
        await SendAsync(120, returns: true);
        await _queue.ToldAsync(1);
        _queue.Clock.Advance(TimeSpan.FromSeconds(119));
        Assert.Single(_queue.Told);

        _queue.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["Failed 1 554 5.4.7 Delivery time expired; what was in the way last: 450 4.2.0 Busy", "Report Failed 1"], (await _queue.ToldAsync(3))[1..]);
        await _queue.EmptyAsync();
        var report = await ReportAsync();
        Assert.Contains("\r\nStatus: 5.4.7\r\n", report, StringComparison.Ordinal);
        Assert.Matches("\r\nArrival-Date: .*\r\nDeliver-By-Date: Mon, 1 Jan 2120 12:02:00 \\+0000\r\n", report);
        Assert.Contains("It was to be delivered by Mon, 1 Jan 2120 12:02:00 +0000.\r\n", report, StringComparison.Ordinal);
        Assert.Single(_next.Commands, line => line.StartsWith("MAIL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_wants_to_hear_nothing_hears_nothing_when_it_is_returned()
    {
        _next.Answer = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "450 4.2.0 Busy" : null;
        await _queue.StartAsync();
        await SendAsync(120, returns: true, notify: DsnNotify.Never);
        await _queue.ToldAsync(1);
        _queue.Clock.Advance(TimeSpan.FromSeconds(120));
        await _queue.ToldAsync(2);
        await _queue.EmptyAsync();
        Assert.Empty(_queue.Inbox("ann@here.example"));
    }

    [Theory]
    [InlineData(true, 5)]
    [InlineData(false, 3)]
    public async Task The_deadline_comes_while_a_destination_is_dead_after_a_start_and_while_an_administrator_holds_the_message(bool returns, int seconds)
    {
        _queue.Options = _queue.Options with { FirstBackOff = TimeSpan.FromDays(1), LongestRetry = TimeSpan.FromDays(1) };
        _queue.Routes["dead.example"] = QueueFixture.Nowhere;
        await _queue.StartAsync();
        await SendAsync(3600 + seconds, returns, to: "dora@dead.example");
        await QueueFixture.UntilAsync(() => _queue.Queue.States() is [{ IsBackedOff: true, Connections: 0 }], "a dead destination");
        var held = await SendAsync(7200, returns, to: "dora@dead.example");
        await _queue.Queue.SuspendAsync(held.Id, true);
        await _queue.StopAsync();
        Assert.All(_queue.Files(), file => Assert.Contains(",B=21200101T1", file, StringComparison.Ordinal));

        await _queue.StartAsync();
        await QueueFixture.UntilAsync(() => _queue.Queue.States() is [{ IsBackedOff: true, Connections: 0 }], "a dead destination");
        _queue.Clock.Advance(TimeSpan.FromSeconds(3600 + seconds - 1));
        Assert.Empty(_queue.Told);
        _queue.Clock.Advance(TimeSpan.FromSeconds(1));
        await QueueFixture.UntilAsync(() => _queue.Inbox("ann@here.example").Length == 1, "a report");
        _queue.Clock.Advance(TimeSpan.FromSeconds(3600 - seconds));
        await QueueFixture.UntilAsync(() => _queue.Inbox("ann@here.example").Length == 2, "a second report");
        await QueueFixture.UntilAsync(() => _queue.Queue.Count == (returns ? 0 : 2), "an end");
        await QueueFixture.UntilAsync(() => _queue.Told.Count(told => told == (returns ? "Report Failed 1" : "Report Delayed 1")) == 2, "word of two reports");
    }

    [Fact]
    public async Task All_recipients_of_several_destinations_go_back()
    {
        _queue.Routes["dead.example"] = QueueFixture.Nowhere;
        _next.Answer = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "450 4.2.0 Busy" : null;
        await _queue.StartAsync();
        await _queue.SendAsync("Subject: x\r\n\r\n", EnvelopeOf(120, true, false, DsnNotify.Unsaid, "bob@b.example", "dora@dead.example"));
        await _queue.ToldAsync(1);
        await QueueFixture.UntilAsync(() => _queue.Queue.StateOf(QueueFixture.Nowhere.Text) is { IsBackedOff: true }, "a dead destination");
        _queue.Clock.Advance(TimeSpan.FromSeconds(120));
        await _queue.EmptyAsync();
        Assert.Equal(2, _queue.Told.Count(told => told.StartsWith("Failed", StringComparison.Ordinal) && told.Contains("554 5.4.7 Delivery time expired", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_message_whose_deadline_passed_while_no_server_ran_is_not_tried()
    {
        await _queue.OpenAsync();
        await _queue.SpoolAsync("Subject: x\r\n\r\n", EnvelopeOf(60, true, false, DsnNotify.Unsaid, "bob@b.example"));
        await _queue.StopAsync();
        _queue.Clock.Advance(TimeSpan.FromSeconds(60));
        await _queue.StartAsync();
        await _queue.EmptyAsync();
        Assert.Equal(["Failed 1 554 5.4.7 Delivery time expired", "Report Failed 1"], _queue.Told);
        Assert.Empty(_next.Messages);
    }

    [Fact]
    public async Task The_deadline_comes_while_a_message_is_being_sent_and_an_answer_of_not_now_is_the_end()
    {
        using var reached = new SemaphoreSlim(0);
        using var goOn = new SemaphoreSlim(0);
        _next.Answer = line =>
        {
            if (!line.StartsWith("RCPT", StringComparison.Ordinal))
                return null;
            reached.Release();
            goOn.Wait(TimeSpan.FromSeconds(30));
            return "450 4.2.0 Busy";
        };
        await _queue.StartAsync();
        await SendAsync(60, returns: true);
        Assert.True(await reached.WaitAsync(TimeSpan.FromSeconds(30)));
        _queue.Clock.Advance(TimeSpan.FromSeconds(60));
        goOn.Release();
        await _queue.EmptyAsync();
        Assert.Equal(["Failed 1 450 4.2.0 Busy", "Report Failed 1"], _queue.Told);
        Assert.Contains("\r\nStatus: 5.4.7\r\n", await ReportAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_late_is_told_once_and_tried_on()
    {
        var isBusy = true;
        _next.Answer = line => line.StartsWith("RCPT", StringComparison.Ordinal) && isBusy ? "450 4.2.0 Busy" : null;
        await _queue.StartAsync();
        var entry = await SendAsync(60, returns: false);
        await _queue.ToldAsync(1);
        _queue.Clock.Advance(TimeSpan.FromSeconds(59));
        Assert.Single(_queue.Told);
        _queue.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("Report Delayed 1", (await _queue.ToldAsync(2))[1]);
        var report = await ReportAsync();
        Assert.Contains("\r\nAction: delayed\r\nStatus: 4.4.7\r\n", report, StringComparison.Ordinal);
        Assert.Contains("\r\nDiagnostic-Code: smtp; 450 4.2.0 Busy\r\n", report, StringComparison.Ordinal);
        Assert.Contains("\r\nDeliver-By-Date: Mon, 1 Jan 2120 12:01:00 +0000\r\n", report, StringComparison.Ordinal);
        await QueueFixture.UntilAsync(() => entry is { IsWarned: true, Deadline: null }, "a name that says so");
        Assert.DoesNotContain(",B=", Assert.Single(_queue.Files()), StringComparison.Ordinal);

        // The warning after four hours would say no more.
        for (var hour = 0; hour < 6; hour++)
        {
            var tries = _queue.Told.Count;
            _queue.Clock.Advance(TimeSpan.FromHours(1.2));
            await _queue.ToldAsync(tries + 1);
        }

        isBusy = false;
        _queue.Clock.Advance(TimeSpan.FromHours(1.2));
        await _queue.EmptyAsync();
        Assert.Single(_next.Messages);
        Assert.Single(_queue.Told, told => told.StartsWith("Report", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData((int)DsnNotify.Never)]
    [InlineData((int)DsnNotify.Failure)]
    public async Task Who_does_not_want_to_hear_of_delays_hears_of_none(int notify)
    {
        _next.Answer = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "450 4.2.0 Busy" : null;
        await _queue.StartAsync();
        var entry = await SendAsync(60, returns: false, notify: (DsnNotify)notify);
        await _queue.ToldAsync(1);
        _queue.Clock.Advance(TimeSpan.FromSeconds(60));
        await QueueFixture.UntilAsync(() => entry.Deadline is null, "a deadline that passed");
        Assert.Empty(_queue.Inbox("ann@here.example"));
        Assert.Equal(1, _queue.Queue.Count);
    }

    [Theory]
    [InlineData((int)DsnNotify.Unsaid, "NOTIFY=FAILURE,DELAY", true)]
    [InlineData((int)DsnNotify.Success, "NOTIFY=SUCCESS,DELAY", true)]
    [InlineData((int)(DsnNotify.Failure | DsnNotify.Delay), "NOTIFY=FAILURE,DELAY", true)]
    [InlineData((int)DsnNotify.Never, "NOTIFY=NEVER", false)]
    public async Task Where_deadlines_are_not_known_the_sender_hears_that_it_was_relayed_and_delays_are_asked_for_RFC2852_4_1_4_2(int notify, string parameter, bool isTold)
    {
        _next.Offers = ["DSN"];
        await _queue.StartAsync();
        await SendAsync(60, returns: false, notify: (DsnNotify)notify);
        await _queue.EmptyAsync();
        Assert.Contains($"RCPT TO:<bob@b.example> {parameter}", _next.Commands);
        Assert.Contains("MAIL FROM:<ann@here.example>", _next.Commands);
        Assert.Equal(isTold ? ["Sent 1 250 2.0.0 Ok: taken", "Report Relayed 1"] : ["Sent 1 250 2.0.0 Ok: taken"], _queue.Told);
        if (isTold)
            Assert.Contains("\r\nAction: relayed\r\nStatus: 2.0.0\r\nRemote-MTA: dns; 127.0.0.1\r\n", await ReportAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_late_already_is_relayed_without_a_word()
    {
        _next.Offers = ["DSN"];
        await _queue.StartAsync();
        await SendAsync(-60, returns: false);
        await _queue.EmptyAsync();
        Assert.Contains("RCPT TO:<bob@b.example>", _next.Commands);
        Assert.DoesNotContain(_queue.Told, told => told == "Report Relayed 1");
    }

    [Theory]
    [InlineData((int)DsnNotify.Unsaid, true)]
    [InlineData((int)DsnNotify.Failure, true)]
    [InlineData((int)DsnNotify.Never, false)]
    public async Task A_trace_tells_of_each_server_that_took_it_RFC2852_4_1_4(int notify, bool isTold)
    {
        await _queue.StartAsync();
        await SendAsync(60, returns: true, traces: true, notify: (DsnNotify)notify);
        await _queue.EmptyAsync();
        Assert.Contains("MAIL FROM:<ann@here.example> BY=60;RT", _next.Commands);
        Assert.Equal(isTold ? 1 : 0, _queue.Told.Count(told => told == "Report Relayed 1"));
        if (isTold)
            Assert.Contains("Your message was passed on to other servers, for:", await ReportAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_trace_a_server_that_knows_deadlines_leaves_nothing_to_tell()
    {
        await _queue.StartAsync();
        await SendAsync(60, returns: false);
        await _queue.EmptyAsync();
        Assert.Contains("RCPT TO:<bob@b.example>", _next.Commands);
        Assert.Equal(["Sent 1 250 2.0.0 Ok: taken"], _queue.Told);
    }

    [Fact]
    public async Task Over_LMTP_it_is_delivered_and_not_relayed()
    {
        Assert.True(RouteTarget.TryParse($"lmtp:[127.0.0.1]:{_next.Port}", out var lmtp, out _));
        _next.Offers = ["PIPELINING"];
        _next.Answer = line => line.StartsWith("LHLO", StringComparison.Ordinal) ? "250-next.example\r\n250 PIPELINING" : null;
        _queue.Routes["b.example"] = lmtp;
        await _queue.StartAsync();
        await SendAsync(60, returns: true, traces: true);
        await _queue.EmptyAsync();
        Assert.Equal(["Sent 1 250 2.0.0 Ok: taken"], _queue.Told);
    }

    [Fact]
    public async Task What_the_disk_does_not_take_at_the_deadline_is_written_later()
    {
        _next.Answer = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "450 4.2.0 Busy" : null;
        await _queue.StartAsync();
        await SendAsync(120, returns: true);
        await _queue.ToldAsync(1);
        var isFull = true;
        _queue.Disk.Before = (operation, _) =>
        {
            if (isFull && operation == "Append")
                throw new MailStoreException(StoreFault.Full, "No room.");
        };
        _queue.Clock.Advance(TimeSpan.FromSeconds(120));
        await QueueFixture.UntilAsync(() => !_queue.Faults.IsEmpty, "a full disk");
        isFull = false;
        _queue.Faults.Clear();
        _queue.Clock.Advance(TimeSpan.FromSeconds(61));
        await _queue.EmptyAsync();
        Assert.Single(_queue.Told, told => told.StartsWith("Failed 1 554 5.4.7", StringComparison.Ordinal));
        Assert.Single(_queue.Inbox("ann@here.example"));
    }

    [Fact]
    public async Task A_notice_that_the_disk_does_not_take_is_made_later()
    {
        _next.Answer = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "450 4.2.0 Busy" : null;
        await _queue.StartAsync();
        var entry = await SendAsync(120, returns: false);
        await _queue.ToldAsync(1);
        var isFull = true;
        _queue.Disk.Before = (_, path) =>
        {
            if (isFull && path.Contains("/mail/", StringComparison.Ordinal))
                throw new MailStoreException(StoreFault.Full, "No room.");
        };
        _queue.Clock.Advance(TimeSpan.FromSeconds(120));
        await QueueFixture.UntilAsync(() => !_queue.Faults.IsEmpty, "a full disk");
        isFull = false;
        _queue.Faults.Clear();
        var looks = 0;
        await QueueFixture.UntilAsync(() => _queue.Passes(ref looks) && _queue.Inbox("ann@here.example").Length == 1, "a notice");
        await QueueFixture.UntilAsync(() => entry is { IsWarned: true, Deadline: null }, "a name that says so");
        Assert.Single(_queue.Inbox("ann@here.example"));
    }

    [Fact]
    public async Task An_administrator_sees_it()
    {
        _queue.Routes["dead.example"] = QueueFixture.Nowhere;
        await _queue.StartAsync();
        await SendAsync(3600, returns: true, to: "dora@dead.example");
        await SendAsync(7200, returns: false, to: "dora@dead.example");
        var page = await new RunningQueue(_queue.Queue, (_, _) => throw new NotSupportedException()).GetMessagesAsync(QueueFilter.All, null, CancellationToken.None);
        Assert.Equal([(3600.0, "Return"), (7200.0, "Notify")], page.Items.OrderBy(message => message.DeliverBy).Select(message => ((message.DeliverBy!.Value - _queue.Clock.GetUtcNow()).TotalSeconds, message.DeliverByMode!)));
        await using var exported = await new RunningQueue(_queue.Queue, (_, _) => throw new NotSupportedException()).OpenMessageAsync(page.Items.MinBy(message => message.DeliverBy)!.Id, CancellationToken.None);
        Assert.Contains("\"deliverBy\": \"2120-01-01T13:00:00+00:00\",\n  \"deliverByMode\": \"Return\"", exported!.Envelope, StringComparison.Ordinal);
    }

    [Fact]
    public void Seconds_stay_within_what_the_grammar_has_room_for()
    {
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        Assert.Equal("999999999;R", new DeliverBy { Time = now.AddSeconds(999_999_999), Returns = true }.ValueAt(now));
        Assert.Equal("-999999999;NT", new DeliverBy { Time = now.AddSeconds(-999_999_999), Traces = true }.ValueAt(now.AddDays(1)));
        Assert.Equal("1;R", new DeliverBy { Time = now.AddSeconds(1), Returns = true }.ValueAt(now.AddMilliseconds(999)));
    }

    private async Task<string> ReportAsync()
    {
        await QueueFixture.UntilAsync(() => _queue.Inbox("ann@here.example").Length > 0, "a report");
        return await File.ReadAllTextAsync(Assert.Single(_queue.Inbox("ann@here.example")));
    }

    private Task<QueueEntry> SendAsync(int seconds, bool returns, bool traces = false, DsnNotify notify = DsnNotify.Unsaid, string to = "bob@b.example") =>
        _queue.SendAsync("Subject: x\r\n\r\n", EnvelopeOf(seconds, returns, traces, notify, to));

    private Envelope EnvelopeOf(int seconds, bool returns, bool traces, DsnNotify notify, params string[] recipients) => new()
    {
        Sender = "ann@here.example",
        Recipients = [.. recipients.Select(address => new EnvelopeRecipient { Address = address, NextHop = NextHops.Of(address), Notify = notify })],
        DeliverBy = new DeliverBy { Time = _queue.Clock.GetUtcNow().AddSeconds(seconds), Returns = returns, Traces = traces },
        Expires = _queue.Clock.GetUtcNow() + _queue.Options.Lifetime,
    };
}
