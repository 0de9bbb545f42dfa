using System.Globalization;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Net.Pop3;
using MailKit.Net.Smtp;
using MailKit.Security;
using MailOps.Sasl;
using MailOps.Server.Accounts;
using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Tests.Support;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Interop.Tests.Accounts;

/// <summary>Other people's clients log in by each mechanism that they know.</summary>
public sealed class LoginClientsTests
{
    private const string Account = "joe@example.com";
    private const string Token = "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg";

    [Theory]
    [InlineData("CRAM-MD5", TlsMode.StartTls)]
    [InlineData("CRAM-MD5", TlsMode.Implicit)]
    [InlineData("PLAIN", TlsMode.Implicit)]
    [InlineData("LOGIN", TlsMode.Implicit)]
    public async Task Swaks_logs_in(string mechanism, TlsMode tls)
    {
        var swaks = Peers.Require("swaks", "swaks");
        await using var server = await StartAsync();
        string[] secure = tls is TlsMode.Implicit ? ["--tlsc"] : [];
        foreach (var (password, taken) in new[] { ("one two", true), ("three", false) })
        {
            var ran = await PeerCommand.RunAsync(swaks,
            [
                "--server", "127.0.0.1", "--port", Text(server.Port(MailProtocol.Submission, tls)), .. secure, "--auth", mechanism, "--auth-user", Account, "--auth-password", password,
                "--from", Account, "--to", Account, "--quit-after", "AUTH",
            ]);
            Assert.True(taken == (ran.ExitCode == 0), ran.Output + ran.Error);
        }

        await LoggedInAsync(server, mechanism);
    }

    [Theory]
    [InlineData(MailProtocol.Imap, "CRAM-MD5", false)]
    [InlineData(MailProtocol.Imap, "OAUTHBEARER", true)]
    [InlineData(MailProtocol.Pop3, "CRAM-MD5", false)]
    [InlineData(MailProtocol.Pop3, "OAUTHBEARER", true)]
    [InlineData(MailProtocol.Pop3, "+APOP", false)]
    [InlineData(MailProtocol.Submission, "CRAM-MD5", false)]
    [InlineData(MailProtocol.Submission, "OAUTHBEARER", true)]
    public async Task Curl_logs_in(MailProtocol protocol, string mechanism, bool isToken)
    {
        var curl = Peers.Require("curl", "curl");
        await using var server = await StartAsync(mechanism == "+APOP" ? "{PLAIN}one two" : null);
        var port = server.Port(protocol, TlsMode.Implicit);
        var scheme = protocol switch { MailProtocol.Imap => "imaps", MailProtocol.Pop3 => "pop3s", _ => "smtps" };
        foreach (var (password, token, taken) in new[] { ("one two", Token, true), ("three", "other", false) })
        {
            string[] secret = isToken ? ["-u", Account + ":", "--oauth2-bearer", token] : ["-u", $"{Account}:{password}"];
            string[] what = protocol is MailProtocol.Submission ? ["-X", "NOOP"] : [];
            var ran = await PeerCommand.RunAsync(curl,
                ["-sS", "-k", "--resolve", $"localhost:{Text(port)}:127.0.0.1", .. secret, "--login-options", $"AUTH={mechanism}", .. what, $"{scheme}://localhost:{Text(port)}/"]);
            Assert.True(taken == (ran.ExitCode == 0), ran.Output + ran.Error);
        }

        await LoggedInAsync(server, mechanism.TrimStart('+'));
    }

    [Theory]
    [InlineData("scram-sha-256", "SCRAM-SHA-256")]
    [InlineData("cram-md5", "CRAM-MD5")]
    [InlineData("oauthbearer", "OAUTHBEARER")]
    [InlineData("xoauth2", "XOAUTH2")]
    [InlineData("plain", "PLAIN")]
    [InlineData("external", "EXTERNAL")]
    public async Task Msmtp_logs_in(string method, string mechanism)
    {
        var msmtp = Peers.Require("msmtp", "msmtp");
        using var authority = new ClientAuthority();
        using var certificate = authority.Issue("joe", [Account]);
        await using var server = await StartAsync(clients: new ClientCertificates([authority.Root], CertificateNaming.Email, []));
        using var home = new PrivateFolder();
        var pem = home.Write("client.pem", certificate.ExportCertificatePem());
        var key = home.WriteSecret("client.key", System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.GetECDsaPrivateKey(certificate)!.ExportPkcs8PrivateKeyPem());
        var secret = mechanism is "OAUTHBEARER" or "XOAUTH2" ? Token : "one two";
        var rc = home.WriteSecret("msmtprc", $"""
            account default
            host localhost
            port {Text(server.Port(MailProtocol.Submission, TlsMode.Implicit))}
            tls on
            tls_starttls off
            tls_certcheck off
            {(mechanism == "EXTERNAL" ? $"tls_cert_file {pem}\ntls_key_file {key}" : "")}
            auth {method}
            user {Account}
            password "{secret}"
            from {Account}
            """ + "\n");
        (await PeerCommand.RunAsync(msmtp, ["-C", rc, Account], "Subject: x\r\n\r\nx\r\n")).Succeeded();
        await LoggedInAsync(server, mechanism);
        Assert.Single(server.InboxFiles(Account));
    }

