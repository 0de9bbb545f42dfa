using MailOps.Server.Connections;
using MailOps.Server.Connections.Faults;
using MailOps.Server.Smtp;
using MailOps.Server.Tests.Support;
using MailOps.Smtp;
using MailOps.Wire;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailOps.Server.Tests.Smtp;

/// <summary>What is set for messages is heard, over LMTP, for each recipient (RFC 2033 section 4.2): the answers of hooks and of faults.</summary>
public sealed class LmtpHookAndFaultTests
{
    private const string Message = "Subject: x\r\n\r\nx\r\n.";

    private static readonly SmtpReply No = new(550, new EnhancedStatusCode(5, 7, 1), "No");

    [Fact]
    public async Task A_hook_is_asked_about_each_recipient_and_hears_who_was_taken()
    {
        var hooks = new Said { Recipient = recipient => recipient.StartsWith("bob", StringComparison.Ordinal) ? No : null };
        await using var server = await TestServer.StartAsync(options => options with { Hooks = hooks });
        await using var client = await GreetAsync(server);
        Assert.Equal(["250", "550", "250"], await EnvelopeAsync(client, "ann", "bob", "cat"));
        Assert.Equal(("lmtp", "relay.example.org", "sender@example.org", null), (hooks.Last!.Protocol, hooks.Last.ClientName, hooks.Last.Sender, hooks.Last.Login));
        Assert.Equal(["ann@example.com"], hooks.Last.Recipients);
        Assert.StartsWith("354", await client.AskAsync("DATA"), StringComparison.Ordinal);
        Assert.StartsWith("250 2.0.0 <ann@example.com>", await client.AskAsync(Message), StringComparison.Ordinal);
        Assert.StartsWith("250 2.0.0 <cat@example.com>", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Empty(server.InboxFiles("bob@example.com"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_message_that_a_hook_refuses_is_refused_for_each_recipient_and_the_session_goes_on(bool inChunks)
    {
        var asked = 0;
        await using var server = await TestServer.StartAsync(options => options with { Hooks = new Said { Message = _ => asked++ == 0 ? No : null } });
        await using var client = await GreetAsync(server);
        await EnvelopeAsync(client, "ann", "bob");
        await SendAsync(client, inChunks);
        Assert.Equal("550 5.7.1 No", await client.ReadReplyAsync());
        Assert.Equal("550 5.7.1 No", await client.ReadReplyAsync());
        Assert.Empty(server.InboxFiles("ann@example.com"));
        Assert.Equal(2, server.Events.OfType<MailRefused>().Count());

        await EnvelopeAsync(client, "ann", "bob");
        await SendAsync(client, inChunks);
        Assert.StartsWith("250 2.0.0 <ann@example.com>", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250 2.0.0 <bob@example.com>", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task What_a_hook_throws_defers_each_recipient()
    {
        await using var server = await TestServer.StartAsync(options => options with { Hooks = new Said { Message = _ => throw new InvalidOperationException("broken hook") } });
        await using var client = await GreetAsync(server);
        await EnvelopeAsync(client, "ann", "bob");
        await SendAsync(client, inChunks: false);
        Assert.StartsWith("451 4.3.0", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("451 4.3.0", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Single(server.Events.OfType<SessionFaulted>());
    }

    [Theory]
    [InlineData("451 4.3.0 Later", true)]
    [InlineData("421 4.3.2 Not today", false)]
    public async Task A_hook_that_answers_421_ends_the_session(string reply, bool goesOn)
    {
        var given = GivenReply.Parse(reply);
        await using var server = await TestServer.StartAsync(options => options with { Hooks = new Said { Recipient = _ => given, Message = _ => given } });
        await using var client = await GreetAsync(server);
        await client.AskAsync("MAIL FROM:<sender@example.org>");
        Assert.Equal(reply, await client.AskAsync("RCPT TO:<ann@example.com>"));
        Assert.Equal(goesOn, await client.AskAsync("NOOP") is not null);
    }

    [Theory]
    [InlineData("554 5.6.0 No", true)]
    [InlineData("421 4.3.2 Not today", false)]
    public async Task A_fault_at_the_message_is_answered_for_each_recipient(string reply, bool goesOn)
    {
        await using var server = await TestServer.StartAsync();
        server.Server.SetFault(1, new FaultRule { Kind = FaultKind.Reply, Protocols = ["lmtp"], Commands = ["MESSAGE"], Reply = reply, Count = 1 });
        await using var client = await GreetAsync(server);
        await EnvelopeAsync(client, "ann", "bob");
        await SendAsync(client, inChunks: false);
        Assert.Equal(reply, await client.ReadReplyAsync());
        Assert.Equal(reply, await client.ReadReplyAsync());
        if (goesOn)
            Assert.StartsWith("250", await client.AskAsync("NOOP"), StringComparison.Ordinal);
        else
            Assert.Null(await client.ReadReplyAsync());
        Assert.Empty(server.InboxFiles("ann@example.com"));
    }

    [Fact]
    public async Task Faults_at_recipients_and_greylisting_hold_over_LMTP()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(options => options with { Clock = clock });
        server.Server.SetFault(1, new FaultRule { Kind = FaultKind.Reply, Recipients = ["bob@*"], Reply = "452 4.2.2 Full" });
        server.Server.SetFault(1, new FaultRule { Kind = FaultKind.Greylist, Time = TimeSpan.FromMinutes(4) });
        await using var client = await GreetAsync(server);
        Assert.Equal(["451", "452"], await EnvelopeAsync(client, "ann", "bob"));
        clock.Advance(TimeSpan.FromMinutes(4));
        await client.AskAsync("RSET");
        Assert.Equal(["250", "452"], await EnvelopeAsync(client, "ann", "bob"));
    }

    [Fact]
    public async Task Answers_for_each_recipient_may_end_in_the_middle()
    {
        await using var server = await TestServer.StartAsync();
        server.Server.SetFault(1, new FaultRule { Kind = FaultKind.Truncate, Commands = ["MESSAGE"], Number = 60 });
        await using var client = await GreetAsync(server);
        await EnvelopeAsync(client, "ann", "bob");
        await SendAsync(client, inChunks: false);
        var all = await client.ReadToEndAsync();
        Assert.StartsWith("250 2.0.0 <ann@example.com> Ok", all, StringComparison.Ordinal);
        Assert.DoesNotContain("<bob@example.com> Ok: delivered as", all.Split('\n')[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_waited_for_names_those_alone_who_got_the_message()
    {
        await using var server = await TestServer.StartAsync();
        server.Server.SetFault(1, new FaultRule { Kind = FaultKind.Reply, Recipients = ["bob@*"], Reply = "452 4.2.2 Full" });
        await using var client = await GreetAsync(server);
        server.Server.Accepted.From(0, out _, out var changed);
        await EnvelopeAsync(client, "ann", "bob");
        await SendAsync(client, inChunks: true);
        await client.ReadReplyAsync();
        await changed.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        var accepted = Assert.Single(server.Server.Accepted.From(0, out _, out _));
        Assert.Equal(("lmtp", "sender@example.org", "ann@example.com"), (accepted.Protocol, accepted.Sender, Assert.Single(accepted.Recipients)));
        Assert.NotNull(await server.Server.ReadMessageAsync(accepted, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(MailProtocol.Smtp)]
    [InlineData(MailProtocol.Lmtp)]
    public async Task A_message_that_is_refused_lets_no_count_begin_anew_as_in_Postfix(MailProtocol protocol)
    {
        await using var server = await TestServer.StartAsync(options => options with { MaxJunkCommands = 12, Hooks = new Said { Message = _ => No } });
        await using var client = await GreetAsync(server, protocol);
        // The greeting is the first of the twelve.
        for (var message = 0; message < 2; message++)
        {
            for (var i = 0; i < 5; i++)
                Assert.StartsWith("250", await client.AskAsync("NOOP"), StringComparison.Ordinal);
            await EnvelopeAsync(client, "ann");
            await SendAsync(client, inChunks: false);
            Assert.Equal("550 5.7.1 No", await client.ReadReplyAsync());
        }

        Assert.StartsWith("250", await client.AskAsync("NOOP"), StringComparison.Ordinal);
        Assert.Equal("421 4.7.0 Too many commands without a message, closing connection", await client.ReadReplyAsync());
    }

    private static async Task<LineClient> GreetAsync(TestServer server, MailProtocol protocol = MailProtocol.Lmtp)
    {
        var client = await server.ConnectAsync(protocol);
        await client.ReadReplyAsync();
        await client.AskAsync(protocol is MailProtocol.Lmtp ? "LHLO relay.example.org" : "EHLO relay.example.org");
        return client;
    }

    private static async Task<List<string>> EnvelopeAsync(LineClient client, params string[] users)
    {
        Assert.StartsWith("250", await client.AskAsync("MAIL FROM:<sender@example.org>"), StringComparison.Ordinal);
        var codes = new List<string>();
        foreach (var user in users)
            codes.Add((await client.AskAsync($"RCPT TO:<{user}@example.com>"))![..3]);
        return codes;
    }

    private static async Task SendAsync(LineClient client, bool inChunks)
    {
        if (inChunks)
        {
            await client.SendAsync("BDAT 17 LAST\r\nSubject: x\r\n\r\nx\r\n");
            return;
        }

        Assert.StartsWith("354", await client.AskAsync("DATA"), StringComparison.Ordinal);
        await client.SendAsync(Message + "\r\n");
    }
}
