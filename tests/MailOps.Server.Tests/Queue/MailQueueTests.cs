using System.Globalization;
using MailOps.Maildir;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Routing;
using MailOps.Server.Queue.Spooling;
using MailOps.Smtp;
using MimeKit;
using Xunit;

namespace MailOps.Server.Tests.Queue;

public sealed class MailQueueTests : IAsyncDisposable
{
    private const string Text = "Subject: hello\r\n\r\n.dotted\r\nbody\r\n";

    private readonly QueueFixture _queue = new();
    private readonly NextServer _b = new();
    private readonly NextServer _c = new();

    public MailQueueTests()
    {
        _queue.Routes["b.example"] = _b.Target;
        _queue.Routes["c.example"] = _c.Target;
        _queue.Routes["far.example"] = _c.Target;
        _queue.Routes["dead.example"] = QueueFixture.Nowhere;
    }

    [Fact]
    public async Task A_sender_s_route_holds_through_a_restart()
    {
        _b.Answer = line => line == "connect" ? "421 4.3.2 Not now" : null;
        await _queue.StartAsync();
        await _queue.SendAsync("Subject: hello\r\n\r\nbody\r\n", new Envelope
        {
            Sender = "a@here.example",
            Recipients = [new EnvelopeRecipient { Address = "c@c.example", NextHop = "c.example", Route = _b.Target.Text }],
            Expires = _queue.Clock.GetUtcNow() + _queue.Options.Lifetime,
        });
        await QueueFixture.UntilAsync(() => _b.Connections > 0, "a try");
        await _queue.StopAsync();
        _b.Answer = _ => null;
        await _queue.StartAsync();
        await _queue.EmptyAsync();
        Assert.Single(_b.Messages);
        Assert.Empty(_c.Messages);
    }

    [Fact]
    public async Task A_message_is_handed_to_the_next_server_and_leaves_the_queue()
    {
        await _queue.StartAsync();
        await _queue.SendAsync(Text, "ann@here.example", "bob@b.example", "bill@b.example");
        Assert.Equal(["Sent 1,2 250 2.0.0 Ok: taken"], await _queue.ToldAsync(1));
        await _queue.EmptyAsync();
        Assert.Equal("Subject: hello\r\n\r\n..dotted\r\nbody\r\n", Assert.Single(_b.Messages));
        Assert.Equal(["EHLO mx.here.example", $"MAIL FROM:<ann@here.example> SIZE={Text.Length}", "RCPT TO:<bob@b.example>", "RCPT TO:<bill@b.example>", "DATA"], _b.Commands.Take(5));
        Assert.Empty(_queue.Inbox("ann@here.example"));
    }

    [Fact]
    public async Task A_message_for_two_domains_goes_to_both_and_waits_for_the_one_that_is_dead()
    {
        await _queue.StartAsync();
        await _queue.SendAsync(Text, "ann@here.example", "bob@b.example", "dora@dead.example");
        await QueueFixture.UntilAsync(() => _queue.Files() is [var file] && file.Contains(",N=dead.example", StringComparison.Ordinal), "the file of what is left");
        Assert.Single(_b.Messages);
        Assert.Equal(["Sent 1 250 2.0.0 Ok: taken"], await _queue.ToldAsync(1));
        Assert.Equal(1, _queue.Queue.Count);
    }

    [Fact]
    public async Task Who_is_refused_for_now_is_tried_again_later_and_the_others_are_not()
    {
        _b.Answer = line => line.Contains("busy@", StringComparison.Ordinal) ? "450 4.2.1 Busy" : null;
        await _queue.StartAsync();
        await _queue.SendAsync(Text, "ann@here.example", "bob@b.example", "busy@b.example");
        Assert.Equal(["Deferred 2 450 4.2.1 Busy", "Sent 1 250 2.0.0 Ok: taken"], (await _queue.ToldAsync(2)).Order(StringComparer.Ordinal));

        _b.Answer = _ => null;
        _queue.Clock.Advance(TimeSpan.FromMinutes(4));
        await Task.Delay(100);
        Assert.Single(_b.Messages);
        _queue.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("Sent 2 250 2.0.0 Ok: taken", (await _queue.ToldAsync(3))[2]);
        await _queue.EmptyAsync();
        Assert.Equal(1, _b.Commands.Count(line => line == "RCPT TO:<bob@b.example>"));
        Assert.Equal(2, _b.Messages.Count);
    }

