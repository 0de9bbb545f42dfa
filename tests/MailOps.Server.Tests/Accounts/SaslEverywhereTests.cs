using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MailOps.Sasl;
using MailOps.Server.Accounts;
using MailOps.Server.Accounts.Tokens;
using MailOps.Server.Connections;
using MailOps.Server.Connections.Faults;
using MailOps.Server.Hosting;
using MailOps.Server.Tests.Accounts.Tokens;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Accounts;

/// <summary>What each protocol announces, and what it takes, by mechanisms that are there only where something else is.</summary>
public sealed class SaslEverywhereTests : IDisposable
{
    private const string Account = "joe@example.com";
    private const string Everywhere = "SCRAM-SHA-256-PLUS SCRAM-SHA-256";

    private readonly TokenMaker _issuer = new();
    private readonly ClientAuthority _authority = new();
    private readonly string _jwks = Path.Combine(Path.GetTempPath(), $"mailops-jwks-{Guid.NewGuid():N}.json");

    public SaslEverywhereTests() => File.WriteAllText(_jwks, _issuer.Jwks().ToJsonString());

    public static TheoryData<MailProtocol> Protocols => [MailProtocol.Submission, MailProtocol.Pop3, MailProtocol.Imap];

    public void Dispose()
    {
        _issuer.Dispose();
        _authority.Dispose();
        File.Delete(_jwks);
    }

    [Theory, MemberData(nameof(Protocols))]
    public async Task Mechanisms_are_announced_exactly_when_they_can_be_used(MailProtocol protocol)
    {
        await using var bare = await StartAsync("SSHA");
        Assert.Equal("SCRAM-SHA-256", await AnnouncedAsync(bare, protocol, TlsMode.StartTls));
        Assert.Equal($"{Everywhere} PLAIN LOGIN", await AnnouncedAsync(bare, protocol, TlsMode.Implicit));

        await using var full = await StartAsync("CRAM-MD5", Trusted());
        using var certificate = _authority.Issue("joe", [Account]);
        using var stranger = new ClientAuthority("Strangers");
        using var foreign = stranger.Issue("joe", [Account]);
        Assert.Equal("SCRAM-SHA-256 CRAM-MD5", await AnnouncedAsync(full, protocol, TlsMode.StartTls));
        Assert.Equal($"{Everywhere} OAUTHBEARER XOAUTH2 CRAM-MD5 PLAIN LOGIN", await AnnouncedAsync(full, protocol, TlsMode.Implicit));
        Assert.Equal($"{Everywhere} OAUTHBEARER XOAUTH2 CRAM-MD5 PLAIN LOGIN", await AnnouncedAsync(full, protocol, TlsMode.Implicit, foreign));
        Assert.Equal($"{Everywhere} EXTERNAL OAUTHBEARER XOAUTH2 CRAM-MD5 PLAIN LOGIN", await AnnouncedAsync(full, protocol, TlsMode.Implicit, certificate));
        Assert.Contains("chain does not hold", (await full.WaitForAsync<ClientCertificateRefused>()).Reason, StringComparison.Ordinal);

        // One account that could not log in by it, and the mechanism is not offered to anybody.
        await new AccountRegister(full.StorePath).AddAsync("ann@example.com", AccountSecret.FromPassword("x", "SSHA", scramKeys: true), default);
        Assert.Equal("SCRAM-SHA-256", await AnnouncedAsync(full, protocol, TlsMode.StartTls));
    }

    [Theory, MemberData(nameof(Protocols))]
    public async Task CRAM_MD5_takes_what_was_stored_for_it_and_a_password_in_the_clear(MailProtocol protocol)
    {
        await using var server = await StartAsync("CRAM-MD5");
        await new AccountRegister(server.StorePath).AddAsync("ann@example.com", AccountSecret.FromHash("{PLAIN}secret ä"), default);
        foreach (var tls in new[] { TlsMode.StartTls, TlsMode.Implicit })
        {
            Assert.Equal("", await LoginAsync(server, protocol, tls, "CRAM-MD5", "joe", "one"));
            Assert.Equal("", await LoginAsync(server, protocol, tls, "CRAM-MD5", "ann@example.com", "secret ä"));
            Assert.NotEqual("", await LoginAsync(server, protocol, tls, "CRAM-MD5", "joe", "two"));
            Assert.NotEqual("", await LoginAsync(server, protocol, tls, "CRAM-MD5", "nobody", "one"));
        }

        Assert.Equal("", await LoginAsync(server, protocol, TlsMode.Implicit, "PLAIN", "joe", "one"));
    }

