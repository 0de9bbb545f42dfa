using System.Net;
using MailOps.Client.Sessions;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Client.Tests.Sessions;

public class SmtpSendTests
{
    private const string Greeting = "220 mx ESMTP";

    private static readonly SmtpSendOptions Plain = new()
    {
        Server = "localhost",
        HelloName = "client",
        From = "a@example.org",
        To = ["b@example.com"],
        Content = MessageContent.From("hi"),
        Timeout = TimeSpan.FromSeconds(10),
    };

    [Fact]
    public async Task EHLO_falls_back_to_HELO_where_it_is_not_known_RFC5321_3_2()
    {
        await using var peer = Accepting(ehlo: "502 what?");
        var result = await SendAsync(peer, Plain);
        Assert.True(result.Accepted);
        Assert.StartsWith("EHLO client\r\nHELO client\r\nMAIL FROM:<a@example.org>\r\n", peer.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_message_needs_is_asked_for_where_it_is_offered()
    {
        await using var peer = Accepting(ehlo: "250-mx\r\n250-8BITMIME\r\n250 SMTPUTF8");
        await SendAsync(peer, Plain with { From = "jürgen@example.org", Content = MessageContent.From("grüß dich"), MailParameters = ["SIZE=11"] });
        Assert.Contains("MAIL FROM:<j\u00c3\u00bcrgen@example.org> SIZE=11 BODY=8BITMIME SMTPUTF8\r\n", peer.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parameters_and_brackets_are_sent_as_given()
    {
        await using var peer = Accepting();
        await SendAsync(peer, Plain with { From = "<>", To = ["<@relay.example:b@example.com>"], MailParameters = ["RET=HDRS"], RecipientParameters = ["NOTIFY=NEVER", "ORCPT=rfc822;b@example.com"] });
        Assert.Contains("MAIL FROM:<> RET=HDRS\r\nRCPT TO:<@relay.example:b@example.com> NOTIFY=NEVER ORCPT=rfc822;b@example.com\r\n", peer.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_recipient_is_a_result_and_the_others_get_the_message()
    {
        await using var peer = Accepting(rcpt: line => line.Contains("no@", StringComparison.Ordinal) ? "550 5.1.1 no such user" : "250 ok");
        var result = await SendAsync(peer, Plain with { To = ["no@example.com", "b@example.com"] });
        Assert.True(result.Accepted);
        Assert.Null(result.RefusedAt);
        Assert.Equal("no@example.com: 550 5.1.1 no such user", result.Recipients[0].ToString());
        Assert.Equal([false, true], result.Recipients.Select(r => r.Accepted));
    }

    [Fact]
    public async Task When_all_recipients_are_refused_there_is_no_DATA()
    {
        await using var peer = Accepting(rcpt: _ => "451 4.7.1 greylisted");
        var result = await SendAsync(peer, Plain);
        Assert.False(result.Accepted);
        Assert.Equal(SmtpStep.Rcpt, result.RefusedAt);
        Assert.Equal("451 4.7.1 greylisted", result.Reply);
        Assert.DoesNotContain("DATA", peer.Received, StringComparison.Ordinal);
        Assert.EndsWith("QUIT\r\n", peer.Received, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("greeting", SmtpStep.Greeting)]
    [InlineData("ehlo", SmtpStep.Ehlo)]
    [InlineData("mail", SmtpStep.Mail)]
    [InlineData("rcpt", SmtpStep.Rcpt)]
    [InlineData("data", SmtpStep.Data)]
    [InlineData("message", SmtpStep.Message)]
    public async Task A_421_at_any_step_is_a_result_that_names_the_step(string where, SmtpStep step)
    {
        const string Closing = "421 4.3.2 going down";
        await using var peer = ScriptedPeer.Start(async server =>
        {
            if (await AtAsync("greeting", Greeting)
                || await AfterLineAsync("ehlo", "250 mx")
                || await AfterLineAsync("mail", "250 ok")
                || await AfterLineAsync("rcpt", "250 ok")
                || await AfterLineAsync("data", "354 go"))
            {
                return;
            }

            await server.HearUntilAsync(".");
            await AtAsync("message", "250 ok");

            async Task<bool> AfterLineAsync(string name, string reply)
            {
                await server.HearLineAsync();
                return await AtAsync(name, reply);
            }

            async Task<bool> AtAsync(string name, string reply)
            {
                await server.SayAsync(name == where ? Closing : reply);
                return name == where;
            }
        });

        var result = await SendAsync(peer, Plain);
        Assert.False(result.Accepted);
        Assert.Equal(step, result.RefusedAt);
        Assert.Equal(Closing, result.Reply);
        Assert.DoesNotContain("QUIT", peer.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pipelining_sends_the_envelope_in_one_go_and_ends_an_unwanted_DATA_with_a_dot_RFC2920_3_1()
    {
        await using var peer = ScriptedPeer.Start(async server =>
        {
            await server.SayAsync(Greeting);
            await server.HearLineAsync();
            await server.SayAsync("250-mx\r\n250 PIPELINING");
            // Nothing is said before all three lines are there.
            await server.HearUntilAsync("DATA");
            await server.SayAsync("250 ok\r\n550 no\r\n354 go");
            await server.HearUntilAsync(".");
            await server.SayAsync("554 no recipients");
            await server.HearLineAsync();
            await server.SayAsync("221 bye");
        });

        var result = await SendAsync(peer, Plain with { Pipelining = true });
        Assert.Equal(SmtpStep.Rcpt, result.RefusedAt);
        Assert.Equal("EHLO client\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n.\r\nQUIT\r\n", peer.Received);
    }

    [Fact]
    public async Task Extra_commands_and_raw_octets_go_where_they_are_put()
    {
        await using var peer = Accepting();
        var extra = new SmtpExtraCommands
        {
            AfterEhlo = "ETRN example.com",
            AfterMail = new object[] { "NOOP", "VRFY x" },
            BeforeData = "\u0001raw\r\nNOOP\r\n"u8.ToArray(),
            AfterData = "X-Raw: 1\r\n"u8.ToArray(),
            BeforeQuit = "RSET",
        };
        var result = await SendAsync(peer, Plain with { ExtraCommands = extra });
        Assert.True(result.Accepted);
        Assert.Equal(
            "EHLO client\r\nETRN example.com\r\nMAIL FROM:<a@example.org>\r\nNOOP\r\nVRFY x\r\nRCPT TO:<b@example.com>\r\n\u0001raw\r\nNOOP\r\nDATA\r\nX-Raw: 1\r\nhi\r\n.\r\nRSET\r\nQUIT\r\n",
            peer.Received);
    }

    [Fact]
    public async Task An_early_talker_sends_before_the_greeting()
    {
        await using var peer = ScriptedPeer.Start(async server =>
        {
            await server.HearLineAsync();
            await server.SayAsync("554 no early talking");
        });
        var result = await SendAsync(peer, Plain with { ExtraCommands = new SmtpExtraCommands { BeforeGreeting = "HELO early" } });
        Assert.Equal(SmtpStep.Greeting, result.RefusedAt);
    }

    [Fact]
    public async Task A_literal_message_is_not_touched()
    {
        await using var peer = Accepting();
        await SendAsync(peer, Plain with { Content = MessageContent.From(".dot\nbare\n\r\n"u8.ToArray()), LiteralContent = true });
        Assert.Contains("DATA\r\n.dot\nbare\n\r\n.\r\nQUIT\r\n", peer.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_of_some_size_arrives_whole()
    {
        await using var peer = Accepting();
        var lines = string.Concat(Enumerable.Range(0, 20_000).Select(i => $".line {i}\n"));
        var result = await SendAsync(peer, Plain with { Content = MessageContent.From(lines) });
        var sent = lines.Replace("\n", "\r\n", StringComparison.Ordinal).Replace(".line", "..line", StringComparison.Ordinal) + ".\r\n";
        Assert.Contains("DATA\r\n" + sent + "QUIT", peer.Received, StringComparison.Ordinal);
        Assert.Equal(sent.Length, result.MessageBytes);
    }

    [Theory]
    [InlineData("PLAIN", "AUTH PLAIN AGpvaG4Ac3VtbWVyc3Vu\r\n")]
    [InlineData("LOGIN", "AUTH LOGIN\r\nam9obg==\r\nc3VtbWVyc3Vu\r\n")]
    public async Task The_password_is_sent_and_nowhere_kept(string mechanism, string wire)
    {
        await using var peer = ScriptedPeer.Start(async server =>
        {
            await server.SayAsync(Greeting);
            await server.HearLineAsync();
            await server.SayAsync($"250-mx\r\n250 AUTH {mechanism}");
            await server.HearLineAsync();
            if (mechanism == "LOGIN")
            {
                await server.SayAsync("334 VXNlcm5hbWU6");
                await server.HearLineAsync();
                await server.SayAsync("334 UGFzc3dvcmQ6");
                await server.HearLineAsync();
            }

            // A server that repeats secrets is rude, not unheard of.
            await server.SayAsync("235 2.7.0 welcome, summersun c3VtbWVyc3Vu");
            await server.HearLineAsync();
            await server.SayAsync("550 summersun");
            await server.HearLineAsync();
            await server.SayAsync("221 bye");
        });

        var result = await SendAsync(peer, Plain with { Credential = new NetworkCredential("john", "summersun") });
        Assert.Contains(wire, peer.Received, StringComparison.Ordinal);
        Assert.Equal(mechanism, result.AuthMechanism);
        var kept = string.Join('\n', result.Transcript) + result;
        Assert.DoesNotContain("summersun", kept, StringComparison.Ordinal);
        Assert.DoesNotContain("AGpvaG4Ac3VtbWVyc3Vu", kept, StringComparison.Ordinal);
        if (mechanism == "LOGIN")
            Assert.DoesNotContain("c3VtbWVyc3Vu", kept, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_with_a_line_end_is_refused_before_anything_is_sent()
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(() => SmtpSender.SendAsync(Plain with { To = ["b@example.com>\r\nRCPT TO:<c@example.com"] }, TimeProvider.System, default));
        Assert.Contains("line end", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Extra_commands_for_a_step_that_is_not_taken_are_refused()
    {
        var extra = new SmtpExtraCommands { AfterAuth = "NOOP" };
        await Assert.ThrowsAsync<ArgumentException>(() => SmtpSender.SendAsync(Plain with { ExtraCommands = extra }, TimeProvider.System, default));
    }

    [Fact]
    public async Task STARTTLS_hides_all_that_follows_and_EHLO_is_said_again()
    {
        using var certificate = TestCertificate.Make();
        await using var peer = ScriptedPeer.Start(async server =>
        {
            await server.SayAsync(Greeting);
            await server.HearLineAsync();
            await server.SayAsync("250-mx\r\n250 STARTTLS");
            await server.HearLineAsync();
            await server.SayAsync("220 go");
            await server.SecureAsync(certificate);
            await AcceptAsync(server, "250 mx", _ => "250 ok");
        });

        var result = await SendAsync(peer, Plain with { Tls = TlsMode.StartTls, SkipCertificateCheck = true });
        Assert.True(result.Accepted);
        Assert.StartsWith("EHLO client\r\nSTARTTLS\r\nEHLO client\r\nMAIL", peer.Received, StringComparison.Ordinal);
        Assert.Equal("TLSv1.3", result.Tls!.Version);
        Assert.Equal("it is self-signed", result.CertificateProblem);
        Assert.Contains(result.Transcript, e => e.ToString() == " ~> MAIL FROM:<a@example.org>");
    }

    internal static Task<SmtpSendResult> SendAsync(ScriptedPeer peer, SmtpSendOptions options) =>
        SmtpSender.SendAsync(options with { Port = peer.Port }, TimeProvider.System, TestContext.Current.CancellationToken);

    private static ScriptedPeer Accepting(string ehlo = "250 mx", Func<string, string>? rcpt = null) => ScriptedPeer.Start(async server =>
    {
        await server.SayAsync(Greeting);
        await AcceptAsync(server, ehlo, rcpt ?? (_ => "250 ok"));
    });

    private static async Task AcceptAsync(ScriptedPeer.Conversation server, string ehlo, Func<string, string> rcpt)
    {
        while (await server.HearLineAsync() is { } line)
        {
            switch (line.Split(' ', ':')[0])
            {
                case "EHLO":
                    await server.SayAsync(ehlo);
                    break;
                case "RCPT":
                    await server.SayAsync(rcpt(line));
                    break;
                case "DATA":
                    await server.SayAsync("354 go");
                    await server.HearUntilAsync(".");
                    await server.SayAsync("250 ok");
                    break;
                case "QUIT":
                    await server.SayAsync("221 bye");
                    return;
                default:
                    await server.SayAsync("250 ok");
                    break;
            }
        }
    }
}
