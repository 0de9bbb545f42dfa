using System.Text;
using MailOps.Sasl;
using Xunit;

namespace MailOps.Core.Tests.Sasl;

public sealed class PlainAndLoginTests
{
    private static readonly FakeCredentialStore Store = new("tim", "tanstaaftanstaaf", "tim@example.com");

    // The examples of RFC 4616 section 4: "Ursel" acts as herself, then "Kurt" asks to act as "Ursel".
    [Theory]
    [InlineData("\0tim\0tanstaaftanstaaf")]
    [InlineData("tim\0tim\0tanstaaftanstaaf")]
    [InlineData("TIM@example.com\0tim\0tanstaaftanstaaf")]
    public async Task PLAIN_takes_the_right_password_for_oneself_RFC4616_4(string message)
    {
        var step = await PlainAsync(Encoding.UTF8.GetBytes(message));
        Assert.Equal("tim@example.com", Assert.IsType<SaslStep.Success>(step).Account);
    }

    [Fact]
    public async Task PLAIN_refuses_to_act_as_another_RFC4616_4() =>
        Assert.Equal(SaslFailure.NotAuthorized, Failure(await PlainAsync("Ursel\0tim\0tanstaaftanstaaf"u8.ToArray())));

    [Fact]
    public async Task PLAIN_tells_who_lacks_the_password_nothing_about_authorization() =>
        Assert.Equal(SaslFailure.InvalidCredentials, Failure(await PlainAsync("Ursel\0tim\0wrong"u8.ToArray())));

    [Theory]
    [InlineData("")]
    [InlineData("tim")]
    [InlineData("\0tim")]
    [InlineData("\0tim\0")]
    [InlineData("\0\0tanstaaftanstaaf")]
    [InlineData("\0tim\0tanstaaftanstaaf\0")]
    [InlineData("\0tim\0tanstaaf\0tanstaaf")]
    public async Task PLAIN_refuses_what_is_not_its_grammar_RFC4616_2(string message) =>
        Assert.Equal(SaslFailure.Malformed, Failure(await PlainAsync(Encoding.UTF8.GetBytes(message))));

    [Fact]
    public async Task PLAIN_refuses_broken_UTF8_and_too_long_passwords()
    {
        Assert.Equal(SaslFailure.Malformed, Failure(await PlainAsync([0, 0xc3, 0x28, 0, (byte)'p'])));
        Assert.Equal(SaslFailure.Malformed, Failure(await PlainAsync(Encoding.UTF8.GetBytes("\0tim\0" + new string('p', 1025)))));
        Assert.Equal(SaslFailure.Malformed, Failure(await PlainAsync(new byte[1 << 20])));
    }

    [Fact]
    public async Task PLAIN_asks_with_an_empty_challenge_when_there_is_no_initial_response()
    {
        var server = SaslMechanisms.CreateServer("plain", Store)!;
        var challenge = Assert.IsType<SaslStep.Challenge>(await server.StepAsync(null, CancellationToken.None));
        Assert.True(challenge.Data.IsEmpty);
        Assert.IsType<SaslStep.Success>(await server.StepAsync("\0tim\0tanstaaftanstaaf"u8.ToArray(), CancellationToken.None));
    }