    [Theory, MemberData(nameof(Protocols))]
    public async Task An_overheard_answer_to_CRAM_MD5_is_of_no_use_on_another_connection(MailProtocol protocol)
    {
        await using var server = await StartAsync("CRAM-MD5");
        string? overheard = null;
        Assert.Equal("", await LoginAsync(server, protocol, TlsMode.StartTls, "CRAM-MD5", "joe", "one", tamper: answer => overheard = answer));
        Assert.NotEqual("", await LoginAsync(server, protocol, TlsMode.StartTls, "CRAM-MD5", "joe", "one", tamper: _ => overheard!));
    }

    [Theory, MemberData(nameof(Protocols))]
    public async Task SCRAM_PLUS_is_bound_to_the_connection(MailProtocol protocol)
    {
        await using var server = await StartAsync("SSHA");
        Assert.Equal("", await LoginAsync(server, protocol, TlsMode.Implicit, "SCRAM-SHA-256-PLUS", "joe", "one"));

        // tls-server-end-point is taken as well.
        await using (var bound = await ConnectAsync(server, protocol, TlsMode.Implicit))
        {
            var endPoint = bound.Binding!.Find(ChannelBinding.TlsServerEndPoint)!.Value.ToArray();
            Assert.Equal("", await LoginAsync(server, protocol, TlsMode.Implicit, "SCRAM-SHA-256-PLUS", "joe", "one", binding: new ChannelBinding(null, endPoint)));
        }

        // Who sits between has another connection to the server than the client has to him.
        var between = new ChannelBinding(RandomNumberGenerator.GetBytes(32), null);
        var refused = await LoginAsync(server, protocol, TlsMode.Implicit, "SCRAM-SHA-256-PLUS", "joe", "one", binding: between);
        Assert.Contains("Channel binding failed", refused, StringComparison.Ordinal);

        // He takes the mechanism out of the list, and the client tells the server that it saw none.
        refused = await LoginAsync(server, protocol, TlsMode.Implicit, "SCRAM-SHA-256", "joe", "one", offered: ["SCRAM-SHA-256"]);
        Assert.Contains("Channel binding failed", refused, StringComparison.Ordinal);
        Assert.Equal("", await LoginAsync(server, protocol, TlsMode.Implicit, "SCRAM-SHA-256", "joe", "one", offered: ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"]));

        // Without TLS there is none.
        Assert.NotEqual("", await LoginAsync(server, protocol, TlsMode.StartTls, "SCRAM-SHA-256-PLUS", "joe", "one", binding: between));
    }

    [Theory, MemberData(nameof(Protocols))]
    public async Task EXTERNAL_lets_in_who_has_a_certificate_and_nobody_else(MailProtocol protocol)
    {
        using var printer = _authority.Issue("printer", []);
        await using var server = await StartAsync("SSHA", Trusted(printer));
        await new AccountRegister(server.StorePath).AddAsync("ann@example.com", AccountSecret.FromPassword("x", "SSHA", scramKeys: true), default);
        using var joe = _authority.Issue("joe", ["nobody@example.com", "Joe@Example.com"]);
        using var nobody = _authority.Issue("nobody", ["nobody@example.com"]);
        Assert.Equal("", await LoginAsync(server, protocol, TlsMode.Implicit, "EXTERNAL", "", "", joe));
        Assert.Equal("", await LoginAsync(server, protocol, TlsMode.Implicit, "EXTERNAL", "joe@example.com", "", joe));
        Assert.Equal("", await LoginAsync(server, protocol, TlsMode.Implicit, "EXTERNAL", "", "", printer));
        Assert.Contains("act as", await LoginAsync(server, protocol, TlsMode.Implicit, "EXTERNAL", "ann@example.com", "", joe), StringComparison.Ordinal);
        Assert.NotEqual("", await LoginAsync(server, protocol, TlsMode.Implicit, "EXTERNAL", "", "", nobody));
        Assert.NotEqual("", await LoginAsync(server, protocol, TlsMode.Implicit, "EXTERNAL", "", ""));
        Assert.NotEqual("", await LoginAsync(server, protocol, TlsMode.StartTls, "EXTERNAL", "joe@example.com", ""));
        Assert.Equal([Account, Account, Account], server.Events.OfType<LoginSucceeded>().Select(login => login.Account));
    }

    [Theory, MemberData(nameof(Protocols))]
    public async Task Tokens_open_the_account_that_they_name_under_TLS(MailProtocol protocol)
    {
        await using var server = await StartAsync("SSHA", Trusted());
        var token = _issuer.Sign("RS256", TokenMaker.Claims(DateTimeOffset.UtcNow).ToJsonString());
        foreach (var mechanism in new[] { "OAUTHBEARER", "XOAUTH2" })
        {
            Assert.Equal("", await LoginAsync(server, protocol, TlsMode.Implicit, mechanism, Account, token));
            Assert.Equal("", await LoginAsync(server, protocol, TlsMode.Implicit, mechanism, "joe", token));
            Assert.NotEqual("", await LoginAsync(server, protocol, TlsMode.Implicit, mechanism, Account, token[..^4] + "AAAA"));
            Assert.NotEqual("", await LoginAsync(server, protocol, TlsMode.Implicit, mechanism, "ann@example.com", token));
            Assert.Contains("TLS", await LoginAsync(server, protocol, TlsMode.StartTls, mechanism, Account, token), StringComparison.OrdinalIgnoreCase);
        }

        Assert.Equal("the signature is not that of the key", (await server.WaitForAsync<TokenRefused>()).Reason);
        Assert.DoesNotContain(token, string.Join('\n', server.Events), StringComparison.Ordinal);
        Assert.Equal(4, server.Events.OfType<LoginSucceeded>().Count());

        // The keys cannot be read: not the client's fault.
        File.WriteAllText(_jwks, "");
        Assert.Matches("^(454 4|-ERR \\[SYS/TEMP\\]|a NO \\[UNAVAILABLE\\])", await LoginAsync(server, protocol, TlsMode.Implicit, "XOAUTH2", Account, token));
    }

    [Theory, MemberData(nameof(Protocols))]
    public async Task A_fault_has_tokens_expire_in_every_protocol(MailProtocol protocol)
    {
        await using var server = await StartAsync("SSHA", Trusted());
        server.Server.SetFault(1, new FaultRule { Kind = FaultKind.ExpireToken, Count = 2 });
        var token = _issuer.Sign("RS256", TokenMaker.Claims(DateTimeOffset.UtcNow).ToJsonString());
        Assert.NotEqual("", await LoginAsync(server, protocol, TlsMode.Implicit, "OAUTHBEARER", Account, token));
        Assert.NotEqual("", await LoginAsync(server, protocol, TlsMode.Implicit, "XOAUTH2", Account, token));
        Assert.Equal("", await LoginAsync(server, protocol, TlsMode.Implicit, "OAUTHBEARER", Account, token));
        Assert.Contains("expired", (await server.WaitForAsync<TokenRefused>()).Reason, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Protocols))]
    public async Task Who_is_logged_in_by_a_token_stays_so_when_a_fault_has_tokens_expire(MailProtocol protocol)
    {
        await using var server = await StartAsync("SSHA", Trusted());
        var token = _issuer.Sign("RS256", TokenMaker.Claims(DateTimeOffset.UtcNow).ToJsonString());
        await using var client = await ConnectAsync(server, protocol, TlsMode.Implicit, null);
        var sasl = SaslMechanisms.CreateClient("OAUTHBEARER", new SaslClientContext(Account, token))!;
        Assert.True(IsTaken((await client.AskAsync($"{(protocol == MailProtocol.Imap ? "a AUTHENTICATE" : "AUTH")} OAUTHBEARER {Convert.ToBase64String(sasl.InitialResponse!.Value.Span)}"))!));

        server.Server.SetFault(1, new FaultRule { Kind = FaultKind.ExpireToken });
        Assert.Matches("^(250 |\\+OK|b OK)", await client.AskAsync(protocol == MailProtocol.Imap ? "b NOOP" : "NOOP"));
        Assert.NotEqual("", await LoginAsync(server, protocol, TlsMode.Implicit, "OAUTHBEARER", Account, token));
        Assert.Contains("expired", (await server.WaitForAsync<TokenRefused>()).Reason, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Protocols))]
    public async Task A_locked_account_is_locked_for_tokens_and_certificates_too_and_one_without_a_password_is_not(MailProtocol protocol)
    {
        await using var server = await StartAsync("SSHA", Trusted());
        var token = _issuer.Sign("ES256", TokenMaker.Claims(DateTimeOffset.UtcNow).ToJsonString());
        using var certificate = _authority.Issue("joe", [Account]);
        var users = Path.Combine(server.StorePath, "users");
        await File.WriteAllTextAsync(users, $"{Account}:!locked:::::\n");
        Assert.NotEqual("", await LoginAsync(server, protocol, TlsMode.Implicit, "OAUTHBEARER", "", token));
        Assert.NotEqual("", await LoginAsync(server, protocol, TlsMode.Implicit, "EXTERNAL", "", "", certificate));
        await File.WriteAllTextAsync(users, $"{Account}::::::\n");
        Assert.Equal("", await LoginAsync(server, protocol, TlsMode.Implicit, "OAUTHBEARER", "", token));
        Assert.Equal("", await LoginAsync(server, protocol, TlsMode.Implicit, "EXTERNAL", "", "", certificate));
        Assert.NotEqual("", await LoginAsync(server, protocol, TlsMode.Implicit, "PLAIN", "joe", "x"));
    }