    [Fact]
    public async Task What_is_refused_for_good_comes_back_to_a_sender_who_has_a_mailbox_here_RFC3464()
    {
        _b.Answer = line => line.Contains("gone@", StringComparison.Ordinal) ? "550-5.1.1 No such user,\r\n550 5.1.1 look at http://b.example/" : null;
        await _queue.StartAsync();
        await _queue.SendAsync(Text, new Envelope
        {
            Sender = "ann@here.example",
            Recipients =
            [
                new EnvelopeRecipient { Address = "gone@b.example", NextHop = "b.example", Original = "rfc822;old@b.example" },
                new EnvelopeRecipient { Address = "bob@b.example", NextHop = "b.example" },
            ],
            Expires = _queue.Clock.GetUtcNow().AddDays(5),
            EnvelopeId = "QQ1",
        });
        await _queue.EmptyAsync();
        Assert.Contains("Report Failed 1", _queue.Told);
        Assert.Single(_b.Messages);

        var message = await MimeMessage.LoadAsync(Assert.Single(_queue.Inbox("ann@here.example")));
        Assert.Equal("Undelivered Mail Returned to Sender", message.Subject);
        var report = Assert.IsType<MultipartReport>(message.Body);
        var groups = Assert.IsType<MessageDeliveryStatus>(report[1]).StatusGroups;
        Assert.Equal("QQ1", groups[0]["Original-Envelope-Id"]);
        Assert.Equal(("failed", "5.1.1", "rfc822;gone@b.example", "rfc822;old@b.example"), (groups[1]["Action"], groups[1]["Status"], groups[1]["Final-Recipient"], groups[1]["Original-Recipient"]));
        Assert.Equal("smtp; 550 5.1.1 No such user, look at http://b.example/", groups[1]["Diagnostic-Code"]);
        Assert.Equal("hello", Assert.IsType<MessagePart>(report[2]).Message!.Subject);
        Assert.Contains(".dotted", await File.ReadAllTextAsync(_queue.Inbox("ann@here.example")[0]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sender_elsewhere_gets_the_report_through_the_queue_from_nobody_and_a_report_that_cannot_be_delivered_ends_there()
    {
        _b.Answer = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "550 5.1.1 No such user" : null;
        await _queue.StartAsync();
        await _queue.SendAsync(Text, "far@far.example", "gone@b.example");
        await _queue.EmptyAsync();
        Assert.Contains("MAIL FROM:<>", Assert.Single(_c.Commands, line => line.StartsWith("MAIL", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("RCPT TO:<far@far.example>", _c.Commands);
        Assert.Contains("Undelivered Mail", Assert.Single(_c.Messages), StringComparison.Ordinal);

        _c.Answer = _b.Answer;
        await _queue.SendAsync(Text, "far@far.example", "gone@b.example");
        await _queue.EmptyAsync();
        Assert.Single(_c.Messages);
        Assert.Equal(2, _queue.Told.Count(told => told == "Report Failed 1"));
    }

    [Theory]
    [InlineData(nameof(DsnNotify.Never))]
    [InlineData(nameof(DsnNotify.Success))]
    [InlineData(nameof(DsnNotify.Delay))]
    public async Task Who_does_not_want_to_hear_of_failures_does_not(string notify)
    {
        _b.Answer = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "550 5.1.1 No such user" : null;
        await _queue.StartAsync();
        await _queue.SendAsync(Text, new Envelope
        {
            Sender = "ann@here.example",
            Recipients = [new EnvelopeRecipient { Address = "gone@b.example", NextHop = "b.example", Notify = Enum.Parse<DsnNotify>(notify) }],
            Expires = _queue.Clock.GetUtcNow().AddDays(5),
        });
        await _queue.EmptyAsync();
        Assert.Empty(_queue.Inbox("ann@here.example"));
    }

    [Fact]
    public async Task Who_wants_to_hear_of_success_hears_from_us_where_the_next_server_says_nothing()
    {
        var envelope = new Envelope
        {
            Sender = "ann@here.example",
            Recipients = [new EnvelopeRecipient { Address = "bob@b.example", NextHop = "b.example", Notify = DsnNotify.Success | DsnNotify.Failure, Original = "rfc822;bob+2B@old.example" }],
            Expires = _queue.Clock.GetUtcNow().AddDays(5),
            Return = DsnReturn.Headers,
            EnvelopeId = "a b+",
        };
        await _queue.StartAsync();
        await _queue.SendAsync(Text, envelope);
        await _queue.EmptyAsync();
        var report = Assert.IsType<MultipartReport>((await MimeMessage.LoadAsync(Assert.Single(_queue.Inbox("ann@here.example")))).Body);
        Assert.Equal("relayed", Assert.IsType<MessageDeliveryStatus>(report[1]).StatusGroups[1]["Action"]);

        // Another connection offers DSN, and is told what the sender wants.
        _b.Offers = ["PIPELINING", "DSN"];
        _b.Answer = line => line == "QUIT" ? null : line.StartsWith("MAIL", StringComparison.Ordinal) && !_b.Commands.Contains("again") ? "421 4.3.2 Come again" : null;
        await _queue.SendAsync(Text, envelope);
        await _queue.ToldAsync(3);
        _b.Commands.Enqueue("again");
        _queue.Clock.Advance(TimeSpan.FromMinutes(10));
        await _queue.EmptyAsync();
        Assert.Contains("MAIL FROM:<ann@here.example> RET=HDRS ENVID=a+20b+2B", _b.Commands);
        Assert.Contains("RCPT TO:<bob@b.example> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;bob+2B2B@old.example", _b.Commands);
        Assert.Single(_queue.Inbox("ann@here.example"));
    }

    [Fact]
    public async Task What_waits_too_long_is_told_once_and_comes_back_when_it_expires_whoever_is_dead()
    {
        await _queue.StartAsync();
        await _queue.SendAsync(Text, "ann@here.example", "dora@dead.example");
        await PassAsync(TimeSpan.FromHours(3), TimeSpan.FromMinutes(10));
        Assert.Empty(_queue.Inbox("ann@here.example"));
        await PassAsync(TimeSpan.FromHours(2), TimeSpan.FromMinutes(10));
        var looks = 0;
        await QueueFixture.UntilAsync(() => _queue.Passes(ref looks) && _queue.Inbox("ann@here.example").Length == 1, "a warning");
        await QueueFixture.UntilAsync(() => _queue.Files() is [var file] && file.EndsWith(",W", StringComparison.Ordinal), "the mark of it");

        await PassAsync(TimeSpan.FromDays(5), TimeSpan.FromHours(1));
        await _queue.EmptyAsync();
        var reports = _queue.Inbox("ann@here.example").Select(file => MimeMessage.Load(file)).ToDictionary(message => message.Subject!);
        Assert.Equal(["Delayed Mail (still being tried)", "Undelivered Mail Returned to Sender"], reports.Keys.Order(StringComparer.Ordinal));
        var delayed = StatusOf(reports["Delayed Mail (still being tried)"]);
        Assert.Equal("delayed", delayed["Action"]);
        // A connection that was still being tried when the clock was moved has run out of time.
        Assert.Contains(delayed["Status"], new[] { "4.4.1", "4.4.2" });
        Assert.Equal("Sat, 6 Jan 2120 12:00:00 +0000", delayed["Will-Retry-Until"]);
        var failed = StatusOf(reports["Undelivered Mail Returned to Sender"]);
        Assert.Equal(("failed", "5.4.7"), (failed["Action"], failed["Status"]));

        static HeaderList StatusOf(MimeMessage message) => ((MessageDeliveryStatus)((MultipartReport)message.Body!)[1]).StatusGroups[1];
    }

    [Fact]
    public async Task After_a_restart_all_goes_on()
    {
        await _queue.StartAsync();
        await _queue.SendAsync(Text, "ann@here.example", "dora@dead.example");
        await _queue.SendAsync(Text, "ann@here.example", "dora@dead.example", "bob@b.example");
        await _queue.ToldAsync(1);
        await _queue.StopAsync();

        _queue.Routes["dead.example"] = _c.Target;
        await _queue.StartAsync();
        await _queue.EmptyAsync();
        Assert.Equal(2, _c.Messages.Count);
        Assert.Single(_b.Messages);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_report_that_a_crash_came_in_between_is_sent_once(bool wasMade)
    {
        await _queue.OpenAsync();
        var envelope = new Envelope
        {
            Sender = "far@far.example",
            Recipients = [new EnvelopeRecipient { Address = "gone@b.example", NextHop = "b.example" }],
            Expires = _queue.Clock.GetUtcNow().AddDays(5),
        };
        var entry = await _queue.SpoolAsync(Text, envelope);
        var report = wasMade ? await _queue.SpoolAsync("Subject: the report\r\n\r\n", envelope with { Sender = "", Recipients = [new EnvelopeRecipient { Address = "far@far.example", NextHop = "far.example" }] }) : null;
        await _queue.Spool.ChangeAsync(
            entry,
            [
                new SpoolRecord { Time = _queue.Clock.GetUtcNow(), Event = SpoolEvent.Failed, Recipients = [1], Reply = "550 5.1.1 No such user" },
                new SpoolRecord { Time = _queue.Clock.GetUtcNow(), Event = SpoolEvent.Reporting, Recipients = [1], Report = (report?.Id ?? QueueId.Next(_queue.Clock)).ToString() },
            ],
            entry.Name with { IsReporting = true });
        await _queue.StopAsync();

        await _queue.StartAsync();
        await _queue.EmptyAsync();
        Assert.Contains(wasMade ? "the report" : "Undelivered", Assert.Single(_c.Messages), StringComparison.Ordinal);
        Assert.Empty(_b.Commands);
    }

    [Fact]
    public async Task Two_reports_about_one_message_are_two_messages()
    {
        var isBusy = true;
        _b.Answer = line => !line.StartsWith("RCPT", StringComparison.Ordinal) ? null : line.Contains("carl", StringComparison.Ordinal) && isBusy ? "450 4.2.0 Busy" : "550 5.1.1 No such user";
        await _queue.StartAsync();
        await _queue.SendAsync(Text, "ann@here.example", "bob@b.example", "carl@b.example");
        await QueueFixture.UntilAsync(() => _queue.Inbox("ann@here.example").Length == 1, "the first report");
        isBusy = false;
        await _queue.EmptyAsync();
        var ids = _queue.Inbox("ann@here.example").Select(file => MimeMessage.Load(file, CancellationToken.None).MessageId).ToList();
        Assert.Equal((2, 2), (ids.Count, ids.Distinct(StringComparer.Ordinal).Count()));
    }

    [Fact]
    public async Task Many_messages_share_connections()
    {
        await _queue.StartAsync();
        for (var i = 0; i < 200; i++)
            await _queue.SendAsync(Text + i.ToString(CultureInfo.InvariantCulture) + "\r\n", "ann@here.example", "bob@b.example");
        await _queue.EmptyAsync();
        Assert.Equal(200, _b.Messages.Distinct(StringComparer.Ordinal).Count());
        Assert.InRange(_b.Connections, 1, 20);
    }

    [Theory]
    [InlineData("Unlink", "Sent 1 250 2.0.0 Ok: taken", 0)]
    [InlineData("Append", "Failed 1 550 5.1.1 No such user", 1)]
    [InlineData("Unlink", "Failed 1 550 5.1.1 No such user", 1)]
    public async Task What_the_next_server_said_is_not_forgotten_while_the_disk_takes_nothing(string operation, string told, int reports)
    {
        _b.Answer = line => told[0] == 'F' && line.StartsWith("RCPT", StringComparison.Ordinal) ? "550 5.1.1 No such user" : null;
        await _queue.StartAsync();
        var isFull = true;
        _queue.Disk.Before = (what, path) =>
        {
            if (Volatile.Read(ref isFull) && what == operation && path.Contains(",N=b.example", StringComparison.Ordinal))
                throw new MailStoreException(StoreFault.Full, "The disk is full.");
        };
        await _queue.SendAsync(Text, "ann@here.example", "bob@b.example");
        for (var failures = 1; failures <= 3; failures++)
        {
            await QueueFixture.UntilAsync(() => _queue.Faults.Count >= failures, "a failure");
            _queue.Clock.Advance(TimeSpan.FromMinutes(6));
        }

        Volatile.Write(ref isFull, false);
        await _queue.EmptyAsync();
        Assert.Equal(1, _b.Commands.Count(line => line.StartsWith("RCPT", StringComparison.Ordinal)));
        Assert.Equal(told, _queue.Told.First());
        Assert.Equal(reports, _queue.Inbox("ann@here.example").Length);
    }

    [Fact]
    public async Task A_queue_that_is_closed_ends_although_much_waits()
    {
        await _queue.StartAsync();
        for (var i = 0; i < 300; i++)
            await _queue.SendAsync(Text, "ann@here.example", "bob@b.example");
        await QueueFixture.UntilAsync(() => !_b.Messages.IsEmpty, "the first");
        await _queue.StopAsync().WaitAsync(TimeSpan.FromMinutes(1));
        await _queue.StartAsync();
        await _queue.EmptyAsync();
        Assert.Equal(300, _b.Messages.Count);
    }

    [Fact]
    public async Task A_dead_destination_is_noticed_once_for_all_its_messages_and_delays_nobody()
    {
        var deadly = new NextServer { Answer = line => line == "connect" ? "421 4.3.2 Not today" : null };
        await using var _ = deadly;
        _queue.Routes["deadly.example"] = deadly.Target;
        await _queue.StartAsync();
        for (var i = 0; i < 50; i++)
            await _queue.SendAsync(Text, "ann@here.example", "dora@deadly.example");
        await _queue.SendAsync(Text, "ann@here.example", "bob@b.example");
        await _queue.ToldAsync(1);
        Assert.Single(_b.Messages);
        Assert.InRange(deadly.Connections, 1, 2);

        deadly.Answer = _ => null;
        _queue.Clock.Advance(TimeSpan.FromSeconds(70));
        await _queue.EmptyAsync();
        Assert.Equal(50, deadly.Messages.Count);
    }

    [Fact]
    public async Task A_file_that_is_not_whole_is_set_aside()
    {
        await _queue.OpenAsync();
        var entry = await _queue.SpoolAsync(Text, new Envelope { Sender = "", Recipients = [new EnvelopeRecipient { Address = "bob@b.example", NextHop = "b.example" }], Expires = DateTimeOffset.MaxValue });
        await File.WriteAllTextAsync(Path.Join(_queue.SpoolPath, entry.Name.Shard, entry.Name.ToString()), Text);
        await _queue.Queue.StartAsync();
        Assert.Equal($"SetAside {entry.Name}", (await _queue.ToldAsync(1))[0]);
        await _queue.EmptyAsync();
        Assert.DoesNotContain(_b.Commands, line => line.StartsWith("MAIL", StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        await _queue.DisposeAsync();
        await _b.DisposeAsync();
        await _c.DisposeAsync();
    }

    // Beat by beat, as a clock goes; what a beat starts may take its time.
    private async Task PassAsync(TimeSpan time, TimeSpan step)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += step)
        {
            _queue.Clock.Advance(step);
            await Task.Delay(5);
        }
    }
}
