using System.Globalization;
using MailOps.Server.Hosting;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Administration;
using MailOps.Server.Queue.Routing;
using MailOps.Server.Smtp;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Queue;

/// <summary>FUTURERELEASE (RFC 4865): mail that leaves later.</summary>
public sealed class FutureReleaseTests : IAsyncDisposable
{
    private readonly NextServer _next = new();
    private readonly QueueFixture _queue = new();
    private TestServer? _server;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        if (_queue.Queue is not null)
            await _queue.DisposeAsync();
        await _next.DisposeAsync();
    }

    [Theory]
    [InlineData(MailProtocol.Submission, true, 3600, true)]
    [InlineData(MailProtocol.Submission, true, 0, false)]
    [InlineData(MailProtocol.Submission, false, 3600, false)]
    [InlineData(MailProtocol.Smtp, true, 3600, false)]
    public async Task It_is_offered_on_submission_alone_RFC4865_4_2(MailProtocol protocol, bool isOutbound, int most, bool isOffered)
    {
        var (client, offers) = await GreetAsync(protocol, isOutbound, most);
        await using var _ = client;
        Assert.Equal(isOffered, offers.Contains($"FUTURERELEASE {most} 2", StringComparison.Ordinal));
        Assert.Equal(isOffered, offers.Contains("FUTURERELEASE", StringComparison.Ordinal));
        if (protocol is MailProtocol.Submission)
            await client.AskAsync(Plain);
        if (!isOffered)
            Assert.StartsWith("555 5.5.4 Parameter HOLDFOR belongs to an extension that is not offered here", await client.AskAsync("MAIL FROM:<ann@example.com> HOLDFOR=1"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HOLDFOR=1", "250 2.1.0 ")]
    [InlineData("holdfor=3600", "250 2.1.0 ")]
    [InlineData("HOLDUNTIL=2001-01-01T00:00:00Z", "250 2.1.0 ")]
    [InlineData("HOLDUNTIL=2001-01-01T00:00:00.5Z", "250 2.1.0 ")]
    [InlineData("HOLDFOR=3601", "501 5.5.4 A message is held for 3600 seconds at the most")]
    [InlineData("HOLDUNTIL=2999-01-01T00:00:00Z", "501 5.5.4 A message is held for 3600 seconds at the most")]
    [InlineData("HOLDFOR=0", "501 5.5.4 Bad value of parameter HOLDFOR")]
    [InlineData("HOLDFOR=-1", "501 5.5.4 ")]
    [InlineData("HOLDFOR=1234567890", "501 5.5.4 ")]
    [InlineData("HOLDFOR", "501 5.5.4 ")]
    [InlineData("HOLDUNTIL=tomorrow", "501 5.5.4 Bad value of parameter HOLDUNTIL")]
    [InlineData("HOLDUNTIL=2026-11-29T25:00:00Z", "501 5.5.4 ")]
    [InlineData("HOLDUNTIL=2026-11-29T01:00:00+01:00", "501 5.5.4 ")]
    [InlineData("HOLDFOR=1 HOLDUNTIL=2001-01-01T00:00:00Z", "501 5.5.4 Parameter HOLDUNTIL is given twice")]
    [InlineData("HOLDFOR=1 HOLDFOR=1", "501 5.5.4 Parameter HOLDFOR is given twice")]
    public async Task It_is_asked_for_once_and_within_the_limit(string parameter, string reply)
    {
        var (client, _) = await GreetAsync(MailProtocol.Submission, true, 3600);
        await using var _ = client;
        await client.AskAsync(Plain);
        Assert.StartsWith(reply, await client.AskAsync($"MAIL FROM:<ann@example.com> {parameter}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_held_message_is_durable_at_once_and_not_for_mailboxes_here()
    {
        var (client, _) = await GreetAsync(MailProtocol.Submission, true, 3600);
        await using var _ = client;
        await client.AskAsync(Plain);
        await client.AskAsync("MAIL FROM:<ann@example.com> HOLDFOR=3000");
        Assert.StartsWith("550 5.3.3 <ann@example.com>: has a mailbox here", await client.AskAsync("RCPT TO:<ann@example.com>"), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await client.AskAsync("RCPT TO:<bob@b.example>"), StringComparison.Ordinal);
        await client.AskAsync("DATA");
        var before = DateTimeOffset.UtcNow;
        Assert.StartsWith("250 2.0.0 ", await client.AskAsync("From: ann@example.com\r\n\r\nbody\r\n."), StringComparison.Ordinal);
        var message = Assert.Single((await _server!.Server.Queue!.GetMessagesAsync(QueueFilter.All, null, CancellationToken.None)).Items);
        Assert.InRange(message.NextRetryTime, before + TimeSpan.FromSeconds(3000), DateTimeOffset.UtcNow + TimeSpan.FromSeconds(3001));
        Assert.Equal(TimeSpan.FromDays(5), message.ExpirationTime - message.NextRetryTime);
        Assert.Equal(0, _next.Connections);
    }

    [Fact]
    public async Task It_leaves_at_its_time_and_neither_a_start_nor_ETRN_nor_a_resume_nor_a_move_is_earlier()
    {
        _queue.Routes["b.example"] = _next.Target;
        await _queue.StartAsync();
        var entry = await SendAsync(TimeSpan.FromHours(6));
        await _queue.StopAsync();
        await _queue.StartAsync();
        Assert.EndsWith(",F", Assert.Single(_queue.Files()), StringComparison.Ordinal);
        Assert.Equal(0, _queue.Queue.TryNow("b.example"));
        await _queue.Queue.SuspendAsync(entry.Id, true);
        await _queue.Queue.SuspendAsync(entry.Id, false);
        await using var other = new NextServer();
        Assert.Equal(QueueChange.Done, await _queue.Queue.MoveAsync(entry.Id, other.Target));
        _queue.Clock.Advance(TimeSpan.FromHours(6) - TimeSpan.FromSeconds(2));
        Assert.Equal((0, 0), (_next.Connections, other.Connections));
        Assert.Empty(_queue.Told);

        _queue.Clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(["Sent 1 250 2.0.0 Ok: taken"], await _queue.ToldAsync(1));
        Assert.Single(other.Messages);
    }

    [Fact]
    public async Task While_its_destination_is_dead_it_is_held_all_the_same_and_the_warning_counts_from_its_release()
    {
        _next.Answer = line => line == "connect" ? "421 4.3.2 Away" : null;
        _queue.Routes["b.example"] = _next.Target;
        await _queue.StartAsync();
        await _queue.SendAsync("Subject: now\r\n\r\n", "nobody@here.example", "bob@b.example");
        await QueueFixture.UntilAsync(() => _queue.Queue.States() is [{ LastError: not null }], "a back-off");
        // Not by the id: other tests have later clocks, and ids never go back.
        var release = _queue.Clock.GetUtcNow().AddHours(20);
        var held = await SendAsync(TimeSpan.FromHours(20));
        for (var hour = 0; hour < 10; hour++)
            _queue.Clock.Advance(TimeSpan.FromHours(1));
        Assert.False(held.IsWarned);
        Assert.Equal(release, held.Due);
    }

    [Fact]
    public async Task A_report_says_what_was_asked_for_RFC4865_5_1_2()
    {
        _next.Answer = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "550 5.1.1 Nobody" : null;
        _queue.Routes["b.example"] = _next.Target;
        await _queue.StartAsync();
        await SendAsync(TimeSpan.FromSeconds(60));
        _queue.Clock.Advance(TimeSpan.FromSeconds(61));
        await _queue.ToldAsync(2);
        Assert.Contains("\r\nFuture-Release-Request: for;60\r\n", await File.ReadAllTextAsync(Assert.Single(_queue.Inbox("ann@here.example"))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_account_may_have_a_number_of_messages_held_RFC4865_6()
    {
        var (client, _) = await GreetAsync(MailProtocol.Submission, true, 3600, mostMessages: 2);
        await using var _ = client;
        await client.AskAsync(Plain);
        var first = await SubmitAsync("HOLDFOR=3000");
        await SubmitAsync("HOLDFOR=3000");
        const string Full = "552 5.3.1 ann@example.com has 2 messages or more that wait for their release, and that is the most; send it when some have left";
        Assert.Equal(Full, await client.AskAsync("MAIL FROM:<ann@example.com> HOLDFOR=3000"));

        // What is not held is not counted, and neither is what is moved twice.
        await SubmitAsync("SIZE=100");
        await using var elsewhere = new NextServer();
        Assert.Equal(QueueChange.Done, await _server!.Server.Queue!.ChangeAsync(new QueueOrder(QueueAction.Move, first) { Route = elsewhere.Target.Text }, CancellationToken.None));
        Assert.Equal(Full, await client.AskAsync("MAIL FROM:<ann@example.com> HOLDFOR=3000"));
        Assert.Equal(QueueChange.Done, await _server.Server.Queue!.ChangeAsync(new QueueOrder(QueueAction.Remove, first), CancellationToken.None));
        await SubmitAsync("HOLDFOR=3000");

        // A configuration that is read again counts what is there.
        Assert.Equal(Full, await client.AskAsync("MAIL FROM:<ann@example.com> HOLDFOR=3000"));
        await _server.Server.UpdateAsync(_server.Server.Options with { Outbound = _server.Server.Options.Outbound with { MaxHeldMessages = 3 } });
        await SubmitAsync("HOLDFOR=3000");
        await QueueFixture.UntilAsync(async () => await client.AskAsync("MAIL FROM:<ann@example.com> HOLDFOR=3000") is ['5', '5', '2', ..] || (await client.AskAsync("RSET"))!.Length == 0, "the number of those that were there");

        async Task<string> SubmitAsync(string parameter)
        {
            Assert.StartsWith("250", await client.AskAsync($"MAIL FROM:<ann@example.com> {parameter}"), StringComparison.Ordinal);
            await client.AskAsync("RCPT TO:<bob@b.example>");
            await client.AskAsync("DATA");
            var reply = (await client.AskAsync("From: ann@example.com\r\n\r\nbody\r\n."))!;
            Assert.StartsWith("250 2.0.0 Ok: queued as ", reply, StringComparison.Ordinal);
            return reply["250 2.0.0 Ok: queued as ".Length..];
        }
    }

    [Fact]
    public async Task Of_messages_that_come_at_once_only_as_many_are_held_as_may_be()
    {
        const string Full = "552 5.3.1 ann@example.com has 2 messages or more that wait for their release, and that is the most; send it when some have left";
        var (first, _) = await GreetAsync(MailProtocol.Submission, true, 3600, mostMessages: 2);
        List<LineClient> clients = [first];
        while (clients.Count < 6)
        {
            clients.Add(await _server!.ConnectAsync(MailProtocol.Submission));
            await clients[^1].ReadReplyAsync();
            await clients[^1].AskAsync("EHLO a");
        }

        foreach (var client in clients)
        {
            await client.AskAsync(Plain);
            Assert.StartsWith("250", await client.AskAsync("MAIL FROM:<ann@example.com> HOLDFOR=3000"), StringComparison.Ordinal);
            await client.AskAsync("RCPT TO:<bob@b.example>");
        }

        // Whoever gives up has taken no place.
        await clients[0].AskAsync("RSET");
        await clients[1].DisposeAsync();
        var replies = await Task.WhenAll(clients.Skip(2).Select(async client =>
        {
            await client.AskAsync("DATA");
            return await client.AskAsync("From: ann@example.com\r\n\r\nbody\r\n.");
        }));
        Assert.Equal(2, replies.Count(reply => reply == Full));
        Assert.Equal(2, replies.Count(reply => reply!.StartsWith("250 2.0.0 Ok: queued as ", StringComparison.Ordinal)));
        Assert.Equal(2, (await _server!.Server.Queue!.GetMessagesAsync(QueueFilter.All, null, CancellationToken.None)).Items.Count);
        foreach (var client in clients)
            await client.DisposeAsync();
    }

    [Fact]
    public async Task A_held_message_that_cannot_be_kept_takes_no_place()
    {
        var (client, _) = await GreetAsync(MailProtocol.Submission, true, 3600, mostMessages: 1);
        await using var _ = client;
        await client.AskAsync(Plain);
        var spool = Path.Combine(_server!.Server.Options.StorePath, "queue");
        Directory.Move(spool, spool + ".away");
        Assert.StartsWith("451", await SubmitAsync(), StringComparison.Ordinal);
        Directory.Move(spool + ".away", spool);
        Assert.StartsWith("250", await SubmitAsync(), StringComparison.Ordinal);
        Assert.StartsWith("552", await client.AskAsync("MAIL FROM:<ann@example.com> HOLDFOR=3000"), StringComparison.Ordinal);

        async Task<string?> SubmitAsync()
        {
            await client.AskAsync("MAIL FROM:<ann@example.com> HOLDFOR=3000");
            await client.AskAsync("RCPT TO:<bob@b.example>");
            await client.AskAsync("DATA");
            return await client.AskAsync("From: ann@example.com\r\n\r\nbody\r\n.");
        }
    }

    [Fact]
    public async Task An_administrator_sees_that_it_waits_for_its_time_and_for_which()
    {
        _queue.Routes["b.example"] = _next.Target;
        await _queue.StartAsync();
        var entry = await SendAsync(TimeSpan.FromHours(6));
        var release = _queue.Clock.GetUtcNow().AddHours(6);
        Assert.Equal(("Scheduled", release), await StatusAsync());
        Assert.Equal(("Scheduled", 1, 0), OfQueue());
        await _queue.Queue.SuspendAsync(entry.Id, true);
        Assert.Equal(("Suspended", release), await StatusAsync());
        Assert.Equal(("Suspended", 0, 1), OfQueue());
        await _queue.Queue.SuspendAsync(entry.Id, false);

        // After a start as well, before its file was read.
        await _queue.StopAsync();
        _next.Answer = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "450 4.2.0 Busy" : null;
        await _queue.StartAsync();
        Assert.Equal(("Scheduled", 1, 0), OfQueue());
        _queue.Clock.Advance(TimeSpan.FromHours(6));
        await _queue.ToldAsync(1);
        await QueueFixture.UntilAsync(async () => (await StatusAsync()).Status == "Retry", "a message that was tried");
        Assert.Equal(0, OfQueue().Scheduled);

        async Task<(string Status, DateTimeOffset? Release)> StatusAsync()
        {
            var page = await new RunningQueue(_queue.Queue, (_, _) => throw new NotSupportedException()).GetMessagesAsync(QueueFilter.All, null, CancellationToken.None);
            return (page.Items[0].Status, page.Items[0].ReleaseTime);
        }

        (string Status, int Scheduled, int Suspended) OfQueue()
        {
            var info = MailQueueInfo.Of(Assert.Single(_queue.Queue.States()), _queue.Clock.GetUtcNow());
            return (info.Status, info.ScheduledCount, info.SuspendedCount);
        }
    }

    [Fact]
    public void No_release_is_before_the_second_that_was_asked_for()
    {
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, 1, TimeSpan.Zero);
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 0, 0, 11, TimeSpan.Zero), Hold.Parse("HOLDFOR", "10")!.ReleaseOf(now));
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 0, 0, 10, TimeSpan.Zero), Hold.Parse("HOLDUNTIL", "2026-01-01T00:00:10Z")!.ReleaseOf(now));
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 0, 0, 11, TimeSpan.Zero), Hold.Parse("HOLDUNTIL", "2026-01-01T00:00:10.25Z")!.ReleaseOf(now));
    }

    private static string Plain => $"AUTH PLAIN {Convert.ToBase64String("\0ann@example.com\0secret"u8)}";

    private Task<QueueEntry> SendAsync(TimeSpan time) => _queue.SendAsync("Subject: x\r\n\r\n", new Envelope
    {
        Sender = "ann@here.example",
        Recipients = [new EnvelopeRecipient { Address = "bob@b.example", NextHop = NextHops.Of("bob@b.example") }],
        HeldUntil = _queue.Clock.GetUtcNow() + time,
        HoldRequest = string.Create(CultureInfo.InvariantCulture, $"for;{(int)time.TotalSeconds}"),
        Expires = _queue.Clock.GetUtcNow() + time + _queue.Options.Lifetime,
    });

    private async Task<(LineClient Client, string Offers)> GreetAsync(MailProtocol protocol, bool isOutbound, int most, int mostMessages = 1000)
    {
        _server = await TestServer.StartAsync(options =>
        {
            Directory.CreateDirectory(options.StorePath);
            File.WriteAllText(Path.Combine(options.StorePath, "users"), "ann@example.com:{PLAIN}secret\n");
            return options with
            {
                Capture = false,
                Outbound = new OutboundOptions { Enabled = isOutbound, SmartHost = _next.Target, MaxFutureRelease = TimeSpan.FromSeconds(most), MaxHeldMessages = mostMessages },
                Authentication = options.Authentication with { AllowPlaintextLogin = true },
            };
        });
        var client = await _server.ConnectAsync(protocol);
        await client.ReadReplyAsync();
        return (client, (await client.AskAsync("EHLO a"))!);
    }
}
