using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MailOps.Client.Mailboxes;
using MailOps.Server.Tests.Support;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Client.Tests.Mailboxes;

/// <summary>Each mechanism at a real Dovecot, which checks tokens with a key of its own and certificates with an authority.</summary>
public sealed class DovecotLoginTests : IDisposable
{
    private readonly PrivateFolder _folder = new();
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly ClientAuthority _authority = new();

    public static TheoryData<bool> Protocols => [true, false];

    public void Dispose()
    {
        _folder.Dispose();
        _authority.Dispose();
    }

    [Theory, MemberData(nameof(Protocols))]
    public async Task A_password_goes_by_each_mechanism_that_is_named_and_by_the_strongest_otherwise(bool isImap)
    {
        await using var dovecot = await StartAsync();
        foreach (var name in new[] { "SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN", "plain", null })
        {
            Assert.Equal((name ?? "SCRAM-SHA-256").ToUpperInvariant(), await LogInAsync(dovecot, isImap, options => options with { AuthMechanism = name }));
            var refused = await FailAsync(dovecot, isImap, options => options with { AuthMechanism = name, Credential = new NetworkCredential("john", "wrong-password") });
            Assert.StartsWith($"localhost refused the login of john with {(name ?? "SCRAM-SHA-256").ToUpperInvariant()}: {(isImap ? "NO" : "-ERR")} [", refused.Message, StringComparison.Ordinal);
        }
    }