    // What no client that means well says, for each mechanism: cancelled, not base64, NUL in names, an answer without end.
    [Theory, MemberData(nameof(Protocols))]
    public async Task Exchanges_that_are_not_right_end_in_an_error_and_the_session_goes_on(MailProtocol protocol)
    {
        using var certificate = _authority.Issue("joe", [Account]);
        await using var server = await StartAsync("CRAM-MD5", Trusted());
        foreach (var mechanism in await AnnouncedListAsync(server, protocol, certificate))
        {
            foreach (var answer in new[] { "*", "!!!!", "bm8g", "AA==", Convert.ToBase64String("n,,n=j\0e,r=abc"u8), Convert.ToBase64String("user=\0\u0001auth=Bearer x\u0001\u0001"u8), new string('A', 9000) })
            {
                await using var client = await ConnectAsync(server, protocol, TlsMode.Implicit, certificate);
                await client.SendAsync((protocol is MailProtocol.Imap ? "a AUTHENTICATE " : "AUTH ") + mechanism + "\r\n");
                var reply = await client.ReadReplyAsync();
                for (var step = 0; step < 3 && Challenge(reply) is not null; step++)
                    reply = await client.AskAsync(answer);

                Assert.True(reply is not null && Challenge(reply) is null && !IsTaken(reply), $"{mechanism} with {answer[..Math.Min(20, answer.Length)]}: {reply}");
                Assert.True(await IsAliveAsync(client, protocol), $"{mechanism} with {answer[..Math.Min(20, answer.Length)]}");
            }
        }

        Assert.Empty(server.Events.OfType<SessionFaulted>());
        Assert.Empty(server.Events.OfType<LoginSucceeded>());
    }

