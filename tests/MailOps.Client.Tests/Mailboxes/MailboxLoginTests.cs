using System.Net;
using System.Text;
using MailOps.Client.Mailboxes;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Client.Tests.Mailboxes;

/// <summary>Logins by SASL at servers of POP3 and IMAP that are told what to say.</summary>
public class MailboxLoginTests
{
    private const string Token = "ya29.a-token-of-some-length";
    private const string Json = """{"status":"invalid_token","scope":"mail.read","openid-configuration":"https://issuer.example/.well-known/openid-configuration"}""";
    private const string Told = "(invalid_token; scope: mail.read; configuration: https://issuer.example/.well-known/openid-configuration)";

    [Fact]
    public async Task The_error_of_a_token_is_told_and_answered_and_the_token_nowhere_shown()
    {
        await using var pop3 = Pop3("OAUTHBEARER XOAUTH2", async (server, line) =>
        {
            await server.SayAsync("+ ");
            var sent = await server.HearLineAsync();
            await server.SayAsync("+ " + Base64(Json));
            await server.HearLineAsync();
            await server.SayAsync($"-ERR [AUTH] {line}: no such token as {Token} or {sent}");
        });
        await using var imap = Imap("SASL-IR AUTH=OAUTHBEARER AUTH=XOAUTH2", async (server, tag, line) =>
        {
            await server.SayAsync("+ " + Base64(Json));
            await server.HearLineAsync();
            await server.SayAsync($"{tag} NO [AUTHENTICATIONFAILED] no such token as {Token} or {line.Split(' ')[^1]}");
        });

        foreach (var name in new[] { "OAUTHBEARER", "XOAUTH2" })
        {
            var overPop3 = await FailAsync(MailSessionFault.AuthenticationFailed, pop3, isImap: false, Bearing(name));
            Assert.Equal($"localhost refused the login of john with {name}: -ERR [AUTH] AUTH {name}: no such token as [hidden] or [hidden] {Told}", overPop3.Message);
            var overImap = await FailAsync(MailSessionFault.AuthenticationFailed, imap, isImap: true, Bearing(name));
            Assert.Equal($"localhost refused the login of john with {name}: NO [AUTHENTICATIONFAILED] no such token as [hidden] or [hidden] {Told}", overImap.Message);
        }

        Assert.Contains($"AUTH OAUTHBEARER\r\n{Base64($"n,a=john,\u0001host=localhost\u0001port={pop3.Port}\u0001auth=Bearer {Token}\u0001\u0001")}\r\nAQ==\r\n", pop3.Received, StringComparison.Ordinal);
        Assert.Contains($"AUTH XOAUTH2\r\n{Base64($"user=john\u0001auth=Bearer {Token}\u0001\u0001")}\r\n\r\n", pop3.Received, StringComparison.Ordinal);
        Assert.Contains($"AUTHENTICATE XOAUTH2 {Base64($"user=john\u0001auth=Bearer {Token}\u0001\u0001")}\r\n\r\n", imap.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EXTERNAL_answers_the_first_challenge_where_it_has_nothing_to_say()
    {
        await using var pop3 = Pop3("EXTERNAL", async (server, _) =>
        {
            await server.SayAsync("+ ");
            await server.HearLineAsync();
            await server.SayAsync("-ERR no");
        });
        await using var imap = Imap("SASL-IR AUTH=EXTERNAL", async (server, tag, line) =>
        {
            await server.SayAsync("+ ");
            await server.HearLineAsync();
            await server.SayAsync($"{tag} NO no");
        });
        var external = (MailboxOptions options) => options with { AuthMechanism = "external", Credential = null };
        Assert.Equal("localhost refused the login with EXTERNAL: -ERR no", (await FailAsync(MailSessionFault.AuthenticationFailed, pop3, isImap: false, external)).Message);
        Assert.Equal("localhost refused the login with EXTERNAL: NO no", (await FailAsync(MailSessionFault.AuthenticationFailed, imap, isImap: true, external)).Message);
        Assert.Contains("AUTH EXTERNAL\r\n\r\n", pop3.Received, StringComparison.Ordinal);
        Assert.Contains("AUTHENTICATE EXTERNAL\r\n\r\n", imap.Received, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Success_before_the_server_has_proved_itself_is_not_believed(bool isImap)
    {
        await using var peer = isImap
            ? Imap("SASL-IR AUTH=SCRAM-SHA-256", (server, tag, _) => server.SayAsync($"{tag} OK [CAPABILITY IMAP4rev1] welcome"))
            : Pop3("SCRAM-SHA-256", async (server, _) =>
            {
                await server.SayAsync("+ ");
                await server.HearLineAsync();
                await server.SayAsync("+OK welcome");
            });
        var error = await FailAsync(MailSessionFault.AuthenticationFailed, peer, isImap);
        Assert.Equal("localhost reported success before the SCRAM-SHA-256 exchange was over: it has not proved that it knows the password.", error.Message);
    }

    [Theory]
    [InlineData("AAAA", "CRAM-MD5", "")]
    [InlineData("!!!", "CRAM-MD5", "challenge is not base64")]
    [InlineData("AAAA", "PLAIN", "sent a challenge where PLAIN has none")]
    public async Task A_challenge_that_breaks_the_mechanism_ends_the_session(string challenge, string mechanism, string expected)
    {
        await using var peer = Pop3(mechanism, async (server, _) =>
        {
            for (var step = 0; step < 2; step++)
            {
                await server.SayAsync("+ " + challenge);
                if (await server.HearLineAsync() is null)
                    return;
            }

            await server.SayAsync("-ERR enough");
        });
        var error = await FailAsync(MailSessionFault.AuthenticationFailed, peer, isImap: false);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.StartsWith($"The {mechanism} exchange with localhost failed: ", error.Message, StringComparison.Ordinal);
    }

    // A name or a token that no mechanism can carry is said before anything of it is sent.
    [Fact]
    public async Task A_token_that_is_none_is_not_sent()
    {
        await using var peer = Pop3("OAUTHBEARER", (server, _) => server.SayAsync("-ERR no"));
        var error = await FailAsync(MailSessionFault.AuthenticationFailed, peer, isImap: false, options => options with { AuthMechanism = "OAUTHBEARER", Credential = new NetworkCredential("john", "two words") });
        Assert.Contains("The access token for OAUTHBEARER is empty or holds a character that no token has", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("AUTH OAUTHBEARER", peer.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_no_server_offers_is_said_with_what_it_does()
    {
        await using var tokens = Imap("LOGINDISABLED AUTH=OAUTHBEARER", (_, _, _) => Task.CompletedTask);
        await using var bare = Pop3("PLAIN", (_, _) => Task.CompletedTask);
        var certificate = TestCertificate.Localhost;

        var unknown = await FailAsync(MailSessionFault.AuthenticationNotOffered, bare, isImap: false, options => options with { AuthMechanism = "GSSAPI" });
        Assert.StartsWith("The mechanism GSSAPI is not known here. Known are SCRAM-SHA-256-PLUS,", unknown.Message, StringComparison.Ordinal);
        var password = await FailAsync(MailSessionFault.AuthenticationNotOffered, tokens, isImap: true);
        Assert.Equal("localhost offers OAUTHBEARER and takes no password by any of them here. For a token name OAUTHBEARER or XOAUTH2, for a certificate EXTERNAL.", password.Message);
        var shown = await FailAsync(MailSessionFault.AuthenticationNotOffered, bare, isImap: false, options => options with { ClientCertificate = certificate, Credential = null });
        Assert.Equal("localhost does not offer EXTERNAL on this connection: a certificate is shown in TLS, which there is none of. Give a credential, or see to the certificate; it offers PLAIN.", shown.Message);
        Assert.DoesNotContain("AUTH ", bare.Received.Replace("AUTH\r\n", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    private static Func<MailboxOptions, MailboxOptions> Bearing(string mechanism) =>
        options => options with { AuthMechanism = mechanism, Credential = new NetworkCredential("john", Token) };

    private static ScriptedPeer Pop3(string mechanisms, Func<ScriptedPeer.Conversation, string, Task> exchange) => ScriptedPeer.Start(async server =>
    {
        await server.SayAsync("+OK ready");
        while (await server.HearLineAsync() is { } line)
        {
            if (line == "CAPA")
                await server.SendAsync($"+OK\r\nSASL {mechanisms}\r\n.\r\n");
            else if (line.StartsWith("AUTH ", StringComparison.Ordinal))
                await exchange(server, line);
            else
                await server.SayAsync("+OK 0 0");
        }
    });

    private static ScriptedPeer Imap(string capabilities, Func<ScriptedPeer.Conversation, string, string, Task> exchange) => ScriptedPeer.Start(async server =>
    {
        await server.SayAsync($"* OK [CAPABILITY IMAP4rev1 {capabilities}] ready");
        while (await server.HearLineAsync() is { } line)
        {
            var tag = line.Split(' ')[0];
            if (line.Contains(" AUTHENTICATE ", StringComparison.Ordinal))
                await exchange(server, tag, line);
            else
                await server.SayAsync($"{tag} OK done");
        }
    });

    private static async Task<MailSessionException> FailAsync(MailSessionFault fault, ScriptedPeer peer, bool isImap, Func<MailboxOptions, MailboxOptions>? change = null)
    {
        var options = new MailboxOptions
        {
            Server = "localhost",
            Port = peer.Port,
            Tls = TlsMode.None,
            Credential = new NetworkCredential("john", "summersun"),
            Timeout = TimeSpan.FromSeconds(10),
        };
        options = change?.Invoke(options) ?? options;
        var error = await Assert.ThrowsAsync<MailSessionException>(async () =>
        {
            if (isImap)
                await using (await ImapMailbox.OpenAsync(options, "INBOX", TimeProvider.System, TestContext.Current.CancellationToken))
                    return;
            await using (await Pop3Mailbox.OpenAsync(options, TimeProvider.System, TestContext.Current.CancellationToken))
                return;
        });
        Assert.True(fault == error.Fault, error.ToString());
        Assert.Null(peer.Failure);
        return error;
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