    [Theory, MemberData(nameof(Protocols))]
    public async Task A_token_opens_the_account_and_what_is_wrong_with_one_is_told(bool isImap)
    {
        await using var dovecot = await StartAsync();
        var good = Token(DateTimeOffset.UtcNow.AddHours(1));
        foreach (var name in new[] { "OAUTHBEARER", "XOAUTH2" })
        {
            Assert.Equal(name, await LogInAsync(dovecot, isImap, Bearing(name, good)));
            foreach (var bad in new[] { Token(DateTimeOffset.UtcNow.AddHours(-1)), good[..^6] + "AAAAAA", "no-token-at-all" })
            {
                var refused = await FailAsync(dovecot, isImap, Bearing(name, bad));
                Assert.Matches($"^localhost refused the login of john with {name}: (NO|-ERR) \\[.*\\(.*(status 401|invalid_token).*\\)$", refused.Message);
                Assert.DoesNotContain(bad, refused.ToString(), StringComparison.Ordinal);
            }
        }

        // A token is not a password, and does not go where one is asked for unless that is said.
        var unnamed = await FailAsync(dovecot, isImap, options => options with { Credential = new NetworkCredential("john", good) });
        Assert.Contains("with SCRAM-SHA-256", unnamed.Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Protocols))]
    public async Task A_token_is_kept_until_it_is_refused_and_then_renewed(bool isImap)
    {
        await using var dovecot = await StartAsync();
        var short_ = DateTimeOffset.UtcNow.AddSeconds(3);
        var given = new Queue<string>([Token(short_), Token(DateTimeOffset.UtcNow.AddHours(1)), "no-token-at-all"]);
        var tokens = new AccessTokens(_ => Task.FromResult(given.Dequeue()));
        MailboxOptions Bearer(MailboxOptions options) => options with { Credential = new NetworkCredential("john", ""), Tokens = tokens };
        Assert.Equal("OAUTHBEARER", await LogInAsync(dovecot, isImap, Bearer));
        while (DateTimeOffset.UtcNow < short_.AddSeconds(2))
            await Task.Delay(100);

        // Four at once: one asks, and all get in.
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => LogInAsync(dovecot, isImap, Bearer))), mechanism => Assert.Equal("OAUTHBEARER", mechanism));
        Assert.Equal("XOAUTH2", await LogInAsync(dovecot, isImap, options => Bearer(options) with { AuthMechanism = "XOAUTH2" }));
        Assert.Single(given);

        // What is new and refused is refused.
        tokens = new AccessTokens(_ => Task.FromResult(given.Dequeue()));
        var refused = await FailAsync(dovecot, isImap, Bearer);
        Assert.StartsWith("localhost refused the login of john with OAUTHBEARER: ", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("no-token-at-all", refused.ToString(), StringComparison.Ordinal);
        Assert.Empty(given);
    }

    [Theory, MemberData(nameof(Protocols))]
    public async Task A_token_goes_nowhere_where_none_is_taken(bool isImap)
    {
        await using var dovecot = await PrivateDovecot.StartAsync();
        dovecot.Put(1, "Subject: x\n\nbody\n");
        var error = await Assert.ThrowsAsync<MailSessionException>(() => LogInAsync(dovecot, isImap, options => options with { Tokens = new AccessTokens(_ => Task.FromResult("secret-token")) }));
        Assert.Equal(MailSessionFault.AuthenticationNotOffered, error.Fault);
        Assert.Contains("takes no access token on this connection: it offers neither OAUTHBEARER nor XOAUTH2, but PLAIN", error.Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Protocols))]
    public async Task A_certificate_opens_the_account_that_it_names(bool isImap)
    {
        await using var dovecot = await StartAsync();
        using var john = _authority.Issue("john", []);
        using var strangers = new ClientAuthority("Strangers");
        using var stranger = strangers.Issue("john", []);
        foreach (var tls in new[] { TlsMode.Implicit, TlsMode.StartTls })
        {
            Assert.Equal("EXTERNAL", await LogInAsync(dovecot, isImap, options => options with { ClientCertificate = john, Credential = null }, tls));
            Assert.Equal("EXTERNAL", await LogInAsync(dovecot, isImap, options => options with { ClientCertificate = john, AuthMechanism = "EXTERNAL", Credential = new NetworkCredential("john", "") }, tls));
            // With a credential and no mechanism the certificate is only shown.
            Assert.Equal("SCRAM-SHA-256", await LogInAsync(dovecot, isImap, options => options with { ClientCertificate = john }, tls));
        }

        await FailAsync(dovecot, isImap, options => options with { AuthMechanism = "EXTERNAL", Credential = null });
        await FailAsync(dovecot, isImap, options => options with { ClientCertificate = stranger, Credential = null });
    }

    private static Func<MailboxOptions, MailboxOptions> Bearing(string mechanism, string token) =>
        options => options with { AuthMechanism = mechanism, Credential = new NetworkCredential("john", token) };

    private static async Task<string?> LogInAsync(PrivateDovecot dovecot, bool isImap, Func<MailboxOptions, MailboxOptions> change, TlsMode tls = TlsMode.Implicit)
    {
        var options = change(new MailboxOptions
        {
            Server = "localhost",
            Port = isImap
                ? tls == TlsMode.Implicit ? dovecot.ImapTlsPort : dovecot.ImapPort
                : tls == TlsMode.Implicit ? dovecot.Pop3TlsPort : dovecot.Pop3Port,
            Tls = tls,
            SkipCertificateCheck = true,
            Credential = new NetworkCredential("john", "summersun"),
            Timeout = TimeSpan.FromSeconds(20),
        });
        var cancel = TestContext.Current.CancellationToken;
        if (isImap)
        {
            await using var mailbox = await ImapMailbox.OpenAsync(options, "INBOX", TimeProvider.System, cancel);
            await mailbox.CloseAsync(cancel);
            return mailbox.AuthMechanism;
        }

        await using var maildrop = await Pop3Mailbox.OpenAsync(options, TimeProvider.System, cancel);
        await maildrop.CommitAsync(cancel);
        return maildrop.AuthMechanism;
    }

    private static async Task<MailSessionException> FailAsync(PrivateDovecot dovecot, bool isImap, Func<MailboxOptions, MailboxOptions> change)
    {
        var error = await Assert.ThrowsAsync<MailSessionException>(() => LogInAsync(dovecot, isImap, change));
        Assert.True(error.Fault == MailSessionFault.AuthenticationFailed, error.ToString());
        Assert.DoesNotContain("wrong-password", error.ToString(), StringComparison.Ordinal);
        return error;
    }

    private string Token(DateTimeOffset expires)
    {
        var header = Part(new { alg = "HS256", typ = "JWT" });
        var claims = Part(new { iss = "https://issuer.example", sub = "john", email = "john", scope = "mail", iat = DateTimeOffset.UtcNow.AddHours(-2).ToUnixTimeSeconds(), exp = expires.ToUnixTimeSeconds() });
        var signature = HMACSHA256.HashData(_key, Encoding.ASCII.GetBytes($"{header}.{claims}"));
        return $"{header}.{claims}.{Base64Url.EncodeToString(signature)}";

        static string Part(object value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value));
    }

    private async Task<PrivateDovecot> StartAsync()
    {
        var authority = _folder.Write("ca.pem", _authority.Root.ExportCertificatePem());
        _folder.Write("keys/default/HS256/default", Convert.ToBase64String(_key));
        var tokens = _folder.Write("oauth2.conf", $"""
            introspection_mode = local
            local_validation_key_dict = fs:posix:prefix={_folder.Of("keys/")}
            issuers = https://issuer.example
            username_attribute = email

            """);
        var dovecot = await PrivateDovecot.StartAsync($$"""
            auth_mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256 oauthbearer xoauth2 external
            auth_ssl_username_from_cert = yes
            ssl_ca = <{{authority}}
            ssl_verify_client_cert = yes
            ssl_require_crl = no
            ssl_cert_username_field = commonName
            passdb {
              driver = oauth2
              mechanisms = oauthbearer xoauth2
              args = {{tokens}}
            }
            passdb {
              driver = static
              mechanisms = external
              args = nopassword=y
            }
            """);
        dovecot.Put(1, "Subject: x\n\nbody\n");
        return dovecot;
    }
}
