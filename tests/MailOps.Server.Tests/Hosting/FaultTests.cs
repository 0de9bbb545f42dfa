using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using MailOps.Server.Connections;
using MailOps.Server.Connections.Faults;
using MailOps.Server.Hosting;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailOps.Server.Tests.Hosting;

public sealed class FaultTests
{
    [Theory]
    [InlineData(MailProtocol.Smtp, "NOOP", "451 4.3.0 Broken", "NOOP", "451 4.3.0 Broken", "250")]
    [InlineData(MailProtocol.Pop3, "CAPA", "-ERR [SYS/TEMP] Broken", "CAPA", "-ERR [SYS/TEMP] Broken", "+OK")]
    [InlineData(MailProtocol.Imap, "NOOP", "NO [UNAVAILABLE] Broken", "a NOOP", "a NO [UNAVAILABLE] Broken", "a OK")]
    [InlineData(MailProtocol.Imap, "NOOP", "BAD Broken", "a NOOP", "a BAD Broken", "a OK")]
    public async Task A_command_answers_what_was_set_so_often_and_no_other_protocol_does(MailProtocol protocol, string command, string reply, string line, string answer, string usual)
    {
        await using var server = await TestServer.StartAsync();
        server.Server.SetFault(1, new FaultRule { Kind = FaultKind.Reply, Commands = [command.ToLowerInvariant()], Reply = reply, Count = 2 });
        await using var client = await ConnectAsync(server, protocol);
        Assert.Equal(answer, await client.AskAsync(line));
        Assert.Equal(answer, await client.AskAsync(line));
        Assert.StartsWith(usual, await client.AskAsync(line), StringComparison.Ordinal);

        foreach (var other in new[] { MailProtocol.Smtp, MailProtocol.Pop3, MailProtocol.Imap }.Where(one => one != protocol))
        {
            await using var bystander = await ConnectAsync(server, other);
            Assert.DoesNotContain("Broken", await bystander.AskAsync(other == MailProtocol.Imap ? "b NOOP" : "NOOP"), StringComparison.Ordinal);
        }

        Assert.Equal(2, server.Events.OfType<FaultInjected>().Count());
        Assert.Equal(2, Assert.Single(server.Server.GetFaults(1)).Played);
    }

