using System.Text;
using MailOps.Client.Mailboxes;
using MailOps.Client.Sessions;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Client.Tests.Sessions;

/// <content>Connections that are lost, and what is sent again.</content>
public partial class SmtpSessionTests
{
    [Fact]
    public async Task A_connection_that_was_lost_meanwhile_is_opened_again_and_nothing_comes_twice()
    {
        await using var peer = Server([], messages: 1);
        await using var session = Session(peer);
        Assert.Equal(1, Assert.Single(await SendAsync(session, Message)).Attempts);
        await peer.ReceivedAtEndAsync();
        var second = Assert.Single(await SendAsync(session, Message));
        Assert.Equal((MailSendStatus.Accepted, 2), (second.Status, second.Attempts));
        Assert.Equal(2, Count(peer, "Hi.\r\n"));
    }

    [Fact]
    public async Task A_server_that_ends_the_connection_with_421_gets_the_message_over_another()
    {
        var connections = 0;
        await using var peer = Server(["PIPELINING"], line => line.StartsWith("EHLO", StringComparison.Ordinal) && connections++ < 0 ? null
            : line.StartsWith("MAIL", StringComparison.Ordinal) && connections == 1 ? "421 4.7.0 Too many messages" : null);
        await using var session = Session(peer);
        var result = Assert.Single(await SendAsync(session, Message));
        Assert.Equal((MailSendStatus.Accepted, 2), (result.Status, result.Attempts));
    }

    [Fact]
    public async Task A_connection_that_is_lost_again_is_a_message_that_was_not_sent()
    {
        await using var peer = Server([], line => line.StartsWith("MAIL", StringComparison.Ordinal) ? "421 4.3.2 Going down" : null);
        await using var session = Session(peer);
        var results = await SendAsync(session, Message, "b@example.com", "c@example.com");
        Assert.All(results, one => Assert.Equal((MailSendStatus.NotSent, MailSessionFault.ConnectionLost, 2, true), (one.Status, one.Fault, one.Attempts, one.CanRetry)));
        Assert.Contains("closed the connection: 421 4.3.2 Going down", results[0].Reply, StringComparison.Ordinal);
        Assert.Equal(2, Count(peer, "EHLO "));
    }

    [Fact]
    public async Task A_connection_that_is_lost_in_the_middle_of_the_message_gets_it_again()
    {
        var connections = 0;
        await using var peer = ScriptedPeer.Start(async server =>
        {
            await GreetAsync(server, []);
            await server.HearLineAsync();
            await server.SayAsync("250 ok");
            await server.HearLineAsync();
            await server.SayAsync("250 ok");
            await server.HearLineAsync();
            await server.SayAsync("354 go");
            if (connections++ == 0)
            {
                await server.HearLineAsync();
                server.Reset();
                return;
            }

            await server.HearUntilAsync(".");
            await server.SayAsync("250 ok");
            await server.HearEndAsync();
        });
        // More than the system's buffers hold, which a busy machine takes its time to read.
        await using var session = new MailSession(MailProtocol.Smtp, Options(peer) with { Timeout = TimeSpan.FromMinutes(1) }, TimeProvider.System);
        var result = Assert.Single(await SendAsync(session, Header + "\r\n" + new string('x', 900) + string.Concat(Enumerable.Repeat("\r\n" + new string('y', 900), 40_000)) + "\r\n"));
        Assert.Equal((MailSendStatus.Accepted, 2), (result.Status, result.Attempts));
    }

    [Fact]
    public async Task A_message_without_an_answer_is_never_sent_again()
    {
        await using var peer = Server(["PIPELINING"], line => line.StartsWith("RCPT TO:<no", StringComparison.Ordinal) ? "550 5.1.1 No" : line == "." ? "" : null);
        await using var session = Session(peer);
        var results = await SendAsync(session, Message, "b@example.com", "no@example.com");
        Assert.Equal((MailSendStatus.Unknown, false, 1), (results[0].Status, results[0].CanRetry, results[0].Attempts));
        Assert.EndsWith("The message had been sent: the server may have it. It was not sent again.", results[0].Reply, StringComparison.Ordinal);
        Assert.Equal((MailSendStatus.Refused, 550), (results[1].Status, results[1].Code));
        Assert.Equal(1, Count(peer, "Hi.\r\n"));
    }
}
