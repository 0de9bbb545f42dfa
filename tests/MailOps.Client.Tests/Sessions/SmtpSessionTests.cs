using System.Globalization;
using System.Net;
using System.Text;
using MailOps.Client.Mailboxes;
using MailOps.Client.Sessions;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Client.Tests.Sessions;

/// <summary>Messages by the thousand over a session: what is said, what becomes of each recipient, and that none comes twice.</summary>
public partial class SmtpSessionTests
{
    private const string Header = "From: Anna <a@example.org>\r\nTo: b@example.com\r\nSubject: Hello\r\nDate: Mon, 30 Nov 2026 00:00:00 +0000\r\nMessage-ID: <1@example.org>\r\n";
    private const string Message = Header + "\r\nHi.\r\n";

    [Fact]
    public async Task Messages_go_one_after_the_other_over_one_connection()
    {
        await using var peer = Server();
        await using var session = Session(peer);
        for (var i = 0; i < 20; i++)
        {
            var result = Assert.Single(await SendAsync(session, Message));
            Assert.Equal(MailSendStatus.Accepted, result.Status);
            Assert.Equal(("b@example.com", "a@example.org", "Hello", "1@example.org", 1), (result.Recipient, result.Sender, result.Subject, result.MessageId, result.Attempts));
            Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"Q{i + 1}"), result.QueueId);
        }

        Assert.Equal(1, Count(peer, "EHLO "));
        Assert.Equal(20, Count(peer, "MAIL FROM:<a@example.org>"));
        Assert.Equal(1, session.IdleConnections);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_refused_recipient_is_a_result_and_the_others_get_the_message(bool isPipelined)
    {
        await using var peer = Server(isPipelined ? ["PIPELINING"] : [], line => line.Contains("nobody", StringComparison.Ordinal) ? "550 5.1.1 No such user" : null);
        await using var session = Session(peer);
        var results = await SendAsync(session, Message, "b@example.com", "nobody@example.com", "c@example.com");
        Assert.Equal([MailSendStatus.Accepted, MailSendStatus.Refused, MailSendStatus.Accepted], results.Select(one => one.Status));
        Assert.Equal((550, "5.1.1", "No such user", false), (results[1].Code, results[1].EnhancedCode, results[1].Reply, results[1].CanRetry));

        // Refused by all, and the connection goes on to be of use.
        Assert.Equal(MailSendStatus.Refused, Assert.Single(await SendAsync(session, Message, "nobody@example.com")).Status);
        Assert.Equal(MailSendStatus.Accepted, Assert.Single(await SendAsync(session, Message)).Status);
        Assert.Equal(1, Count(peer, "EHLO "));
    }

    [Fact]
    public async Task A_refused_sender_and_a_refused_message_are_the_answer_for_every_recipient()
    {
        await using var peer = Server(["PIPELINING"], line => line.StartsWith("MAIL FROM:<bad", StringComparison.Ordinal) ? "451 4.7.1 Later" : line == "." ? "554 5.7.1 Spam" : null);
        await using var session = Session(peer);
        var sender = await SendAsync(session, Message.Replace("a@example.org", "bad@example.org", StringComparison.Ordinal), "b@example.com", "c@example.com");
        Assert.All(sender, one => Assert.Equal((MailSendStatus.Refused, 451, true), (one.Status, one.Code, one.CanRetry)));
        var message = await SendAsync(session, Message, "b@example.com", "c@example.com");
        Assert.All(message, one => Assert.Equal((MailSendStatus.Refused, 554, "Spam"), (one.Status, one.Code, one.Reply)));
    }

    [Fact]
    public async Task Recipients_that_are_too_many_for_one_transaction_have_another()
    {
        var named = 0;
        await using var peer = Server(["PIPELINING"], line =>
        {
            if (line.StartsWith("MAIL", StringComparison.Ordinal))
                named = 0;
            return line.StartsWith("RCPT", StringComparison.Ordinal) && ++named > 40 ? "452 4.5.3 Too many recipients" : null;
        });
        await using var session = Session(peer);
        var recipients = Enumerable.Range(1, 230).Select(i => string.Create(CultureInfo.InvariantCulture, $"user{i}@example.com")).ToArray();
        var results = await SendAsync(session, Message, recipients);
        Assert.Equal(recipients, results.Select(one => one.Recipient));
        Assert.All(results, one => Assert.Equal(MailSendStatus.Accepted, one.Status));
        Assert.All(recipients, one => Assert.True(Count(peer, $"RCPT TO:<{one}>") >= 1));
    }

    [Fact]
    public async Task Bcc_is_in_the_envelope_and_nowhere_else()
    {
        await using var peer = Server(["PIPELINING"]);
        await using var session = Session(peer);
        var text = "From: a@example.org\r\nBCC: secret@example.com,\r\n other@example.com\r\nTo: Friends: b@example.com, B <b@example.com>;\r\nCc: c@example.com\r\nResent-Bcc :\r\nSubject: x\r\n\r\nBcc: stays, it is text\r\n";
        var results = await SendAsync(session, text.Replace("Resent-Bcc :\r\n", "", StringComparison.Ordinal));
        Assert.Equal(["b@example.com", "c@example.com", "secret@example.com", "other@example.com"], results.Select(one => one.Recipient));
        var sent = peer.Received[peer.Received.IndexOf("DATA\r\n", StringComparison.Ordinal)..];
        Assert.DoesNotContain("secret@", sent, StringComparison.Ordinal);
        Assert.DoesNotContain("other@", sent, StringComparison.Ordinal);
        Assert.Contains("\r\n\r\nBcc: stays, it is text\r\n.\r\n", sent, StringComparison.Ordinal);
        Assert.Contains("\r\nDate: ", sent, StringComparison.Ordinal);
        Assert.Contains($"\r\nMessage-ID: <{results[0].MessageId}>\r\n", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_that_was_sent_again_goes_to_whom_it_was_sent_again()
    {
        await using var peer = Server();
        await using var session = Session(peer);
        var result = Assert.Single(await SendAsync(session, "Resent-From: r@example.org\r\nResent-To: new@example.com\r\n" + Message));
        Assert.Equal(("r@example.org", "new@example.com"), (result.Sender, result.Recipient));
    }

    [Fact]
    public async Task Eight_bits_are_announced_or_encoded()
    {
        await using var able = Server(["8BITMIME", "SIZE 1000000"]);
        await using (var session = Session(able))
        {
            Assert.Equal(MailSendStatus.Accepted, Assert.Single(await SendAsync(session, Header + "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGrüße\r\n")).Status);
            Assert.Matches("MAIL FROM:<a@example.org> SIZE=[0-9]+ BODY=8BITMIME\r\n", able.Received);
            Assert.Contains(Encoding.Latin1.GetString("Grüße"u8), able.Received, StringComparison.Ordinal);
            await SendAsync(session, Message);
            Assert.Matches("MAIL FROM:<a@example.org> SIZE=[0-9]+\r\n", able.Received);
        }

        await using var old = Server();
        await using var other = Session(old);
        Assert.Equal(MailSendStatus.Accepted, Assert.Single(await SendAsync(other, Header + "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGrüße aus der Ferne an alle, die das lesen\r\n")).Status);
        Assert.Contains("MAIL FROM:<a@example.org>\r\n", old.Received, StringComparison.Ordinal);
        Assert.Contains("Gr=C3=BC=C3=9Fe", old.Received, StringComparison.Ordinal);
        Assert.True(Ascii.IsValid(old.Received));

        // What is signed would be broken by another encoding.
        var signed = Assert.Single(await SendAsync(other, Header + "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGrüße\r\n--b--\r\n"));
        Assert.Equal((MailSendStatus.Refused, "5.6.3"), (signed.Status, signed.EnhancedCode));
    }

    [Fact]
    public async Task Addresses_in_UTF_8_need_SMTPUTF8_and_domains_do_not()
    {
        await using var able = Server(["SMTPUTF8", "8BITMIME"]);
        await using (var session = Session(able))
        {
            Assert.Equal(MailSendStatus.Accepted, Assert.Single(await SendAsync(session, Message, "jürgen@exämple.com")).Status);
            Assert.Contains("MAIL FROM:<a@example.org> SMTPUTF8\r\n", able.Received, StringComparison.Ordinal);
            Assert.Contains(Encoding.Latin1.GetString("RCPT TO:<jürgen@xn--exmple-cua.com>"u8), able.Received, StringComparison.Ordinal);
        }

        await using var old = Server(["8BITMIME"]);
        await using var other = Session(old);
        var results = await SendAsync(other, Message, "jürgen@exämple.com", "b@exämple.com");
        Assert.Equal((MailSendStatus.Refused, 553, "5.6.7"), (results[0].Status, results[0].Code, results[0].EnhancedCode));
        Assert.Equal((MailSendStatus.Accepted, "b@xn--exmple-cua.com"), (results[1].Status, results[1].Recipient));
        Assert.Contains("MAIL FROM:<a@example.org>\r\n", old.Received, StringComparison.Ordinal);

        var header = await SendAsync(other, Message.Replace("Hello", "Grüße", StringComparison.Ordinal));
        Assert.Equal((MailSendStatus.Refused, "5.6.7"), (header[0].Status, header[0].EnhancedCode));
        Assert.Equal(1, Count(old, "DATA\r\n"));
    }

    [Fact]
    public async Task A_message_that_is_too_large_is_not_sent()
    {
        await using var peer = Server(["SIZE 100"]);
        await using var session = Session(peer);
        Assert.Equal("5.3.4", Assert.Single(await SendAsync(session, Message)).EnhancedCode);
        Assert.DoesNotContain("MAIL", peer.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Notices_are_asked_for_of_servers_that_have_them()
    {
        await using var peer = Server(["DSN"]);
        await using var session = Session(peer);
        await SendAsync(session, Message, DeliveryNotice.Success | DeliveryNotice.Delay);
        Assert.Contains("RCPT TO:<b@example.com> NOTIFY=SUCCESS,DELAY\r\n", peer.Received, StringComparison.Ordinal);
        await SendAsync(session, Message, DeliveryNotice.Never | DeliveryNotice.Failure);
        Assert.Contains("RCPT TO:<b@example.com> NOTIFY=NEVER\r\n", peer.Received, StringComparison.Ordinal);
        await using var old = Server();
        await using var other = Session(old);
        await SendAsync(other, Message, DeliveryNotice.Success);
        Assert.Contains("RCPT TO:<b@example.com>\r\n", old.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_login_that_fails_is_the_result_and_shows_no_password()
    {
        await using var peer = Server(["AUTH PLAIN"], line => line.StartsWith("AUTH", StringComparison.Ordinal) ? $"535 5.7.8 Not summersun with {line[11..]}" : null);
        await using var session = new MailSession(MailProtocol.Smtp, Options(peer) with { Credential = new NetworkCredential("john", "summersun") }, TimeProvider.System);
        var result = Assert.Single(await SendAsync(session, Message));
        Assert.Equal((MailSendStatus.NotSent, MailSessionFault.AuthenticationFailed), (result.Status, result.Fault));
        Assert.Contains("refused the login of john with PLAIN: 535 5.7.8 Not [hidden] with [hidden]", result.Reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_the_server_refuses_is_renewed_once()
    {
        var given = 0;
        await using var peer = Server(["AUTH PLAIN XOAUTH2"], line => !line.StartsWith("AUTH", StringComparison.Ordinal) ? null : line.Contains(Convert.ToBase64String("user=john\u0001auth=Bearer second-token\u0001\u0001"u8), StringComparison.Ordinal) ? "235 ok" : "535 5.7.8 expired");
        var tokens = new AccessTokens(_ => Task.FromResult(++given == 1 ? "second-token" : "third-token"));
        await using var session = new MailSession(MailProtocol.Smtp, Options(peer) with { Credential = new NetworkCredential("john", ""), Tokens = tokens }, TimeProvider.System);
        Assert.Equal(MailSendStatus.Accepted, Assert.Single(await SendAsync(session, Message)).Status);
        Assert.Equal("XOAUTH2", session.AuthMechanism);
        Assert.Equal(1, given);

        await using var other = Server(["AUTH PLAIN XOAUTH2"], line => line.StartsWith("AUTH", StringComparison.Ordinal) ? "535 5.7.8 expired third-token" : null);
        await using var refused = new MailSession(MailProtocol.Smtp, Options(other) with { Credential = new NetworkCredential("john", ""), Tokens = tokens }, TimeProvider.System);
        var result = Assert.Single(await SendAsync(refused, Message));
        Assert.Equal(MailSessionFault.AuthenticationFailed, result.Fault);
        Assert.DoesNotContain("third-token", result.Reply, StringComparison.Ordinal);
        Assert.Equal(2, given);
    }

    [Fact]
    public async Task A_pin_needs_TLS()
    {
        await using var peer = Server();
        await using var session = new MailSession(MailProtocol.Smtp, Options(peer) with { CertificatePins = CertificatePin.Parse([new string('a', 64)]) }, TimeProvider.System);
        await Assert.ThrowsAsync<ArgumentException>(() => SendAsync(session, Message));
        Assert.DoesNotContain("EHLO", peer.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_silent_is_not_asked_again()
    {
        await using var peer = ScriptedPeer.Start(async server =>
        {
            await GreetAsync(server, []);
            await server.HangAsync();
        });
        await using var session = new MailSession(MailProtocol.Smtp, Options(peer) with { Timeout = TimeSpan.FromMilliseconds(300) }, TimeProvider.System);
        var result = Assert.Single(await SendAsync(session, Message));
        Assert.Equal((MailSendStatus.NotSent, MailSessionFault.TimedOut, 1), (result.Status, result.Fault, result.Attempts));
    }

    [Fact]
    public async Task A_server_that_says_more_than_it_was_asked_is_left()
    {
        await using var peer = Server([], line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "250 ok\r\n250 more\r\n250 and more" : null);
        await using var session = Session(peer);
        var result = Assert.Single(await SendAsync(session, Message));
        Assert.Equal((MailSendStatus.NotSent, MailSessionFault.ProtocolViolation), (result.Status, result.Fault));
        Assert.Equal(0, session.IdleConnections);
    }

    [Theory]
    [InlineData("To: b@example.com\r\n\r\nx", "no sender")]
    [InlineData("From: a@example.org\r\n\r\nx", "no recipient")]
    [InlineData("", "no sender")]
    public async Task A_message_that_cannot_be_sent_says_why(string text, string why)
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(() => PrepareAsync(text));
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("garbage line\r\n", 3)]
    [InlineData("X y: z\r\n", 3)]
    [InlineData(": nameless\r\n", 3)]
    [InlineData("X: y\r", 3)]
    [InlineData("X: y\r\r\n", 3)]
    [InlineData("X: y\r\n z\r", 4)]
    [InlineData("\r", 3)]
    public async Task A_header_that_is_read_in_two_ways_is_not_sent(string broken, int line)
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(() => PrepareAsync($"From: a@example.org\r\nTo: b@example.com\r\n{broken}Bcc: secret@example.com\r\nSubject: x\r\n\r\nx\r\n"));
        Assert.StartsWith($"Line {line} of the message's header is no field", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("b@example.com>\r\nRCPT TO:<c@example.com")]
    [InlineData("no address at all, <")]
    [InlineData("")]
    public async Task An_address_that_is_none_is_refused(string recipient) =>
        await Assert.ThrowsAsync<ArgumentException>(() => PrepareAsync(Message, recipient));

    [Fact]
    public async Task A_session_of_another_protocol_sends_nothing()
    {
        await using var session = new MailSession(MailProtocol.Imap, new MailboxOptions { Server = "localhost", Port = 1 }, TimeProvider.System);
        var error = await Assert.ThrowsAsync<MailSessionException>(() => SendAsync(session, Message));
        Assert.EndsWith("speaks IMAP, and this needs SMTP.", error.Message, StringComparison.Ordinal);
    }

    private static MailboxOptions Options(ScriptedPeer peer) => new() { Server = "localhost", Port = peer.Port, Tls = TlsMode.None, Timeout = TimeSpan.FromSeconds(10) };

    private static MailSession Session(ScriptedPeer peer) => new(MailProtocol.Smtp, Options(peer), TimeProvider.System);

    private static int Count(ScriptedPeer peer, string text) => peer.Received.Split(text).Length - 1;

    private static Task<OutgoingMessage> PrepareAsync(string text, params string[] recipients) =>
        OutgoingMessage.PrepareAsync(MessageContent.From(text), sender: null, recipients.Length == 0 ? null : recipients, DeliveryNotice.Unsaid, TestContext.Current.CancellationToken);

    private static async Task<IReadOnlyList<MailSendResult>> SendAsync(MailSession session, string text, params string[] recipients)
    {
        using var message = await PrepareAsync(text, recipients);
        return await session.SendAsync(message, TestContext.Current.CancellationToken);
    }

    private static async Task SendAsync(MailSession session, string text, DeliveryNotice notice)
    {
        using var message = await OutgoingMessage.PrepareAsync(MessageContent.From(text), sender: null, recipients: null, notice, TestContext.Current.CancellationToken);
        await session.SendAsync(message, TestContext.Current.CancellationToken);
    }

    private static async Task GreetAsync(ScriptedPeer.Conversation server, string[] offers)
    {
        await server.SayAsync("220 mx");
        await server.HearLineAsync();
        await server.SayAsync(string.Join("\r\n", ["250-mx", .. offers.Select(offer => "250-" + offer), "250 HELP"]));
    }

    // A server that takes all, but what it is told to answer otherwise; an empty answer ends the connection.
    private static ScriptedPeer Server(string[]? offers = null, Func<string, string?>? answer = null, int messages = int.MaxValue)
    {
        var taken = 0;
        return ScriptedPeer.Start(async server =>
        {
            await server.SayAsync("220 mx");
            for (var left = messages; await server.HearLineAsync() is { } line;)
            {
                var said = answer?.Invoke(line);
                if (said is null && line.StartsWith("DATA", StringComparison.Ordinal))
                {
                    await server.SayAsync("354 go");
                    await server.HearUntilAsync(".");
                    said = answer?.Invoke(".") ?? string.Create(CultureInfo.InvariantCulture, $"250 2.0.0 Ok: queued as Q{++taken}");
                    left--;
                }

                if (said == "")
                    return;
                await server.SayAsync(said ?? (line.StartsWith("EHLO", StringComparison.Ordinal) ? string.Join("\r\n", ["250-mx", .. (offers ?? []).Select(offer => "250-" + offer), "250 HELP"]) : "250 2.0.0 ok"));
                if (said?.StartsWith("421", StringComparison.Ordinal) == true || left == 0)
                    return;
            }
        });
    }
}
