using System.Text;
using MailOps.Sasl;
using Xunit;

namespace MailOps.Core.Tests.Sasl;

public sealed class ScramTests
{
    // The example exchanges of RFC 5802 section 5 and RFC 7677 section 3, both for user "user" with password "pencil".
    public static TheoryData<string, string, string, string, string, string, string> Vectors => new()
    {
        {
            "SCRAM-SHA-1", "fyko+d2lbbFgONRv9qkxdawL", "3rfcNHYJY1ZVvWVs7j", "QSXCR+Q6sek8bf92",
            "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
            "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
            "v=rmF9pqV8S7suAoZWja4dJRkFsKQ="
        },
        {
            "SCRAM-SHA-256", "rOprNGfwEbeRWgbNEkqO", "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", "W22ZaJ0SNY7soEsUEjb6gQ==",
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
            "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
        },
    };

    [Theory, MemberData(nameof(Vectors))]
    public async Task Both_sides_say_what_the_RFC_examples_say(
        string mechanism, string clientNonce, string serverNonce, string salt, string serverFirst, string clientFinal, string serverFinal)
    {
        var hash = ScramHash.Find(mechanism)!;
        var store = new FakeCredentialStore("user", "pencil", "user@example.com") { Salt = Convert.FromBase64String(salt) };
        var server = new ScramServer(hash, new SaslServerContext(store), bindsChannel: false, serverNonce);
        var client = new ScramClient(hash, new SaslClientContext("user", "pencil"), bindsChannel: false, clientNonce);

        Assert.Equal($"n,,n=user,r={clientNonce}", Text(client.InitialResponse!.Value));
        var challenge = Challenge(await server.StepAsync(client.InitialResponse, CancellationToken.None));
        Assert.Equal(serverFirst, Text(challenge));

        var final = await client.StepAsync(challenge, CancellationToken.None);
        Assert.Equal(clientFinal, Text(final));

        var verifier = Challenge(await server.StepAsync(final, CancellationToken.None));
        Assert.Equal(serverFinal, Text(verifier));
        Assert.False(client.IsComplete);

        var nothing = await client.StepAsync(verifier, CancellationToken.None);
        Assert.True(nothing.IsEmpty);
        Assert.True(client.IsComplete);
        Assert.Equal("user@example.com", Assert.IsType<SaslStep.Success>(await server.StepAsync(nothing, CancellationToken.None)).Account);
    }

    [Fact]
    public async Task Whom_to_act_as_is_in_the_header_that_the_proof_covers()
    {
        // The account itself may be named: everybody may act as themselves (RFC 5802 section 5.1).
        foreach (var (authorization, user, account) in new[] { ("ann@example.com", "user", "ann@example.com"), ("ä=b,c", "ä=b,c", "x@example.com") })
        {
            var client = new ScramClient(ScramHash.Sha256, new SaslClientContext(user, "pencil") { Authorization = authorization }, bindsChannel: false, "abc");
            var encoded = authorization.Replace("=", "=3D", StringComparison.Ordinal).Replace(",", "=2C", StringComparison.Ordinal);
            Assert.StartsWith($"n,a={encoded},n=", Text(client.InitialResponse!.Value), StringComparison.Ordinal);
            var server = new ScramServer(ScramHash.Sha256, new SaslServerContext(new FakeCredentialStore(user, "pencil", account)), bindsChannel: false, "def");
            var final = await client.StepAsync(Challenge(await server.StepAsync(client.InitialResponse, CancellationToken.None)), CancellationToken.None);
            var nothing = await client.StepAsync(Challenge(await server.StepAsync(final, CancellationToken.None)), CancellationToken.None);
            Assert.Equal(account, Assert.IsType<SaslStep.Success>(await server.StepAsync(nothing, CancellationToken.None)).Account);
        }

        Assert.Throws<SaslException>(() => new ScramClient(ScramHash.Sha256, new SaslClientContext("user", "pencil") { Authorization = "a\0b" }, bindsChannel: false, "abc"));
    }