    [Theory]
    [InlineData(MailProtocol.Smtp, "421 4.3.2 Not today", "421 4.3.2 Not today")]
    [InlineData(MailProtocol.Pop3, "-ERR Not today", "-ERR Not today")]
    [InlineData(MailProtocol.Imap, "BYE Not today", "* BYE Not today")]
    public async Task The_greeting_may_be_a_refusal(MailProtocol protocol, string reply, string words)
    {
        await using var server = await TestServer.StartAsync();
        server.Server.SetFault(1, new FaultRule { Kind = FaultKind.Reply, Reply = reply, Count = 1 });
        await using var client = await server.ConnectAsync(protocol);
        Assert.Equal(words, await client.ReadLineAsync());
        Assert.Null(await client.ReadLineAsync());
        await using var next = await server.ConnectAsync(protocol);
        Assert.DoesNotContain("Not today", await next.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(MailProtocol.Smtp)]
    [InlineData(MailProtocol.Pop3)]
    [InlineData(MailProtocol.Imap)]
    public async Task A_connection_may_be_dropped_or_closed_on_one_side(MailProtocol protocol)
    {
        await using var server = await TestServer.StartAsync();
        var command = protocol == MailProtocol.Pop3 ? "CAPA" : "NOOP";
        var line = protocol == MailProtocol.Imap ? "a NOOP" : command;
        foreach (var kind in new[] { FaultKind.Drop, FaultKind.HalfClose })
        {
            var fault = server.Server.SetFault(1, new FaultRule { Kind = kind, Commands = [command] });
            await using var client = await ConnectAsync(server, protocol);
            Assert.Null(await client.AskAsync(line));
            if (kind is FaultKind.HalfClose)
            {
                // What is still sent is taken, and the end is seen.
                await client.SendAsync("x\r\n");
                client.HalfClose();
            }

            Assert.True(server.Server.RemoveFault(fault.FaultId));
        }

        var closed = await server.ClosedAsync(2);
        Assert.All(closed, one => Assert.Equal(ConnectionEnd.Dropped, one.End));
        Assert.Empty(server.Events.OfType<SessionFaulted>());
    }

    [Theory]
    [InlineData(MailProtocol.Smtp, "NOOP", "NOOP")]
    [InlineData(MailProtocol.Pop3, "CAPA", "CAPA")]
    [InlineData(MailProtocol.Imap, "CAPABILITY", "a CAPABILITY")]
    public async Task An_answer_may_end_in_the_middle(MailProtocol protocol, string command, string line)
    {
        await using var server = await TestServer.StartAsync();
        server.Server.SetFault(1, new FaultRule { Kind = FaultKind.Truncate, Commands = [command], Number = 5 });
        await using var client = await ConnectAsync(server, protocol);
        Assert.Equal(5, (await client.AskAsync(line))!.Length);
        Assert.Null(await client.ReadLineAsync());
        Assert.Empty(server.Events.OfType<SessionFaulted>());
    }

    [Fact]
    public async Task A_message_may_be_cut_off_at_an_octet_and_then_leaves_nothing()
    {
        await using var server = await TestServer.StartAsync();
        server.Server.SetFault(1, new FaultRule { Kind = FaultKind.DropAfter, Commands = ["DATA"], Number = 20, Count = 1 });
        await using var client = await ConnectAsync(server, MailProtocol.Smtp);
        await EnvelopeAsync(client);
        Assert.StartsWith("354", await client.AskAsync("DATA"), StringComparison.Ordinal);
        await client.SendAsync("Subject: x\r\n\r\nthe whole message\r\n.\r\n");
        Assert.DoesNotContain("250", await client.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Empty(server.InboxFiles("ann@example.com"));
    }

    [Fact]
    public async Task Recipients_are_chosen_by_pattern_and_messages_refused_when_they_have_come()
    {
        await using var server = await TestServer.StartAsync();
        server.Server.SetFault(1, new FaultRule { Kind = FaultKind.Reply, Recipients = ["*@example.net"], Reply = "452 4.2.2 Full" });
        server.Server.SetFault(1, new FaultRule { Kind = FaultKind.Reply, Commands = ["MESSAGE"], Reply = "554 5.6.0 No", Count = 1 });
        await using var client = await ConnectAsync(server, MailProtocol.Smtp);
        await EnvelopeAsync(client);
        Assert.Equal("452 4.2.2 Full", await client.AskAsync("RCPT TO:<Bob@Example.NET> NOTIFY=NEVER"));
        await client.AskAsync("DATA");
        Assert.Equal("554 5.6.0 No", await client.AskAsync("Subject: x\r\n\r\nx\r\n."));
        Assert.Empty(server.InboxFiles("ann@example.com"));
        await EnvelopeAsync(client);
        await client.AskAsync("DATA");
        Assert.StartsWith("250", await client.AskAsync("Subject: x\r\n\r\nx\r\n."), StringComparison.Ordinal);
        Assert.Single(server.InboxFiles("ann@example.com"));
    }

    [Fact]
    public async Task A_refused_chunk_is_never_taken_for_commands()
    {
        await using var server = await TestServer.StartAsync();
        server.Server.SetFault(1, new FaultRule { Kind = FaultKind.Reply, Commands = ["BDAT"], Reply = "451 4.3.0 No" });
        await using var client = await ConnectAsync(server, MailProtocol.Smtp);
        await EnvelopeAsync(client);
        await client.SendAsync("BDAT 14 LAST\r\nRSET\r\nNOOP\r\n\r\n");
        Assert.Equal("451 4.3.0 No", await client.ReadReplyAsync());
        Assert.Null(await client.ReadReplyAsync());
    }

    [Fact]
    public async Task A_literal_of_a_refused_APPEND_is_never_taken_for_commands()
    {
        await using var server = await TestServer.StartAsync();
        await using var client = await ConnectAsync(server, MailProtocol.Imap);
        Assert.StartsWith("a OK", await client.AskAsync("a LOGIN ann@example.com x"), StringComparison.Ordinal);
        server.Server.SetFault(1, new FaultRule { Kind = FaultKind.Reply, Commands = ["APPEND"], Reply = "NO [UNAVAILABLE] Later" });
        Assert.Equal("b NO [UNAVAILABLE] Later", await client.AskAsync("b APPEND INBOX {10}"));
        Assert.StartsWith("c OK", await client.AskAsync("c NOOP"), StringComparison.Ordinal);
        await client.SendAsync("d APPEND INBOX {10+}\r\ne LOGOUT\r\n\r\n");
        Assert.Equal("* BYE [UNAVAILABLE] Later", await client.ReadLineAsync());
        Assert.Null(await client.ReadLineAsync());
    }

    [Fact]
    public async Task Greylisting_defers_the_first_try_until_its_time_is_over()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(options => options with { Clock = clock });
        server.Server.SetFault(1, new FaultRule { Kind = FaultKind.Greylist, Time = TimeSpan.FromMinutes(5) });
        await using var client = await ConnectAsync(server, MailProtocol.Smtp);
        await client.AskAsync("MAIL FROM:<bob@example.org>");
        Assert.StartsWith("451 4.7.1 Greylisted", await client.AskAsync("RCPT TO:<ann@example.com>"), StringComparison.Ordinal);
        clock.Advance(TimeSpan.FromMinutes(4));
        Assert.StartsWith("451 4.7.1", await client.AskAsync("RCPT TO:<ann@example.com>"), StringComparison.Ordinal);
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.StartsWith("250", await client.AskAsync("RCPT TO:<ann@example.com>"), StringComparison.Ordinal);
        Assert.StartsWith("451", await client.AskAsync("RCPT TO:<cat@example.com>"), StringComparison.Ordinal);
        await client.AskAsync("RSET");
        await client.AskAsync("MAIL FROM:<other@example.org>");
        Assert.StartsWith("451", await client.AskAsync("RCPT TO:<ann@example.com>"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task So_many_messages_a_minute_are_taken_and_the_next_is_told_421()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(options => options with { Clock = clock });
        server.Server.SetFault(1, new FaultRule { Kind = FaultKind.Throttle, Number = 2 });
        await using var client = await ConnectAsync(server, MailProtocol.Smtp);
        for (var i = 0; i < 2; i++)
        {
            Assert.StartsWith("250", await client.AskAsync("MAIL FROM:<bob@example.org>"), StringComparison.Ordinal);
            await client.AskAsync("RSET");
        }

        Assert.StartsWith("421 4.7.0", await client.AskAsync("MAIL FROM:<bob@example.org>"), StringComparison.Ordinal);
        Assert.Null(await client.ReadLineAsync());
        clock.Advance(TimeSpan.FromMinutes(1));
        await using var later = await ConnectAsync(server, MailProtocol.Smtp);
        Assert.StartsWith("250", await later.AskAsync("MAIL FROM:<bob@example.org>"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_answer_waits_as_long_as_was_set()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(options => options with { Clock = clock });
        server.Server.SetFault(1, new FaultRule { Kind = FaultKind.Delay, Commands = ["NOOP"], Time = TimeSpan.FromMinutes(10) });
        await using var client = await ConnectAsync(server, MailProtocol.Smtp);
        var answer = client.AskAsync("NOOP");
        await server.WaitForAsync<FaultInjected>();
        Assert.False(answer.IsCompleted);
        // The event comes before the wait begins: time goes on until it is over, and slowly once it may be, or the silence after it would be too long.
        for (var minutes = 1; !answer.IsCompleted; minutes++)
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            await Task.WhenAny(answer, Task.Delay(minutes < 10 ? 20 : 2000, TestContext.Current.CancellationToken));
        }

        Assert.StartsWith("250", await answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_share_of_sessions_is_the_same_under_the_same_seed()
    {
        var first = await ChosenAsync(seed: 7);
        Assert.Equal(first, await ChosenAsync(seed: 7));
        Assert.NotEqual(first, await ChosenAsync(seed: 8));
        Assert.InRange(first.Count(hit => hit), 5, 25);

        static async Task<bool[]> ChosenAsync(int seed)
        {
            await using var server = await TestServer.StartAsync();
            server.Server.SetFault(1, new FaultRule { Kind = FaultKind.Reply, Commands = ["NOOP"], Reply = "451 x", Share = 0.5, Seed = seed });
            var hits = new bool[30];
            for (var i = 0; i < hits.Length; i++)
            {
                await using var client = await ConnectAsync(server, MailProtocol.Smtp);
                hits[i] = (await client.AskAsync("NOOP"))!.StartsWith("451", StringComparison.Ordinal);
                // A session is in or out as a whole.
                Assert.Equal(hits[i], (await client.AskAsync("NOOP"))!.StartsWith("451", StringComparison.Ordinal));
            }

            return hits;
        }
    }

    [Fact]
    public async Task The_first_occasions_may_pass()
    {
        await using var server = await TestServer.StartAsync();
        server.Server.SetFault(1, new FaultRule { Kind = FaultKind.Reply, Commands = ["NOOP"], Reply = "451 x", Skip = 2, Count = 1 });
        await using var client = await ConnectAsync(server, MailProtocol.Smtp);
        foreach (var expected in new[] { "250", "250", "451", "250" })
            Assert.StartsWith(expected, await client.AskAsync("NOOP"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_sessions_of_an_account_may_have_it()
    {
        await using var server = await TestServer.StartAsync();
        server.Server.SetFault(1, new FaultRule { Kind = FaultKind.Reply, Commands = ["NOOP"], Reply = "NO x", Accounts = ["ann@*"] });
        foreach (var (account, expected) in new[] { ("ann@example.com", "b NO x"), ("bob@example.com", "b OK") })
        {
            await using var client = await ConnectAsync(server, MailProtocol.Imap);
            await client.AskAsync($"a LOGIN {account} x");
            Assert.StartsWith(expected, await client.AskAsync("b NOOP"), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(FaultKind.WrongCertificate)]
    [InlineData(FaultKind.ExpiredCertificate)]
    [InlineData(FaultKind.TlsFailure)]
    public async Task A_handshake_may_fail_or_present_another_certificate(FaultKind kind)
    {
        await using var server = await TestServer.StartAsync();
        server.Server.SetFault(1, new FaultRule { Kind = kind, Count = 2 });
        foreach (var tls in new[] { TlsMode.Implicit, TlsMode.StartTls })
        {
            if (kind is FaultKind.TlsFailure)
            {
                await Assert.ThrowsAnyAsync<Exception>(() => HandshakeAsync(server, tls));
                continue;
            }

            using var shown = await HandshakeAsync(server, tls);
            Assert.Equal(kind is FaultKind.WrongCertificate ? "CN=wrong.invalid" : "CN=mx.example.com", shown.Subject);
            Assert.Equal(kind is FaultKind.ExpiredCertificate, shown.NotAfter < DateTime.Now);
        }

        using var usual = await HandshakeAsync(server, TlsMode.Implicit);
        Assert.Equal(server.Server.CertificateThumbprint, usual.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256));
        Assert.Equal(kind is FaultKind.TlsFailure ? 2 : 0, server.Events.OfType<TlsFailed>().Count());
    }

    [Fact]
    public async Task UIDVALIDITY_is_another_everywhere_while_the_fault_is_set()
    {
        await using var server = await TestServer.StartAsync();
        await using (var smtp = await ConnectAsync(server, MailProtocol.Smtp))
        {
            await EnvelopeAsync(smtp);
            await smtp.AskAsync("DATA");
            await smtp.AskAsync("Subject: x\r\n\r\nx\r\n.");
        }

        var before = await ToldAsync();
        server.Server.SetFault(1, new FaultRule { Kind = FaultKind.SwapUidValidity });
        var during = await ToldAsync();
        server.Server.RemoveFault(1);
        Assert.Equal(before, await ToldAsync());
        Assert.Equal(before + 1, during);

        async Task<uint> ToldAsync()
        {
            await using var client = await ConnectAsync(server, MailProtocol.Imap);
            await client.AskAsync("a LOGIN ann@example.com x");
            var status = await client.AskAsync("b STATUS INBOX (UIDVALIDITY)");
            await client.ReadLineAsync();
            var told = uint.Parse(status!.Split("UIDVALIDITY ")[1].TrimEnd(')'), System.Globalization.CultureInfo.InvariantCulture);
            await client.SendAsync("c SELECT INBOX\r\n");
            var lines = new List<string?>();
            do
                lines.Add(await client.ReadLineAsync());
            while (!lines[^1]!.StartsWith("c ", StringComparison.Ordinal));
            Assert.Contains($"* OK [UIDVALIDITY {told}] UIDs valid", lines);
            await client.AskAsync("d LOGOUT");

            await using var pop = await ConnectAsync(server, MailProtocol.Pop3);
            await pop.AskAsync("USER ann@example.com");
            await pop.AskAsync("PASS x");
            Assert.EndsWith($"{told:X8}", await pop.AskAsync("UIDL 1"), StringComparison.OrdinalIgnoreCase);
            await pop.AskAsync("QUIT");
            return told;
        }
    }

    private static async Task<X509Certificate2> HandshakeAsync(TestServer server, TlsMode mode)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(System.Net.IPAddress.Loopback, server.Port(MailProtocol.Imap, mode));
        var stream = socket.GetStream();
        if (mode is TlsMode.StartTls)
        {
            using var reader = new StreamReader(stream, leaveOpen: true);
            await reader.ReadLineAsync();
            await stream.WriteAsync("a STARTTLS\r\n"u8.ToArray());
            Assert.StartsWith("a OK", await reader.ReadLineAsync(), StringComparison.Ordinal);
        }

        await using var tls = new SslStream(stream, leaveInnerStreamOpen: true, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync("mx.example.com");
        return new X509Certificate2(tls.RemoteCertificate!);
    }

    private static async Task<LineClient> ConnectAsync(TestServer server, MailProtocol protocol)
    {
        var client = await server.ConnectAsync(protocol);
        await client.ReadReplyAsync();
        if (protocol is MailProtocol.Smtp)
            await client.AskAsync("EHLO client.example.org");
        return client;
    }

    private static async Task EnvelopeAsync(LineClient client)
    {
        await client.AskAsync("MAIL FROM:<bob@example.org>");
        Assert.StartsWith("250", await client.AskAsync("RCPT TO:<ann@example.com>"), StringComparison.Ordinal);
    }
}
