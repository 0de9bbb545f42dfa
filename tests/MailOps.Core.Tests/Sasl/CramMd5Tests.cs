using System.Security.Cryptography;
using System.Text;
using MailOps.Sasl;
using Xunit;

namespace MailOps.Core.Tests.Sasl;

public sealed class CramMd5Tests
{
    private static readonly FakeCredentialStore Store = new("tim", "tanstaaftanstaaf", "tim@example.com");

    [Fact]
    public async Task Both_sides_say_what_RFC2195_2_shows()
    {
        const string Challenge = "<1896.697170952@postoffice.reston.mci.net>";
        var server = new CramMd5Server(new SaslServerContext(Store), Challenge);
        var client = SaslMechanisms.CreateClient("CRAM-MD5", "tim", "tanstaaftanstaaf")!;
        Assert.Null(client.InitialResponse);

        var challenge = Assert.IsType<SaslStep.Challenge>(await server.StepAsync(null, CancellationToken.None));
        Assert.Equal(Challenge, Encoding.ASCII.GetString(challenge.Data.Span));
        Assert.False(client.IsComplete);
        var answer = await client.StepAsync(challenge.Data, CancellationToken.None);
        Assert.Equal("tim b913a602c7eda7a495b4e6e7334d3890", Encoding.ASCII.GetString(answer.Span));
        Assert.Equal(new SaslStep.Success("tim@example.com"), await server.StepAsync(answer, CancellationToken.None));
        Assert.True(client.IsComplete);
        Assert.IsType<SaslStep.Failure>(await server.StepAsync(answer, CancellationToken.None));
        await Assert.ThrowsAsync<SaslException>(async () => await client.StepAsync(challenge.Data, CancellationToken.None));
    }

    [Fact]
    public void The_digest_from_a_kept_state_is_HMAC_MD5_for_every_length()
    {
        for (var length = 0; length < 200; length++)
        {
            var password = new string('p', length) + "ä";
            var data = RandomNumberGenerator.GetBytes(length);
#pragma warning disable CA5351 // What is compared with.
            Assert.Equal(HMACMD5.HashData(Encoding.UTF8.GetBytes(password), data), KeyedMd5.Digest(KeyedMd5.ContextOf(password), data));
#pragma warning restore CA5351
        }
    }

    // doveadm pw -s CRAM-MD5 -p tanstaaftanstaaf, of Dovecot 2.3.19.
    [Fact]
    public void The_context_is_Dovecots() =>
        Assert.Equal("d06d4e1b26fccaa4b0b61801132340a354b21152711fb604ca3e035e7015116b", Convert.ToHexStringLower(KeyedMd5.ContextOf("tanstaaftanstaaf")));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("tim")]
    [InlineData("tim ")]
    [InlineData("tim b913a602c7eda7a495b4e6e7334d389")]
    [InlineData("tim b913a602c7eda7a495b4e6e7334d38900")]
    [InlineData("tim b913a602c7eda7a495b4e6e7334d389g")]
    [InlineData(" b913a602c7eda7a495b4e6e7334d3890")]
    [InlineData("t\0m b913a602c7eda7a495b4e6e7334d3890")]
    [InlineData("timb913a602c7eda7a495b4e6e7334d3890")]
    public async Task An_answer_that_is_none_is_malformed_and_ends_the_exchange(string answer)
    {
        var server = SaslMechanisms.CreateServer("CRAM-MD5", Store)!;
        var challenge = Assert.IsType<SaslStep.Challenge>(await server.StepAsync(null, CancellationToken.None)).Data;
        Assert.Equal(SaslFailure.Malformed, Reason(await server.StepAsync(Encoding.ASCII.GetBytes(answer), CancellationToken.None)));
        var right = await SaslMechanisms.CreateClient("CRAM-MD5", "tim", "tanstaaftanstaaf")!.StepAsync(challenge, CancellationToken.None);
        Assert.IsType<SaslStep.Failure>(await server.StepAsync(right, CancellationToken.None));
    }

    [Fact]
    public async Task An_answer_before_the_challenge_one_from_another_exchange_and_one_too_long_fail()
    {
        var server = SaslMechanisms.CreateServer("CRAM-MD5", Store)!;
        Assert.Equal(SaslFailure.Malformed, Reason(await server.StepAsync("tim b913a602c7eda7a495b4e6e7334d3890"u8.ToArray(), CancellationToken.None)));
        Assert.IsType<SaslStep.Failure>(await server.StepAsync(null, CancellationToken.None));

        var (one, other) = (SaslMechanisms.CreateServer("CRAM-MD5", Store)!, SaslMechanisms.CreateServer("CRAM-MD5", Store)!);
        var first = Assert.IsType<SaslStep.Challenge>(await one.StepAsync(null, CancellationToken.None)).Data;
        var second = Assert.IsType<SaslStep.Challenge>(await other.StepAsync(null, CancellationToken.None)).Data;
        Assert.False(first.Span.SequenceEqual(second.Span));
        var replayed = await SaslMechanisms.CreateClient("CRAM-MD5", "tim", "tanstaaftanstaaf")!.StepAsync(first, CancellationToken.None);
        Assert.Equal(SaslFailure.InvalidCredentials, Reason(await other.StepAsync(replayed, CancellationToken.None)));

        var large = SaslMechanisms.CreateServer("CRAM-MD5", Store)!;
        await large.StepAsync(null, CancellationToken.None);
        Assert.Equal(SaslFailure.Malformed, Reason(await large.StepAsync(Encoding.ASCII.GetBytes(new string('x', 5000) + " b913a602c7eda7a495b4e6e7334d3890"), CancellationToken.None)));
    }

    [Theory]
    [InlineData("tim", "wrong")]
    [InlineData("nobody", "tanstaaftanstaaf")]
    public async Task A_wrong_password_and_an_unknown_user_fail_alike(string user, string password)
    {
        var server = SaslMechanisms.CreateServer("CRAM-MD5", Store)!;
        var challenge = Assert.IsType<SaslStep.Challenge>(await server.StepAsync(null, CancellationToken.None)).Data;
        var answer = await SaslMechanisms.CreateClient("CRAM-MD5", user, password)!.StepAsync(challenge, CancellationToken.None);
        Assert.Equal(new SaslStep.Failure(SaslFailure.InvalidCredentials, user), await server.StepAsync(answer, CancellationToken.None));
    }

    [Fact]
    public async Task The_client_answers_no_empty_challenge() =>
        await Assert.ThrowsAsync<SaslException>(async () => await SaslMechanisms.CreateClient("CRAM-MD5", "tim", "x")!.StepAsync(ReadOnlyMemory<byte>.Empty, CancellationToken.None));

    private static SaslFailure Reason(SaslStep step) => Assert.IsType<SaslStep.Failure>(step).Reason;
}
