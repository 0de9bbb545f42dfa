using System.Net;
using MailOps.Client.Sessions;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Client.Tests.Sessions;

/// <summary>Peers that are slow, gone, broken or hostile: each is one clear error with what was reached until then.</summary>
public class SmtpFaultTests
{
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
    public async Task A_peer_that_closes_in_the_middle_of_a_reply()
    {
        await using var peer = ScriptedPeer.Start(async server =>
        {
            await server.SayAsync("220 mx");
            await server.HearLineAsync();
            await server.SendAsync("250-mx\r\n250-SI");
        });
        var error = await FailAsync(peer, Plain, MailSessionFault.ConnectionLost);
        Assert.Contains("in the middle of a line of its reply to EHLO (\"250-SI\")", error.Message, StringComparison.Ordinal);
        Assert.Equal("<-  250-SI", error.Result.Transcript[^1].ToString());
    }

    [Fact]
    public async Task A_peer_that_resets_the_connection()
    {
        await using var peer = ScriptedPeer.Start(async server =>
        {
            await server.SayAsync("220 mx");
            await server.HearLineAsync();
            server.Reset();
        });
        await FailAsync(peer, Plain, MailSessionFault.ConnectionLost);
    }

    [Fact]
    public async Task A_peer_that_never_greets()
    {
        await using var peer = ScriptedPeer.Start(server => server.HangAsync());
        var error = await FailAsync(peer, Plain with { Timeout = TimeSpan.FromMilliseconds(200) }, MailSessionFault.TimedOut);
        Assert.Contains("did not send its greeting within 0.2 seconds. If the port expects TLS at once, connect with implicit TLS.", error.Message, StringComparison.Ordinal);
        Assert.Contains("Connected to localhost", error.Result.Transcript[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_peer_that_stops_reading_a_message()
    {
        await using var peer = ScriptedPeer.Start(async server =>
        {
            await server.SayAsync("220 mx");
            for (var i = 0; i < 3; i++)
            {
                await server.HearLineAsync();
                await server.SayAsync("250 ok");
            }

            await server.HearLineAsync();
            await server.SayAsync("354 go");
            await server.HangAsync();
        });
        var error = await FailAsync(peer, Plain with { Timeout = TimeSpan.FromMilliseconds(500), Content = MessageContent.From(new byte[64 * 1024 * 1024]) }, MailSessionFault.TimedOut);
        Assert.Contains("did not read what was sent", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_peer_that_gives_up_on_a_message_has_the_last_word()
    {
        await using var peer = ScriptedPeer.Start(async server =>
        {
            await server.SayAsync("220 mx");
            for (var i = 0; i < 3; i++)
            {
                await server.HearLineAsync();
                await server.SayAsync("250 ok");
            }

            await server.HearLineAsync();
            await server.SayAsync("354 go");
            await server.HearLineAsync();
            await server.SayAsync("552 5.3.4 too big");
            await server.HearUntilAsync(".");
        });
        var result = await SmtpSendTests.SendAsync(peer, Plain with { Content = MessageContent.From(string.Concat(Enumerable.Repeat("0123456789\r\n", 1000))) });
        Assert.Equal(SmtpStep.Message, result.RefusedAt);
        Assert.Equal("552 5.3.4 too big", result.Reply);
    }

    [Fact]
    public async Task A_reply_line_of_one_mebibyte()
    {
        await using var peer = ScriptedPeer.Start(server => server.SayAsync("220 " + new string('x', 1024 * 1024)));
        var error = await FailAsync(peer, Plain, MailSessionFault.ProtocolViolation);
        Assert.Contains("more than 8192 octets", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_greeting_that_is_garbage()
    {
        await using var peer = ScriptedPeer.Start(server => server.SayAsync("+OK POP3 ready"));
        var error = await FailAsync(peer, Plain, MailSessionFault.ProtocolViolation);
        Assert.Contains("\"+OK POP3 ready\"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Octets_injected_after_STARTTLS_end_the_session_RFC3207_6()
    {
        using var certificate = TestCertificate.Make();
        await using var peer = ScriptedPeer.Start(async server =>
        {
            await server.SayAsync("220 mx");
            await server.HearLineAsync();
            await server.SayAsync("250-mx\r\n250 STARTTLS");
            await server.HearLineAsync();
            await server.SendAsync("220 go\r\n250 injected\r\n");
            await server.SecureAsync(certificate);
        });
        var error = await FailAsync(peer, Plain with { Tls = TlsMode.StartTls, SkipCertificateCheck = true }, MailSessionFault.ProtocolViolation);
        Assert.Contains("injecting", error.Message, StringComparison.Ordinal);
        Assert.Null(error.Result.Tls);
    }

    [Theory]
    [InlineData("localhost", 30, "it is self-signed")]
    [InlineData("mx.example.com", 30, "it is for mx.example.com, not for localhost; it is self-signed")]
    [InlineData("localhost", -1, "it expired on")]
    public async Task A_certificate_that_does_not_hold_says_why(string name, int days, string says)
    {
        using var certificate = TestCertificate.Make(name, TimeSpan.FromDays(days));
        await using var peer = ScriptedPeer.Start(async server =>
        {
            await server.SecureAsync(certificate);
            await server.SayAsync("220 mx");
        });
        var error = await FailAsync(peer, Plain with { Tls = TlsMode.Implicit }, MailSessionFault.CertificateNotTrusted);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.Equal(error.Result.CertificateProblem, error.Message.Split("not trusted: ")[1].Split(". Use")[0]);
    }

    [Fact]
    public async Task Implicit_TLS_on_a_port_that_greets_in_the_clear()
    {
        await using var peer = ScriptedPeer.Start(async server =>
        {
            await server.SayAsync("220 mx.example.com ESMTP in the clear");
            await server.HearEndAsync();
        });
        await FailAsync(peer, Plain with { Tls = TlsMode.Implicit }, MailSessionFault.TlsFailed);
    }

    [Theory]
    [InlineData("250 mx", null)]
    [InlineData("250-mx\r\n250 STARTTLS", "454 4.7.0 not now")]
    public async Task STARTTLS_that_is_not_offered_or_refused_is_never_passed_over(string ehlo, string? reply)
    {
        await using var peer = ScriptedPeer.Start(async server =>
        {
            await server.SayAsync("220 mx");
            await server.HearLineAsync();
            await server.SayAsync(ehlo);
            if (reply is not null)
            {
                await server.HearLineAsync();
                await server.SayAsync(reply);
            }

            await server.HearEndAsync();
        });
        await FailAsync(peer, Plain with { Tls = TlsMode.StartTls }, MailSessionFault.TlsNotOffered);
        Assert.DoesNotContain("MAIL", await peer.ReceivedAtEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_login_that_is_refused()
    {
        await using var peer = ScriptedPeer.Start(async server =>
        {
            await server.SayAsync("220 mx");
            await server.HearLineAsync();
            await server.SayAsync("250-mx\r\n250 AUTH PLAIN");
            await server.HearLineAsync();
            await server.SayAsync("535 5.7.8 not with summersun");
            await server.HearEndAsync();
        });
        var error = await FailAsync(peer, Plain with { Credential = new NetworkCredential("john", "summersun") }, MailSessionFault.AuthenticationFailed);
        Assert.Contains("refused the login of john with PLAIN: 535 5.7.8 not with [hidden]", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("summersun", error.ToString() + string.Join('\n', error.Result.Transcript), StringComparison.Ordinal);
    }

    // RFC 7628 section 3.2.2: what is wrong with a token stands in JSON inside the exchange, and the reply says no more than that it failed.
    [Fact]
    public async Task A_token_that_is_refused()
    {
        await using var peer = ScriptedPeer.Start(async server =>
        {
            await server.SayAsync("220 mx");
            await server.HearLineAsync();
            await server.SayAsync("250-mx\r\n250 AUTH XOAUTH2");
            var sent = (await server.HearLineAsync())!.Split(' ')[^1];
            await server.SayAsync("334 " + Convert.ToBase64String("""{"status":"401","schemes":"bearer","scope":"https://mail.example/"}"""u8));
            await server.HearLineAsync();
            await server.SayAsync("535 5.7.8 not with a-token nor " + sent);
            await server.HearEndAsync();
        });
        var error = await FailAsync(peer, Plain with { AuthMechanism = "XOAUTH2", Credential = new NetworkCredential("john", "a-token") }, MailSessionFault.AuthenticationFailed);
        Assert.Contains("refused the login of john with XOAUTH2: 535 5.7.8 not with [hidden] nor [hidden] (status 401; scope: https://mail.example/)", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("a-token", error.ToString() + string.Join('\n', error.Result.Transcript), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("250 mx", "offers no AUTH")]
    [InlineData("250-mx\r\n250 AUTH GSSAPI", "none of which is known")]
    public async Task A_login_that_is_not_possible(string ehlo, string says)
    {
        await using var peer = ScriptedPeer.Start(async server =>
        {
            await server.SayAsync("220 mx");
            await server.HearLineAsync();
            await server.SayAsync(ehlo);
            await server.HearEndAsync();
        });
        var error = await FailAsync(peer, Plain with { Credential = new NetworkCredential("john", "x") }, MailSessionFault.AuthenticationNotOffered);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("235 2.7.0 ok", "before the SCRAM-SHA-256 exchange was over")]
    [InlineData("334 not base64!", "not base64")]
    [InlineData("334 cj1mb28=", "exchange with localhost failed")]
    public async Task A_server_that_cannot_prove_itself_in_SCRAM_is_not_believed(string answer, string says)
    {
        await using var peer = ScriptedPeer.Start(async server =>
        {
            await server.SayAsync("220 mx");
            await server.HearLineAsync();
            await server.SayAsync("250-mx\r\n250 AUTH PLAIN SCRAM-SHA-256");
            await server.HearLineAsync();
            await server.SayAsync(answer);
            await server.HearLineAsync();
            await server.SayAsync("501 cancelled");
            await server.HearEndAsync();
        });
        var error = await FailAsync(peer, Plain with { Credential = new NetworkCredential("john", "summersun") }, MailSessionFault.AuthenticationFailed);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("AUTH PLAIN", peer.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_ends_the_wait_at_once_and_is_no_error_of_the_peer()
    {
        await using var peer = ScriptedPeer.Start(server => server.HangAsync());
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SmtpSender.SendAsync(Plain with { Port = peer.Port, Timeout = TimeSpan.FromMinutes(10) }, TimeProvider.System, cancel.Token));
    }

    [Fact]
    public async Task A_message_that_was_accepted_stays_so_when_QUIT_is_not_answered()
    {
        await using var peer = ScriptedPeer.Start(async server =>
        {
            await server.SayAsync("220 mx");
            for (var i = 0; i < 3; i++)
            {
                await server.HearLineAsync();
                await server.SayAsync("250 ok");
            }

            await server.HearLineAsync();
            await server.SayAsync("354 go");
            await server.HearUntilAsync(".");
            await server.SayAsync("250 ok");
            server.Reset();
        });
        Assert.True((await SmtpSendTests.SendAsync(peer, Plain)).Accepted);
    }

    private static async Task<SmtpSendException> FailAsync(ScriptedPeer peer, SmtpSendOptions options, MailSessionFault fault)
    {
        var error = await Assert.ThrowsAsync<SmtpSendException>(() => SmtpSendTests.SendAsync(peer, options));
        Assert.Equal(fault, error.Fault);
        Assert.False(error.Result.Accepted);
        Assert.NotEmpty(error.Result.Transcript);
        return error;
    }
}