    [Theory, MemberData(nameof(Protocols))]
    public async Task An_initial_response_where_the_server_speaks_first_is_refused(MailProtocol protocol)
    {
        await using var server = await StartAsync("CRAM-MD5");
        await using var client = await ConnectAsync(server, protocol, TlsMode.Implicit);
        var reply = await client.AskAsync($"{(protocol is MailProtocol.Imap ? "a AUTHENTICATE" : "AUTH")} CRAM-MD5 {Convert.ToBase64String("joe b913a602c7eda7a495b4e6e7334d3890"u8)}");
        Assert.Null(Challenge(reply));
        Assert.False(IsTaken(reply!));
        Assert.True(await IsAliveAsync(client, protocol));
    }

    private static async Task<bool> IsAliveAsync(LineClient client, MailProtocol protocol) => protocol switch
    {
        MailProtocol.Imap => (await client.AskAsync("z NOOP"))?.StartsWith("z OK", StringComparison.Ordinal) == true,
        MailProtocol.Pop3 => (await client.AskAsync("CAPA"))?.StartsWith("+OK", StringComparison.Ordinal) == true && (await client.ReadToDotAsync()).Count > 0,
        _ => (await client.AskAsync("NOOP"))?.StartsWith("250", StringComparison.Ordinal) == true,
    };

    private Func<MailServerOptions, MailServerOptions> Trusted(X509Certificate2? byFingerprint = null) => options => options with
    {
        ClientCertificates = new ClientCertificates(
            [_authority.Root],
            CertificateNaming.Email,
            byFingerprint is null ? [] : [KeyValuePair.Create(byFingerprint.GetCertHashString(HashAlgorithmName.SHA256), Account)]),
        Authentication = options.Authentication with
        {
            Tokens = new JwksTokenValidator(_jwks, new TokenRules { Issuer = TokenMaker.Issuer, Audiences = [TokenMaker.Audience] }, options.Clock),
        },
    };