    [Fact]
    public void PLAIN_client_sends_what_RFC4616_2_says()
    {
        var client = SaslMechanisms.CreateClient("PLAIN", "tim", "tanstaaftanstaaf")!;
        Assert.Equal("\0tim\0tanstaaftanstaaf"u8.ToArray(), client.InitialResponse!.Value.ToArray());
        Assert.True(client.IsComplete);
        Assert.Throws<SaslException>(() => SaslMechanisms.CreateClient("PLAIN", "tim", "with\0nul"));
        Assert.Equal("Ursel\0Kurt\0xipj3plmq"u8.ToArray(), SaslMechanisms.CreateClient("PLAIN", new SaslClientContext("Kurt", "xipj3plmq") { Authorization = "Ursel" })!.InitialResponse!.Value.ToArray());
        Assert.Throws<SaslException>(() => SaslMechanisms.CreateClient("PLAIN", new SaslClientContext("tim", "x") { Authorization = "a\0b" }));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LOGIN_takes_the_name_by_prompt_or_with_the_command(bool initial)
    {
        var server = SaslMechanisms.CreateServer("LOGIN", Store)!;
        var client = SaslMechanisms.CreateClient("LOGIN", "tim", "tanstaaftanstaaf")!;
        Assert.Null(client.InitialResponse);

        ReadOnlyMemory<byte> prompt = "Username:"u8.ToArray();
        if (!initial)
            prompt = Challenge(await server.StepAsync(null, CancellationToken.None));
        Assert.Equal("Username:"u8.ToArray(), prompt.ToArray());

        prompt = Challenge(await server.StepAsync(await client.StepAsync(prompt, CancellationToken.None), CancellationToken.None));
        Assert.Equal("Password:"u8.ToArray(), prompt.ToArray());
        Assert.False(client.IsComplete);

        var end = await server.StepAsync(await client.StepAsync(prompt, CancellationToken.None), CancellationToken.None);
        Assert.Equal("tim@example.com", Assert.IsType<SaslStep.Success>(end).Account);
        Assert.True(client.IsComplete);
    }

    [Fact]
    public async Task LOGIN_names_the_user_of_a_failure_and_refuses_empty_answers()
    {
        var server = SaslMechanisms.CreateServer("LOGIN", Store)!;
        await server.StepAsync("tim"u8.ToArray(), CancellationToken.None);
        var failure = Assert.IsType<SaslStep.Failure>(await server.StepAsync("wrong"u8.ToArray(), CancellationToken.None));
        Assert.Equal(new SaslStep.Failure(SaslFailure.InvalidCredentials, "tim"), failure);

        server = SaslMechanisms.CreateServer("LOGIN", Store)!;
        Assert.Equal(SaslFailure.Malformed, Failure(await server.StepAsync(ReadOnlyMemory<byte>.Empty, CancellationToken.None)));
    }

    [Fact]
    public void The_table_computes_what_is_advertised_and_chosen()
    {
        Assert.Equal(
            ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1", "EXTERNAL", "OAUTHBEARER", "XOAUTH2", "CRAM-MD5", "PLAIN", "LOGIN"],
            SaslMechanisms.All.Select(one => one.Name));
        Assert.Equal(["OAUTHBEARER", "XOAUTH2", "PLAIN", "LOGIN"], SaslMechanisms.All.Where(one => one.IsPlaintext).Select(one => one.Name));
        Assert.Null(SaslMechanisms.CreateServer("DIGEST-MD5", Store));
        Assert.Equal("SCRAM-SHA-1", SaslMechanisms.Choose(["plain", "GSSAPI", "scram-sha-1"], allowPlaintext: true)!.Name);
        Assert.Equal("PLAIN", SaslMechanisms.Choose(["LOGIN", "PLAIN"], allowPlaintext: true)!.Name);
        Assert.Null(SaslMechanisms.Choose(["LOGIN", "PLAIN"], allowPlaintext: false));
        // A password is never sent where a token or a certificate is meant, and nothing is bound to that cannot be.
        Assert.Null(SaslMechanisms.Choose(["EXTERNAL", "XOAUTH2", "OAUTHBEARER"], allowPlaintext: true));
        Assert.Equal("CRAM-MD5", SaslMechanisms.Choose(["SCRAM-SHA-1-PLUS", "CRAM-MD5", "PLAIN"], allowPlaintext: true)!.Name);
        Assert.Equal("SCRAM-SHA-1-PLUS", SaslMechanisms.Choose(["SCRAM-SHA-256", "SCRAM-SHA-1-PLUS"], allowPlaintext: true, canBind: true)!.Name);
    }

    private static ValueTask<SaslStep> PlainAsync(byte[] message) =>
        SaslMechanisms.CreateServer("PLAIN", Store)!.StepAsync(message, CancellationToken.None);

    private static SaslFailure Failure(SaslStep step) => Assert.IsType<SaslStep.Failure>(step).Reason;

    private static ReadOnlyMemory<byte> Challenge(SaslStep step) => Assert.IsType<SaslStep.Challenge>(step).Data;
}
