using System.Text;
using System.Text.Json;
using MailOps.Sasl;
using Xunit;

namespace MailOps.Core.Tests.Sasl;

/// <summary>EXTERNAL, OAUTHBEARER and XOAUTH2: who somebody is says a certificate or a token.</summary>
public sealed class ExternalAndBearerTests
{
    private const string Token = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==";

    private static readonly FakeCredentialStore Store = new("user", "pencil", "user@example.com");

    [Theory]
    [InlineData("", true)]
    [InlineData("user", true)]
    [InlineData("USER@example.com", true)]
    [InlineData("other@example.com", false)]
    public async Task EXTERNAL_is_who_the_certificate_says_or_nobody(string authorization, bool taken)
    {
        var server = Server("EXTERNAL", names: ["nobody@example.com", "user"]);
        var client = SaslMechanisms.CreateClient("EXTERNAL", authorization, "")!;
        Assert.True(client.IsComplete);
        var step = await server.StepAsync(client.InitialResponse, CancellationToken.None);
        Assert.Equal(taken ? new SaslStep.Success("user@example.com") : new SaslStep.Failure(SaslFailure.NotAuthorized, "user@example.com"), step);
    }

    [Fact]
    public async Task EXTERNAL_without_a_name_that_has_an_account_fails()
    {
        Assert.Equal(new SaslStep.Failure(SaslFailure.InvalidCredentials, null), await Server("EXTERNAL").StepAsync(Array.Empty<byte>(), CancellationToken.None));
        Assert.Equal(new SaslStep.Failure(SaslFailure.InvalidCredentials, "x@y"), await Server("EXTERNAL", names: ["x@y"]).StepAsync(Array.Empty<byte>(), CancellationToken.None));
        Assert.Equal(SaslFailure.Malformed, Reason(await Server("EXTERNAL", names: ["user"]).StepAsync("us\0er"u8.ToArray(), CancellationToken.None)));
        Assert.Equal(SaslFailure.Malformed, Reason(await Server("EXTERNAL", names: ["user"]).StepAsync(new byte[] { 0xff }, CancellationToken.None)));
        Assert.IsType<SaslStep.Challenge>(await Server("EXTERNAL", names: ["user"]).StepAsync(null, CancellationToken.None));
    }

    // RFC 7628 section 4.1, Google's example of XOAUTH2, and what clients make of both.
    [Theory]
    [InlineData("OAUTHBEARER", "n,a=user@example.com,|host=server.example.com|port=143|auth=Bearer " + Token + "||", true)]
    [InlineData("OAUTHBEARER", "n,,|auth=Bearer " + Token + "||", true)]
    [InlineData("OAUTHBEARER", "y,a=user,|auth=bearer " + Token + "||", true)]
    [InlineData("OAUTHBEARER", "n,,|auth=Bearer " + Token + "|x=more|abc=||", true)]
    [InlineData("OAUTHBEARER", "n,a=user@example.com,|auth=Bearer " + Token + "|", false)]
    [InlineData("OAUTHBEARER", "n,a=user@example.com|auth=Bearer " + Token + "||", false)]
    [InlineData("OAUTHBEARER", "n,a=user@example.com,x|auth=Bearer " + Token + "||", false)]
    [InlineData("OAUTHBEARER", "p=tls-exporter,,|auth=Bearer " + Token + "||", false)]
    [InlineData("OAUTHBEARER", "n,,|auth=Bearer " + Token + "|auth=Bearer x||", false)]
    [InlineData("OAUTHBEARER", "n,,|auth=Bearer " + Token + "||x", false)]
    [InlineData("OAUTHBEARER", "n,,|=x|auth=Bearer " + Token + "||", false)]
    [InlineData("OAUTHBEARER", "n,,|a1=x|auth=Bearer " + Token + "||", false)]
    [InlineData("OAUTHBEARER", "n,,", false)]
    [InlineData("OAUTHBEARER", "", false)]
    [InlineData("XOAUTH2", "user=user@example.com|auth=Bearer " + Token + "||", true)]
    [InlineData("XOAUTH2", "auth=Bearer " + Token + "|user=user||", true)]
    [InlineData("XOAUTH2", "auth=Bearer " + Token + "||", false)]
    [InlineData("XOAUTH2", "user=|auth=Bearer " + Token + "||", false)]
    [InlineData("XOAUTH2", "user=user@example.com||", false)]
    [InlineData("XOAUTH2", "user=us\0er|auth=Bearer " + Token + "||", false)]
    [InlineData("XOAUTH2", "||", false)]
    [InlineData("XOAUTH2", "", false)]
    public async Task A_message_with_a_token_is_parsed_strictly(string mechanism, string message, bool taken)
    {
        var step = await Server(mechanism, new OneToken(Token, "user")).StepAsync(Encoding.UTF8.GetBytes(message.Replace('|', '\x01')), CancellationToken.None);
        if (taken)
            Assert.Equal(new SaslStep.Success("user@example.com"), step);
        else
            Assert.Equal(SaslFailure.Malformed, Reason(step));
    }