    private static async Task<TestServer> StartAsync(string scheme, Func<MailServerOptions, MailServerOptions>? configure = null)
    {
        var server = await TestServer.StartAsync(options =>
        {
            options = options with { Capture = false, Authentication = new AuthenticationOptions { FailureDelay = TimeSpan.Zero, OfferChannelBinding = true } };
            return configure?.Invoke(options) ?? options;
        });
        await new AccountRegister(server.StorePath).AddAsync(Account, AccountSecret.FromPassword("one", scheme, scramKeys: true), default);
        return server;
    }

    private static async Task<LineClient> ConnectAsync(TestServer server, MailProtocol protocol, TlsMode tls, X509Certificate2? certificate = null)
    {
        var client = await server.ConnectAsync(protocol, tls);
        if (tls == TlsMode.Implicit)
            await client.SecureAsync(certificate);
        await client.ReadReplyAsync();
        if (protocol == MailProtocol.Submission)
            await client.AskAsync("EHLO client.example.com");
        return client;
    }

    private static async Task<string> AnnouncedAsync(TestServer server, MailProtocol protocol, TlsMode tls, X509Certificate2? certificate = null)
    {
        await using var client = await ConnectAsync(server, protocol, tls, certificate);
        switch (protocol)
        {
            case MailProtocol.Pop3:
                await client.AskAsync("CAPA");
                return (await client.ReadToDotAsync()).Single(line => line.StartsWith("SASL ", StringComparison.Ordinal))[5..];
            case MailProtocol.Imap:
                var words = (await client.AskAsync("a CAPABILITY"))!.Split(' ');
                return string.Join(' ', words.Where(word => word.StartsWith("AUTH=", StringComparison.Ordinal)).Select(word => word[5..]));
            default:
                var lines = (await client.AskAsync("EHLO client.example.com"))!.Split('\n');
                return lines.Single(line => line[4..].StartsWith("AUTH ", StringComparison.Ordinal))[9..];
        }
    }

    private static async Task<string[]> AnnouncedListAsync(TestServer server, MailProtocol protocol, X509Certificate2 certificate) =>
        (await AnnouncedAsync(server, protocol, TlsMode.Implicit, certificate)).Split(' ');

    /// <summary>Logs in, and gives the server's refusal, or nothing if it was taken.</summary>
    private static async Task<string> LoginAsync(
        TestServer server, MailProtocol protocol, TlsMode tls, string mechanism, string user, string secret,
        X509Certificate2? certificate = null, ChannelBinding? binding = null, string[]? offered = null, Func<string, string>? tamper = null)
    {
        await using var client = await ConnectAsync(server, protocol, tls, certificate);
        var sasl = SaslMechanisms.CreateClient(mechanism, new SaslClientContext(user, secret) { Binding = binding ?? client.Binding, Offered = offered ?? [] })!;
        var command = (protocol == MailProtocol.Imap ? "a AUTHENTICATE " : "AUTH ") + mechanism;
        if (sasl.InitialResponse is { } initial)
            command += initial.IsEmpty ? " =" : " " + Convert.ToBase64String(initial.Span);
        var answer = await client.AskAsync(command);
        while (Challenge(answer) is { } challenge)
        {
            var response = Convert.ToBase64String((await sasl.StepAsync(challenge, default)).Span);
            answer = await client.AskAsync(tamper?.Invoke(response) ?? response);
        }

        Assert.True(!IsTaken(answer!) || sasl.IsComplete, string.Create(CultureInfo.InvariantCulture, $"The server let the client in before {mechanism} was over: {answer}"));
        if (!IsTaken(answer!))
            return answer!;

        // A maildrop is one session's: whoever logs in next has it only when this one is over, which the reply to QUIT says.
        if (protocol == MailProtocol.Pop3)
            Assert.StartsWith("+OK", await client.AskAsync("QUIT"), StringComparison.Ordinal);
        return "";
    }

    private static bool IsTaken(string answer) =>
        answer.StartsWith("235 ", StringComparison.Ordinal) || answer.StartsWith("+OK", StringComparison.Ordinal) || answer.StartsWith("a OK", StringComparison.Ordinal);

    private static byte[]? Challenge(string? answer) =>
        answer is null ? null
        : answer.StartsWith("334 ", StringComparison.Ordinal) ? Convert.FromBase64String(answer[4..])
        : answer.StartsWith("+ ", StringComparison.Ordinal) ? Convert.FromBase64String(answer[2..])
        : null;
}