    [Fact]
    public async Task A_name_with_comma_and_equals_sign_and_a_password_to_be_prepared_go_through()
    {
        // The soft hyphen goes, the Roman numeral nine becomes IX (RFC 4013 section 3).
        var store = new FakeCredentialStore("a=b,c", "IX", "abc@example.com");
        var step = await RunAsync("SCRAM-SHA-256", store, "a=b,c", "I\u00adX", "\u2168");
        Assert.IsType<SaslStep.Success>(step);

        static async Task<SaslStep> RunAsync(string mechanism, FakeCredentialStore store, string user, params string[] passwords)
        {
            SaslStep? last = null;
            foreach (var password in passwords)
            {
                var server = SaslMechanisms.CreateServer(mechanism, store)!;
                var client = SaslMechanisms.CreateClient(mechanism, user, password)!;
                last = await server.StepAsync(client.InitialResponse, CancellationToken.None);
                while (last is SaslStep.Challenge challenge)
                    last = await server.StepAsync(await client.StepAsync(challenge.Data, CancellationToken.None), CancellationToken.None);
                Assert.IsType<SaslStep.Success>(last);
            }

            return last!;
        }
    }

    [Theory]
    [InlineData("n,,n=user,r=abc", true)]
    [InlineData("y,,n=user,r=abc", true)]
    [InlineData("n,a=user,n=user,r=abc", true)]
    [InlineData("n,,n=user,r=abc,x=later", true)]
    [InlineData("p=tls-unique,,n=user,r=abc", false)]
    [InlineData("x,,n=user,r=abc", false)]
    [InlineData("n,n=user,r=abc", false)]
    [InlineData("n,,m=must,n=user,r=abc", false)]
    [InlineData("n,,n=us=er,r=abc", false)]
    [InlineData("n,,n=us=2cer,r=abc", false)]
    [InlineData("n,,n=,r=abc", false)]
    [InlineData("n,,n=user,r=", false)]
    [InlineData("n,,n=user,r=a c", false)]
    [InlineData("n,,n=user", false)]
    [InlineData("n,,r=abc,n=user", false)]
    [InlineData("n,,n=user,r=abc,", false)]
    [InlineData("n,a=,n=user,r=abc", false)]
    [InlineData("", false)]
    public async Task The_GS2_header_and_the_first_message_are_parsed_properly_RFC5802_7(string message, bool taken)
    {
        var server = SaslMechanisms.CreateServer("SCRAM-SHA-256", new FakeCredentialStore("user", "pencil", "user@example.com"))!;
        var step = await server.StepAsync(Encoding.ASCII.GetBytes(message), CancellationToken.None);
        if (taken)
            Assert.StartsWith("r=abc", Text(Challenge(step)), StringComparison.Ordinal);
        else
            Assert.Equal(SaslFailure.Malformed, Assert.IsType<SaslStep.Failure>(step).Reason);
    }

    [Theory]
    [InlineData("the proof is cut", "p=", "p=AA", SaslFailure.Malformed)]
    [InlineData("the nonce is another", "r=", "r=x", SaslFailure.Malformed)]
    [InlineData("the channel binding is another", "c=biws", "c=eSws", SaslFailure.Malformed)]
    [InlineData("an extension is no extension", ",p=", ",xx,p=", SaslFailure.Malformed)]
    [InlineData("an extension was not signed", ",p=", ",x=1,p=", SaslFailure.InvalidCredentials)]
    public async Task A_changed_final_message_fails(string why, string old, string changed, SaslFailure reason)
    {
        var server = SaslMechanisms.CreateServer("SCRAM-SHA-256", new FakeCredentialStore("user", "pencil", "user@example.com"))!;
        var client = SaslMechanisms.CreateClient("SCRAM-SHA-256", "user", "pencil")!;
        var challenge = Challenge(await server.StepAsync(client.InitialResponse, CancellationToken.None));
        var final = Text(await client.StepAsync(challenge, CancellationToken.None));
        var at = final.IndexOf(old, StringComparison.Ordinal);
        final = final[..at] + changed + final[(at + old.Length)..];

        var failure = Assert.IsType<SaslStep.Failure>(await server.StepAsync(Encoding.ASCII.GetBytes(final), CancellationToken.None));
        Assert.True(failure.Reason == reason, why);
        // A failed exchange stays failed.
        Assert.IsType<SaslStep.Failure>(await server.StepAsync(ReadOnlyMemory<byte>.Empty, CancellationToken.None));
    }

