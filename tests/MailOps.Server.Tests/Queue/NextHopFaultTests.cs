using MailOps.Server.Queue;
using MailOps.Server.Queue.Routing;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Queue;

/// <summary>Next servers that refuse, hang, leave or lie at each step: what is tried again, what comes back, and what it says.</summary>
public sealed class NextHopFaultTests : IAsyncDisposable
{
    private const string Text = "Subject: hello\r\n\r\nbody\r\n";

    private readonly QueueFixture _queue = new();
    private readonly NextServer _next = new();

    public NextHopFaultTests() => _queue.Routes["b.example"] = _next.Target;

    public static TheoryData<string, string, string> Refusals => new()
    {
        { "MAIL", "451 4.7.1 Later", "Deferred 1 451 4.7.1 Later" },
        { "MAIL", "550 5.7.1 Not you", "Failed 1 550 5.7.1 Not you" },
        { "MAIL", "421 4.3.2 Closing", "Deferred 1 421 4.3.2 Closing" },
        { "RCPT", "450 4.2.1 Greylisted", "Deferred 1 450 4.2.1 Greylisted" },
        { "RCPT", "550 5.1.1 Unknown", "Failed 1 550 5.1.1 Unknown" },
        { "RCPT", "421 4.3.2 Closing", "Deferred 1 421 4.3.2 Closing" },
        { "DATA", "451 4.3.0 Disk", "Deferred 1 451 4.3.0 Disk" },
        { "DATA", "554 5.7.1 No", "Failed 1 554 5.7.1 No" },
        { "DATA", "421 4.3.2 Closing", "Deferred 1 421 4.3.2 Closing" },
        { ".", "452 4.3.1 Full", "Deferred 1 452 4.3.1 Full" },
        { ".", "554 5.6.0 Content", "Failed 1 554 5.6.0 Content" },
        { ".", "421 4.3.2 Closing", "Deferred 1 421 4.3.2 Closing" },
        // What makes no sense is no reason to give up.
        { ".", "354 Go on", "Deferred 1 451 4.5.0 The server answered what it cannot mean here: 354 Go on" },
        { "DATA", "250 2.0.0 Ok", "Deferred 1 451 4.5.0 The server answered what it cannot mean here: 250 2.0.0 Ok" },
        // Lies about SIZE.
        { "MAIL", "552 5.3.4 Too large", "Failed 1 552 5.3.4 Too large" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_refusal_at_a_step_is_taken_at_its_word(string step, string reply, string told)
    {
        await RefuseAsync(step, reply, told);
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task And_so_it_is_without_pipelining(string step, string reply, string told)
    {
        _next.Offers = ["8BITMIME"];
        await RefuseAsync(step, reply, told);
    }

    [Theory]
    [InlineData("connect", "421 4.3.2 Not now")]
    [InlineData("connect", "554 5.7.1 Your address is listed")]
    [InlineData("connect", "")]
    [InlineData("EHLO", "421 4.3.2 Not now")]
    [InlineData("EHLO", "")]
    public async Task A_server_that_takes_no_mail_from_us_keeps_the_destination_waiting_and_costs_no_message(string step, string reply)
    {
        _next.Answer = line => line.StartsWith(step, StringComparison.Ordinal) ? reply : null;
        await _queue.StartAsync();
        await _queue.SendAsync(Text, "ann@here.example", "bob@b.example");
        await QueueFixture.UntilAsync(() => _next.Connections >= 1, "a try");
        await Task.Delay(100);
        Assert.Empty(_queue.Told);
        Assert.InRange(_next.Connections, 1, 2);

        _next.Answer = _ => null;
        _queue.Clock.Advance(TimeSpan.FromSeconds(70));
        await _queue.EmptyAsync();
        Assert.Single(_next.Messages);
    }

    [Theory]
    [InlineData("EHLO", "502 5.5.1 What?", true)]
    [InlineData("MAIL", "", false)]
    [InlineData("RCPT", "", false)]
    [InlineData("DATA", "", false)]
    [InlineData("QUIT", "", true)]
    public async Task A_connection_that_is_lost_is_no_answer_and_old_servers_hear_HELO(string step, string reply, bool isSent)
    {
        _next.Answer = line => line.StartsWith(step, StringComparison.Ordinal) ? reply : null;
        await _queue.StartAsync();
        await _queue.SendAsync(Text, "ann@here.example", "bob@b.example");
        var told = (await _queue.ToldAsync(1))[0];
        Assert.StartsWith(isSent ? "Sent 1 250 " : "Deferred 1 451 4.4.2 The server closed the connection", told, StringComparison.Ordinal);
        Assert.DoesNotContain("second time", told, StringComparison.Ordinal);
        Assert.Equal(step == "EHLO", _next.Commands.Contains("HELO mx.here.example"));
    }

    [Fact]
    public async Task A_server_that_leaves_after_the_final_dot_may_get_the_message_twice_and_that_is_said()
    {
        _next.Answer = line => line == "." ? "" : null;
        await _queue.StartAsync();
        await _queue.SendAsync(Text, "ann@here.example", "bob@b.example");
        Assert.Contains("may have taken it, and may get it a second time", (await _queue.ToldAsync(1))[0], StringComparison.Ordinal);
        Assert.Contains("\"event\":\"Deferred\"", await File.ReadAllTextAsync(Assert.Single(Directory.GetFiles(_queue.SpoolPath, "*,N=b.example", SearchOption.AllDirectories))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("connect", 5)]
    [InlineData("EHLO", 5)]
    [InlineData("MAIL", 5)]
    [InlineData("DATA", 5)]
    [InlineData(".", 10)]
    public async Task A_server_that_hangs_is_left_after_the_time_of_RFC5321_4_5_3_2(string step, int minutes)
    {
        using var silence = new ManualResetEventSlim();
        _next.Answer = line =>
        {
            if (line.StartsWith(step, StringComparison.Ordinal))
                silence.Wait(TimeSpan.FromSeconds(30));
            return null;
        };
        await _queue.StartAsync();
        await _queue.SendAsync(Text, "ann@here.example", "bob@b.example");
        await QueueFixture.UntilAsync(() => step == "connect" ? _next.Connections > 0 : step == "." ? _next.Commands.Contains("DATA") : _next.Commands.Any(line => line.StartsWith(step, StringComparison.Ordinal)), "the step");
        await Task.Delay(100);
        for (var passed = 0; passed < minutes * 60 + 60; passed += 30)
        {
            _queue.Clock.Advance(TimeSpan.FromSeconds(30));
            await Task.Delay(20);
        }

        if (step is not ("connect" or "EHLO"))
            await _queue.ToldAsync(1);
        silence.Set();
        if (step is "connect" or "EHLO")
            await QueueFixture.UntilAsync(() => { _queue.Clock.Advance(TimeSpan.FromSeconds(5)); return _queue.Queue.Count == 0 && _next.Messages.Count == 1; }, "another try");
        else
            Assert.Contains(" did not reply to ", (await _queue.ToldAsync(1))[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DATA", "554 5.7.1 No", "Failed 1 554 5.7.1 No")]
    [InlineData("DATA", "451 4.3.0 Disk", "Deferred 1 451 4.3.0 Disk")]
    [InlineData("RCPT", "450 4.2.1 Greylisted", "Deferred 1 450 4.2.1 Greylisted")]
    [InlineData("BDAT", "554 5.6.0 Content", "Failed 1 554 5.6.0 Content")]
    public async Task What_was_said_of_a_message_stays_where_the_server_leaves_at_that(string step, string reply, string told)
    {
        foreach (var offers in step == "BDAT" ? (string[][])[["PIPELINING", "CHUNKING"]] : [["PIPELINING"], ["8BITMIME"]])
        {
            _next.Offers = offers;
            _next.Answer = line => line.StartsWith(step, StringComparison.Ordinal) ? reply : line is "RSET" or "." ? "" : null;
            await _queue.StartAsync();
            await _queue.SendAsync(Text, "ann@here.example", "bob@b.example");
            Assert.Equal(told, (await _queue.ToldAsync(1))[0]);
            await _queue.StopAsync();
            _queue.Told.Clear();
        }

        await _queue.StartAsync();
    }

    [Theory]
    [InlineData("421 4.7.0 Too many messages for a connection", true)]
    [InlineData("421 4.7.0 Too many messages for a connection", false)]
    [InlineData("", true)]
    [InlineData("", false)]
    public async Task A_server_that_takes_so_many_messages_over_a_connection_gets_the_next_over_another_at_once(string reply, bool isPipelining)
    {
        var sent = 0;
        _next.Offers = isPipelining ? ["PIPELINING"] : ["8BITMIME"];
        _next.Answer = line => (sent = line == "connect" ? 0 : line.StartsWith("MAIL", StringComparison.Ordinal) ? sent + 1 : sent) > 3 ? reply : null;
        _queue.Options = _queue.Options with { MaxConnectionsPerDestination = 1 };
        await _queue.StartAsync();
        for (var i = 0; i < 10; i++)
            await _queue.SendAsync(Text, "ann@here.example", "bob@b.example");
        await QueueFixture.UntilAsync(() => _next.Messages.Count == 10, "all messages, though no time passes");
        Assert.Equal(4, _next.Connections);
        await _queue.ToldAsync(10);
        Assert.All(_queue.Told, told => Assert.StartsWith("Sent 1 ", told, StringComparison.Ordinal));
        Assert.Empty(_queue.Unreachable);
    }

    [Theory]
    [InlineData("452 4.5.3 Too many recipients", 4)]
    [InlineData("452 Too many recipients", 4)]
    [InlineData("452 4.2.2 Mailbox full", 1)]
    public async Task Who_is_too_many_for_a_transaction_has_another_at_once_RFC5321_4_5_3_1_10(string reply, int transactions)
    {
        var named = 0;
        _next.Answer = line => (named = line.StartsWith("MAIL", StringComparison.Ordinal) ? 0 : line.StartsWith("RCPT", StringComparison.Ordinal) ? named + 1 : named) > 3 && line.StartsWith("RCPT", StringComparison.Ordinal) ? reply : null;
        await _queue.StartAsync();
        await _queue.SendAsync(Text, "ann@here.example", [.. Enumerable.Range(1, 10).Select(i => $"bob{i}@b.example")]);
        await QueueFixture.UntilAsync(() => _next.Messages.Count == transactions, $"{transactions} transactions, only: {_next.Messages.Count}");
        var told = await _queue.ToldAsync(transactions == 1 ? 2 : transactions);
        Assert.Equal(transactions == 1 ? ["Sent 1,2,3 250 2.0.0 Ok: taken", $"Deferred 4,5,6,7,8,9,10 {reply}"] : ["Sent 1,2,3 250 2.0.0 Ok: taken", "Sent 4,5,6 250 2.0.0 Ok: taken", "Sent 7,8,9 250 2.0.0 Ok: taken", "Sent 10 250 2.0.0 Ok: taken"], told);
        Assert.Equal(1, _next.Connections);
    }

    [Fact]
    public async Task Nobody_is_asked_to_take_more_recipients_than_everybody_does_RFC5321_4_5_3_1_8()
    {
        await _queue.StartAsync();
        await _queue.SendAsync(Text, "ann@here.example", [.. Enumerable.Range(1, 250).Select(i => $"bob{i}@b.example")]);
        await _queue.EmptyAsync();
        Assert.Equal([100, 100, 50], _next.Taken.Select(taken => taken.Recipients.Length));
    }

    [Fact]
    public async Task A_reply_tells_terminals_nothing()
    {
        _next.Answer = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "450 4.2.0 a\u001b[31mb\u009b31m\tc" : null;
        await _queue.StartAsync();
        await _queue.SendAsync(Text, "ann@here.example", "bob@b.example");
        Assert.Equal("Deferred 1 450 4.2.0 a?[31mb?31m c", (await _queue.ToldAsync(1))[0]);
        Assert.Equal("450 4.2.0 a?[31mb?31m c", Assert.Single(_queue.Queue.States()).LastError);
    }

    [Theory]
    [InlineData("RCPT", "CHUNKING", "Deferred 1 451 4.5.0 127.0.0.1 gave more answers than it was asked for")]
    [InlineData("RCPT", "8BITMIME", "Deferred 1 451 4.5.0 ")]
    [InlineData("EHLO", "CHUNKING", "Deferred 1 451 4.4.2 127.0.0.1 spoke before it was asked to take the message")]
    public async Task An_answer_too_many_is_not_taken_for_that_of_the_message(string step, string offer, string told)
    {
        _next.Offers = ["PIPELINING", offer];
        _next.Answer = line => line.StartsWith("BDAT", StringComparison.Ordinal) || line == "." ? "554 5.7.1 Never"
            : line.StartsWith(step, StringComparison.Ordinal) ? step == "EHLO" ? $"250-next.example\r\n250-PIPELINING\r\n250 {offer}\r\n250 2.0.0 Ok" : "250 2.1.0 Ok\r\n250 2.1.0 Ok" : null;
        await _queue.StartAsync();
        await _queue.SendAsync(Text, "ann@here.example", "bob@b.example");
        Assert.StartsWith(told, (await _queue.ToldAsync(1))[0], StringComparison.Ordinal);
        Assert.Empty(_next.Messages);
    }

    [Fact]
    public async Task A_server_that_talks_for_ever_fills_no_disk()
    {
        _next.Answer = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? string.Concat(Enumerable.Repeat("450-" + new string('x', 500) + "\r\n", 100)) + "450 end" : null;
        await _queue.StartAsync();
        var entry = await _queue.SendAsync(Text, "ann@here.example", "bob@b.example");
        await _queue.ToldAsync(1);
        Assert.InRange(new FileInfo(Assert.Single(Directory.GetFiles(_queue.SpoolPath, $"{entry.Id}*", SearchOption.AllDirectories))).Length, 2000, 4000);
        Assert.InRange(Assert.Single(_queue.Queue.States()).LastError!.Length, 2000, 2100);
    }

    [Fact]
    public async Task A_message_larger_than_the_server_takes_is_not_sent()
    {
        _next.Offers = ["PIPELINING", "SIZE 10"];
        await _queue.StartAsync();
        await _queue.SendAsync(Text, "ann@here.example", "bob@b.example");
        Assert.Equal($"Failed 1 552 5.3.4 The message has {Text.Length} octets, and the server takes 10 at the most", (await _queue.ToldAsync(1))[0]);
        Assert.DoesNotContain(_next.Commands, line => line.StartsWith("MAIL", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("bob@b.example", "Subject: Gr\u00fc\u00dfe\r\n\r\n", true)]
    [InlineData("j\u00fcrgen@b.example", "Subject: hello\r\n\r\n", true)]
    [InlineData("bob@b.example", "Subject: hello\r\n\r\nGr\u00fc\u00dfe\r\n", false)]
    public async Task What_needs_SMTPUTF8_goes_to_servers_that_have_it_alone_RFC6531(string recipient, string text, bool isNeeded)
    {
        var envelope = new Envelope { Sender = "ann@here.example", Recipients = [new EnvelopeRecipient { Address = recipient, NextHop = "b.example" }], Expires = _queue.Clock.GetUtcNow().AddDays(5), IsUtf8 = true, Body = MailOps.Smtp.MessageBody.EightBit };
        await _queue.StartAsync();
        await _queue.SendAsync(text, envelope);
        Assert.StartsWith(isNeeded ? "Failed 1 553 5.6.7 " : "Sent 1 250 ", (await _queue.ToldAsync(1))[0], StringComparison.Ordinal);
        await _queue.EmptyAsync();

        await using var able = new NextServer { Offers = ["PIPELINING", "8BITMIME", "SMTPUTF8"] };
        _queue.Routes["b.example"] = able.Target;
        await _queue.StopAsync();
        await _queue.StartAsync();
        await _queue.SendAsync(text, envelope);
        await _queue.EmptyAsync();
        Assert.Equal($"MAIL FROM:<ann@here.example>{(isNeeded ? " SMTPUTF8" : "")} BODY=8BITMIME", Assert.Single(able.Commands, line => line.StartsWith("MAIL", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Who_needs_no_SMTPUTF8_is_sent_a_message_that_another_cannot_be()
    {
        await _queue.StartAsync();
        await _queue.SendAsync(Text, "ann@here.example", "j\u00fcrgen@b.example", "bob@b.example");
        await _queue.EmptyAsync();
        Assert.Contains(_queue.Told, told => told.StartsWith("Sent 2 250 ", StringComparison.Ordinal));
        Assert.Contains(_queue.Told, told => told.StartsWith("Failed 1 553 5.6.7 ", StringComparison.Ordinal));
        Assert.Equal(["RCPT TO:<bob@b.example>"], _next.Commands.Where(line => line.StartsWith("RCPT", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_next_host_is_tried_where_one_takes_no_mail_and_LMTP_answers_for_each_recipient()
    {
        await using var server = await TestServer.StartAsync(options => options with { Hooks = null, MaxMessageSize = 2000 });
        Assert.True(RouteTarget.TryParse($"lmtp:[127.0.0.1]:{server.Port(MailProtocol.Lmtp)}", out var target, out _));
        _queue.Routes["b.example"] = target;
        await _queue.StartAsync();
        await _queue.SendAsync(Text, "ann@here.example", "bob@example.com", "carl@b.example", "dora@example.com");
        Assert.Contains("Sent 2", string.Join('\n', await _queue.ToldAsync(1)), StringComparison.Ordinal);
        Assert.Single(server.InboxFiles("carl@b.example"));
    }

    [Theory]
    [InlineData("DATA")]
    [InlineData("CHUNKING")]
    public async Task Whom_LMTP_has_answered_for_gets_a_message_once_though_the_connection_is_lost_before_the_next_answer(string how)
    {
        Assert.True(RouteTarget.TryParse($"lmtp:[127.0.0.1]:{_next.Port}", out var target, out _));
        _queue.Routes["b.example"] = target;
        var end = how == "DATA" ? "." : "BDAT";
        _next.Answer = line => line.StartsWith("LHLO", StringComparison.Ordinal) ? how == "DATA" ? "250 next.example" : "250-next.example\r\n250 CHUNKING"
            : line.StartsWith(end, StringComparison.Ordinal) && _next.Messages.IsEmpty ? "250 2.1.5 carl has it\r\n550 5.2.1 dora is away" : null;
        _next.Leaves = line => line.StartsWith(end, StringComparison.Ordinal) && _next.Messages.Count == 1;
        await _queue.StartAsync();
        await _queue.SendAsync(Text, "ann@here.example", "carl@b.example", "dora@b.example", "eric@b.example");
        var told = await _queue.ToldAsync(3);
        Assert.Equal(["Sent 1 250 2.1.5 carl has it", "Failed 2 550 5.2.1 dora is away"], told[..2]);
        Assert.StartsWith("Deferred 3 451 4.4.2 ", told[2], StringComparison.Ordinal);
        Assert.Contains("may get it a second time", told[2], StringComparison.Ordinal);

        _queue.Clock.Advance(TimeSpan.FromMinutes(10));
        await _queue.EmptyAsync();
        Assert.Equal(["carl@b.example,dora@b.example,eric@b.example", "eric@b.example"], _next.Taken.Select(taken => string.Join(',', taken.Recipients)));
    }

    [Fact]
    public async Task TLS_is_used_where_it_is_offered_and_a_handshake_that_fails_does_not_keep_mail_back()
    {
        await using var server = await TestServer.StartAsync();
        _queue.Routes["b.example"] = QueueFixture.At(server.Port(MailProtocol.Smtp));
        await _queue.StartAsync();
        await _queue.SendAsync(Text, "ann@here.example", "bob@b.example");
        await _queue.EmptyAsync();
        Assert.Contains(" with ESMTPS id ", await File.ReadAllTextAsync(Assert.Single(server.InboxFiles("bob@b.example"))), StringComparison.Ordinal);

        _next.Offers = ["STARTTLS", "PIPELINING"];
        _next.Answer = line => line == "STARTTLS" ? "220 2.0.0 Go ahead" : line[0] == '\x16' ? "nonsense" : null;
        _queue.Routes["b.example"] = _next.Target;
        await _queue.StopAsync();
        await _queue.StartAsync();
        await _queue.SendAsync(Text, "ann@here.example", "bob@b.example");
        await _queue.EmptyAsync();
        Assert.Single(_next.Messages);
        Assert.Equal(2, _next.Connections);
    }

    public async ValueTask DisposeAsync()
    {
        await _queue.DisposeAsync();
        await _next.DisposeAsync();
    }

    private async Task RefuseAsync(string step, string reply, string told)
    {
        _next.Answer = line => line.StartsWith(step, StringComparison.Ordinal) ? reply : null;
        await _queue.StartAsync();
        await _queue.SendAsync(Text, "ann@here.example", "bob@b.example");
        Assert.Equal(told, (await _queue.ToldAsync(1))[0]);
        if (told.StartsWith("Failed", StringComparison.Ordinal))
        {
            await _queue.EmptyAsync();
            Assert.Contains(reply, (await File.ReadAllTextAsync(Assert.Single(_queue.Inbox("ann@here.example")))).ReplaceLineEndings(" "), StringComparison.Ordinal);
            return;
        }

        _next.Answer = _ => null;
        _queue.Clock.Advance(TimeSpan.FromMinutes(6));
        await _queue.EmptyAsync();
        Assert.Empty(_queue.Inbox("ann@here.example"));
        Assert.InRange(_next.Messages.Count, 1, 2);
    }
}