    [Theory]
    [InlineData("scram-sha-256", "SCRAM-SHA-256", false)]
    [InlineData("cram-md5", "CRAM-MD5", false)]
    [InlineData("xoauth2", "XOAUTH2", false)]
    [InlineData("apop", "APOP", true)]
    public async Task Mpop_logs_in(string method, string mechanism, bool isPlain)
    {
        var mpop = Peers.Require("mpop", "mpop");
        await using var server = await StartAsync(isPlain ? "{PLAIN}one two" : null);
        using var home = new PrivateFolder();
        foreach (var part in new[] { "in/new", "in/cur", "in/tmp" })
            Directory.CreateDirectory(home.Of(part));
        var rc = home.WriteSecret("mpoprc", $"""
            account default
            host localhost
            port {Text(server.Port(MailProtocol.Pop3, TlsMode.Implicit))}
            tls on
            tls_starttls off
            tls_certcheck off
            auth {method}
            user {Account}
            password "{(method == "xoauth2" ? Token : "one two")}"
            uidls_file {home.Of("uidls")}
            delivery maildir {home.Of("in")}
            """ + "\n");
        (await PeerCommand.RunAsync(mpop, ["-C", rc])).Succeeded();
        await LoggedInAsync(server, mechanism);
    }

    // Another TLS library and another SCRAM than ours: both ends derive the same keying material of the connection (RFC 9266).
    [Fact]
    public async Task Gsasl_binds_SCRAM_to_the_connection_by_tls_exporter()
    {
        var gsasl = Peers.Require("gsasl", "gsasl");
        await using var server = await StartAsync();
        foreach (var (password, taken) in new[] { ("one two", true), ("three", false) })
        {
            var ran = await PeerCommand.RunAsync(gsasl,
            [
                "--client", "--imap", "--connect", $"localhost:{Text(server.Port(MailProtocol.Imap))}", "--starttls", "--x509-ca-file=",
                "--mechanism", "SCRAM-SHA-256-PLUS", "--authentication-id", Account, "--password", password,
            ]);
            Assert.True(taken == (ran.ExitCode == 0), ran.Output + ran.Error);
            Assert.Contains(Convert.ToBase64String("p=tls-exporter,,n="u8), ran.Output, StringComparison.Ordinal);
        }

        await LoggedInAsync(server, "SCRAM-SHA-256-PLUS");
    }

    [Fact]
    public async Task Pythons_poplib_uses_APOP_and_UTF8()
    {
        var python = Peers.Require("python3", "python3");
        await using var server = await StartAsync("{PLAIN}one two");
        const string Script = """
            import poplib, ssl, sys
            context = ssl._create_unverified_context()
            pop = poplib.POP3('127.0.0.1', int(sys.argv[1]), timeout=30)
            assert 'UTF8' in pop.capa() and 'LANG' in pop.capa()
            pop.stls(context)
            pop.utf8()
            pop.apop('joe@example.com', 'one two')
            assert pop.stat() == (0, 0), pop.stat()
            pop.quit()
            """;
        (await PeerCommand.RunAsync(python, ["-c", Script, Text(server.Port(MailProtocol.Pop3))])).Succeeded();
        await LoggedInAsync(server, "APOP");
    }

    [Theory]
    [InlineData(MailProtocol.Imap)]
    [InlineData(MailProtocol.Pop3)]
    [InlineData(MailProtocol.Submission)]
    public async Task MailKit_logs_in_by_every_mechanism_that_it_has(MailProtocol protocol)
    {
        await using var server = await StartAsync();
        MailKit.Security.SaslMechanism[] all =
        [
            new SaslMechanismScramSha256Plus(Account, "one two"),
            new SaslMechanismScramSha256(Account, "one two"),
            new SaslMechanismCramMd5(Account, "one two"),
            new SaslMechanismPlain(Account, "one two"),
            new SaslMechanismLogin(Account, "one two"),
            new SaslMechanismOAuth2(Account, Token),
            new SaslMechanismOAuthBearer(Account, Token),
        ];
        foreach (var mechanism in all)
        {
            using MailService client = protocol switch { MailProtocol.Imap => new ImapClient(), MailProtocol.Pop3 => new Pop3Client(), _ => new SmtpClient() };
            client.ServerCertificateValidationCallback = (_, _, _, _) => true;
            client.CheckCertificateRevocation = false;
            await client.ConnectAsync("localhost", server.Port(protocol, TlsMode.Implicit), SecureSocketOptions.SslOnConnect);
            await client.AuthenticateAsync(mechanism);
            Assert.True(client.IsAuthenticated, mechanism.MechanismName);
            await client.DisconnectAsync(quit: true);
        }

        Assert.Equal(all.Select(one => one.MechanismName), server.Events.OfType<LoginSucceeded>().Select(one => one.Mechanism));
    }

    private static async Task LoggedInAsync(TestServer server, string mechanism)
    {
        var login = await server.WaitForAsync<LoginSucceeded>();
        Assert.Equal((Account, mechanism), (login.Account, login.Mechanism));
        Assert.Empty(server.Events.OfType<SessionFaulted>());
    }

    private static async Task<TestServer> StartAsync(string? stored = null, ClientCertificates? clients = null)
    {
        var server = await TestServer.StartAsync(options => options with
        {
            Capture = false,
            ClientCertificates = clients,
            Authentication = new AuthenticationOptions { FailureDelay = TimeSpan.Zero, OfferChannelBinding = true, Tokens = new OneToken() },
        });
        var secret = stored is null ? AccountSecret.FromPassword("one two", "CRAM-MD5", scramKeys: true) : AccountSecret.FromHash(stored);
        await new AccountRegister(server.StorePath).AddAsync(Account, secret, default);
        return server;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed class OneToken : ITokenValidator
    {
        public ValueTask<TokenVerdict> ValidateAsync(string token, string? user, CancellationToken cancel) =>
            ValueTask.FromResult(token == Token ? TokenVerdict.For(Account) : TokenVerdict.Refused("another token"));
    }
}