    [Fact]
    public async Task Unknown_user_and_wrong_password_look_the_same()
    {
        var store = new FakeCredentialStore("user", "pencil", "user@example.com");
        var wrong = await FailAsync(store, "user");
        var unknown = await FailAsync(store, "nobody");
        var again = await FailAsync(store, "nobody");
        Assert.Equal(SaslFailure.InvalidCredentials, wrong.Reason);
        Assert.Equal(SaslFailure.InvalidCredentials, unknown.Reason);
        Assert.Equal(wrong.Salt.Length, unknown.Salt.Length);
        Assert.Equal(wrong.Iterations, unknown.Iterations);
        Assert.Equal(unknown.Salt, again.Salt);
        Assert.NotEqual(unknown.Salt, (await FailAsync(store, "somebody")).Salt, StringComparer.Ordinal);
    }

    private static async Task<(SaslFailure Reason, string Salt, string Iterations)> FailAsync(ICredentialStore store, string user)
    {
        var server = SaslMechanisms.CreateServer("SCRAM-SHA-256", store)!;
        var client = SaslMechanisms.CreateClient("SCRAM-SHA-256", user, "wrong")!;
        var challenge = Challenge(await server.StepAsync(client.InitialResponse, CancellationToken.None));
        var parts = Text(challenge).Split(',', 4);
        var failure = Assert.IsType<SaslStep.Failure>(await server.StepAsync(await client.StepAsync(challenge, CancellationToken.None), CancellationToken.None));
        Assert.Equal(user, failure.User);
        return (failure.Reason, parts[1], parts[2]);
    }

    [Theory]
    [InlineData("r=other,s=QSXCR+Q6sek8bf92,i=4096")]
    [InlineData("r=abc,s=QSXCR+Q6sek8bf92,i=4096")]
    [InlineData("r=abcd,s=,i=4096")]
    [InlineData("r=abcd,s=QSXCR+Q6sek8bf92,i=1")]
    [InlineData("r=abcd,s=QSXCR+Q6sek8bf92,i=10000001")]
    [InlineData("r=abcd,s=QSXCR+Q6sek8bf92,i=-4096")]
    [InlineData("m=x,r=abcd,s=QSXCR+Q6sek8bf92,i=4096")]
    [InlineData("e=other-error")]
    [InlineData("")]
    public async Task The_client_refuses_a_first_message_that_is_not_right(string message)
    {
        var client = new ScramClient(ScramHash.Sha1, new SaslClientContext("user", "pencil-secret"), bindsChannel: false, "abc");
        var refused = await Assert.ThrowsAsync<SaslException>(async () => await client.StepAsync(Encoding.ASCII.GetBytes(message), CancellationToken.None));
        Assert.DoesNotContain("pencil-secret", refused.ToString(), StringComparison.Ordinal);
        await Assert.ThrowsAsync<SaslException>(async () => await client.StepAsync("r=abcd,s=QSXCR+Q6sek8bf92,i=4096"u8.ToArray(), CancellationToken.None));
    }

    [Theory]
    [InlineData("v=rmF9pqV8S7suAoZWja4dJRkFsKQ=")]
    [InlineData("e=invalid-proof")]
    [InlineData("v=")]
    [InlineData("")]
    public async Task The_client_does_not_believe_a_server_without_the_right_signature(string message)
    {
        var client = new ScramClient(ScramHash.Sha1, new SaslClientContext("user", "pencil"), bindsChannel: false, "abc");
        await client.StepAsync("r=abcd,s=QSXCR+Q6sek8bf92,i=4096"u8.ToArray(), CancellationToken.None);
        await Assert.ThrowsAsync<SaslException>(async () => await client.StepAsync(Encoding.ASCII.GetBytes(message), CancellationToken.None));
        Assert.False(client.IsComplete);
    }

    // RFC 4013 section 3.
    [Theory]
    [InlineData("I\u00adX", "IX")]
    [InlineData("user", "user")]
    [InlineData("USER", "USER")]
    [InlineData("\u00aa", "a")]
    [InlineData("\u2168", "IX")]
    [InlineData("a\u00a0b", "a b")]
    [InlineData("\u0007", null)]
    [InlineData("a\u007f", null)]
    [InlineData("a\u0085", null)]
    [InlineData("a\ue000", null)]
    [InlineData("a\ud800", null)]
    public void SASLprep_does_what_RFC4013_3_shows(string text, string? prepared)
    {
        Assert.Equal(prepared is not null, SaslPrep.TryPrepare(text, out var result));
        if (prepared is not null)
            Assert.Equal(prepared, result);
    }

    private static string Text(ReadOnlyMemory<byte> octets) => Encoding.UTF8.GetString(octets.Span);

    private static ReadOnlyMemory<byte> Challenge(SaslStep step) => Assert.IsType<SaslStep.Challenge>(step).Data;
}