    [Theory]
    [InlineData("""{"status":"invalid_token","scope":"a b"}""", "invalid_token; scope: a b")]
    [InlineData("""{"status":401,"schemes":"bearer"}""", "status 401")]
    [InlineData("""{"status":"in\u0000valid\r\n"}""", "in?valid??")]
    [InlineData("""{"status":{"a":1},"scope":""}""", """{"status":{"a":1},"scope":""}""")]
    [InlineData("[1]", "[1]")]
    [InlineData("{broken", "{broken")]
    [InlineData("wrong\u0007", "wrong?")]
    [InlineData("", "the token was not taken, and no reason given")]
    public async Task A_client_tells_the_error_of_its_token(string sent, string told)
    {
        foreach (var mechanism in new[] { "OAUTHBEARER", "XOAUTH2" })
        {
            var client = SaslMechanisms.CreateClient(mechanism, "user", Token)!;
            Assert.Null(client.Refusal);
            await client.StepAsync(Encoding.UTF8.GetBytes(sent), CancellationToken.None);
            Assert.Equal(told, client.Refusal);
            Assert.False(client.IsComplete);
        }
    }

    [Theory]
    [InlineData("OAUTHBEARER", "invalid_token")]
    [InlineData("XOAUTH2", "401")]
    public async Task A_bad_token_is_told_in_JSON_and_fails_after_the_clients_dummy_RFC7628_3_2_3(string mechanism, string status)
    {
        var server = Server(mechanism, new OneToken(Token, "user"));
        var client = SaslMechanisms.CreateClient(mechanism, "user@example.com", "another")!;
        var error = Assert.IsType<SaslStep.Challenge>(await server.StepAsync(client.InitialResponse, CancellationToken.None));
        using var json = JsonDocument.Parse(error.Data);
        Assert.Equal(status, json.RootElement.GetProperty("status").GetString());
        Assert.Equal("bearer", json.RootElement.GetProperty("schemes").GetString());

        var dummy = await client.StepAsync(error.Data, CancellationToken.None);
        Assert.Equal(mechanism == "XOAUTH2" ? [] : new byte[] { 1 }, dummy.ToArray());
        Assert.False(client.IsComplete);
        Assert.Equal(new SaslStep.Failure(SaslFailure.InvalidCredentials, "user@example.com"), await server.StepAsync(dummy, CancellationToken.None));

        // Nothing that is said later brings it back.
        Assert.IsType<SaslStep.Failure>(await server.StepAsync(SaslMechanisms.CreateClient(mechanism, "user", Token)!.InitialResponse, CancellationToken.None));
        await Assert.ThrowsAsync<SaslException>(async () => await client.StepAsync(error.Data, CancellationToken.None));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Bearer ")]
    [InlineData("Basic dXNlcjpwZW5jaWw=")]
    [InlineData("Bearer two words")]
    [InlineData("Bearer tök")]
    public async Task What_is_no_token_gets_the_error_and_no_validator_sees_it(string authorization)
    {
        var tokens = new OneToken(Token, "user");
        var server = Server("OAUTHBEARER", tokens);
        Assert.IsType<SaslStep.Challenge>(await server.StepAsync(Encoding.UTF8.GetBytes($"n,,\u0001auth={authorization}\u0001\u0001"), CancellationToken.None));
        Assert.Equal(SaslFailure.InvalidCredentials, Reason(await server.StepAsync(new byte[] { 1 }, CancellationToken.None)));
        Assert.Equal(0, tokens.Asked);
    }

    [Fact]
    public async Task A_token_opens_nobody_elses_account_and_none_that_is_not_there()
    {
        var server = Server("XOAUTH2", new OneToken(Token, "user"));
        Assert.IsType<SaslStep.Challenge>(await server.StepAsync(SaslMechanisms.CreateClient("XOAUTH2", "boss@example.com", Token)!.InitialResponse, CancellationToken.None));
        Assert.Equal(SaslFailure.NotAuthorized, Reason(await server.StepAsync(Array.Empty<byte>(), CancellationToken.None)));

        server = Server("OAUTHBEARER", new OneToken(Token, "gone@example.com"));
        Assert.IsType<SaslStep.Challenge>(await server.StepAsync(SaslMechanisms.CreateClient("OAUTHBEARER", "", Token)!.InitialResponse, CancellationToken.None));
        Assert.Equal(new SaslStep.Failure(SaslFailure.InvalidCredentials, "gone@example.com"), await server.StepAsync(new byte[] { 1 }, CancellationToken.None));
    }

    [Fact]
    public async Task A_validator_that_cannot_say_now_is_a_temporary_failure_and_a_message_that_is_too_long_is_none()
    {
        var unavailable = Server("OAUTHBEARER", new OneToken(Token, null));
        Assert.Equal(SaslFailure.TemporaryFailure, Reason(await unavailable.StepAsync(SaslMechanisms.CreateClient("OAUTHBEARER", "user", Token)!.InitialResponse, CancellationToken.None)));
        var large = SaslMechanisms.CreateClient("OAUTHBEARER", "user", new string('x', 10_000))!;
        Assert.Equal(SaslFailure.Malformed, Reason(await Server("OAUTHBEARER", new OneToken(Token, "user")).StepAsync(large.InitialResponse, CancellationToken.None)));
    }

    [Fact]
    public void The_client_names_where_it_goes_and_sends_no_token_that_is_none()
    {
        var client = SaslMechanisms.CreateClient("OAUTHBEARER", new SaslClientContext("a,b=c", Token) { Host = "imap.example.com", Port = 993 })!;
        Assert.Equal($"n,a=a=2Cb=3Dc,|host=imap.example.com|port=993|auth=Bearer {Token}||", Encoding.UTF8.GetString(client.InitialResponse!.Value.Span).Replace('\x01', '|'));
        foreach (var token in new[] { "", "a b", "a\u0001user=boss", "tök" })
        {
            var refused = Assert.Throws<SaslException>(() => SaslMechanisms.CreateClient("XOAUTH2", "user", token));
            Assert.True(token.Length == 0 || !refused.Message.Contains(token, StringComparison.Ordinal));
        }

        Assert.Throws<SaslException>(() => SaslMechanisms.CreateClient("XOAUTH2", "user\u0001auth=x", Token));
    }

    private static ISaslServer Server(string mechanism, ITokenValidator? tokens = null, string[]? names = null) =>
        SaslMechanisms.CreateServer(mechanism, new SaslServerContext(Store) { Tokens = tokens, CertificateNames = names ?? [] })!;

    private static SaslFailure Reason(SaslStep step) => Assert.IsType<SaslStep.Failure>(step).Reason;

    private sealed class OneToken(string token, string? user) : ITokenValidator
    {
        public int Asked { get; private set; }

        public ValueTask<TokenVerdict> ValidateAsync(string given, string? name, CancellationToken cancel)
        {
            Asked++;
            return ValueTask.FromResult(user is null ? TokenVerdict.Unavailable("not now") : given == token ? TokenVerdict.For(user) : TokenVerdict.Refused("unknown"));
        }
    }
}
