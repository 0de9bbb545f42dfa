using System.Security.Cryptography;
using System.Text.Json.Nodes;
using MailOps.Server.Accounts.Tokens;
using Xunit;

namespace MailOps.Server.Tests.Accounts.Tokens;

public sealed class JwksTokenValidatorTests : IDisposable
{
    // Each test has its own: tokens that are valid for ten seconds more do not wait for other tests.
    private readonly DateTimeOffset _now = DateTimeOffset.UtcNow;

    private readonly TokenMaker _maker = new();
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"mailops-jwks-{Guid.NewGuid():N}.json");

    public void Dispose()
    {
        _maker.Dispose();
        File.Delete(_path);
    }

    [Theory]
    [InlineData("RS256")]
    [InlineData("RS384")]
    [InlineData("RS512")]
    [InlineData("PS256")]
    [InlineData("PS384")]
    [InlineData("PS512")]
    [InlineData("ES256")]
    [InlineData("ES384")]
    [InlineData("ES512")]
    public async Task A_token_of_each_algorithm_names_the_account_and_one_changed_character_refuses_it(string algorithm)
    {
        var validator = Validator();
        var token = _maker.Sign(algorithm, TokenMaker.Claims(_now).ToJsonString());
        Assert.Equal("joe@example.com", (await validator.ValidateAsync(token, null, default)).User);
        Assert.Equal("the signature is not that of the key", await ProblemAsync(validator, Change(token, token.LastIndexOf('.') + 9)));
        Assert.NotNull(await ProblemAsync(validator, Change(token, token.IndexOf('.', StringComparison.Ordinal) + 9)));

        // Without a key id every key that fits is tried.
        var withoutId = _maker.Sign(algorithm, TokenMaker.Claims(_now).ToJsonString(), $$"""{"alg":"{{algorithm}}"}""");
        Assert.Equal("joe@example.com", (await validator.ValidateAsync(withoutId, null, default)).User);
    }

    [Theory]
    [InlineData("none", """{"alg":"none"}""", "no key in the JWKS checks this algorithm")]
    [InlineData("none", """{"alg":"None","kid":"rsa"}""", "no key in the JWKS checks this algorithm")]
    [InlineData("HS256", """{"alg":"HS256","kid":"rsa"}""", "no key in the JWKS checks this algorithm")]
    [InlineData("RS256", """{"alg":"ES256","kid":"p256"}""", "the signature is not that of the key")]
    [InlineData("RS256", """{"alg":"ES256","kid":"rsa"}""", "no key in the JWKS checks a token with this key id")]
    [InlineData("ES256", """{"alg":"ES384","kid":"p256"}""", "no key in the JWKS checks a token with this key id")]
    [InlineData("RS256", """{"alg":"RS256","kid":"other"}""", "no key in the JWKS checks a token with this key id")]
    [InlineData("RS256", """{"alg":"PS256","kid":"rsa"}""", "the signature is not that of the key")]
    [InlineData("RS256", """{"alg":"rs256","kid":"rsa"}""", "no key in the JWKS checks this algorithm")]
    [InlineData("RS256", """{"alg":"RS256","kid":"rsa","crit":["b64"],"b64":false}""", "the header has an extension that must be understood")]
    [InlineData("RS256", """{"alg":"RS256","kid":7}""", "the key id is no text")]
    [InlineData("RS256", """{"alg":"none","alg":"RS256","kid":"rsa"}""", "a part of the token is not JSON, or names something twice")]
    [InlineData("RS256", """{"typ":"JWT"}""", "the header names no algorithm")]
    [InlineData("RS256", """["RS256"]""", "the header is no object")]
    [InlineData("RS256", "{", "a part of the token is not JSON, or names something twice")]
    public async Task Algorithm_confusion_none_and_headers_that_are_not_right_are_refused(string algorithm, string header, string problem) =>
        Assert.Equal(problem, await ProblemAsync(Validator(), _maker.Sign(algorithm, TokenMaker.Claims(_now).ToJsonString(), header)));

    [Fact]
    public async Task A_key_that_the_token_brings_along_is_not_looked_at()
    {
        using var own = RSA.Create(2048);
        var header = new JsonObject { ["alg"] = "RS256", ["kid"] = "rsa", ["jwk"] = TokenMaker.RsaKey("rsa", own), ["jku"] = "https://evil.example/jwks" }.ToJsonString();
        var signed = _maker.Sign("none", TokenMaker.Claims(_now).ToJsonString(), header);
        var signature = own.SignData(System.Text.Encoding.ASCII.GetBytes(signed[..signed.LastIndexOf('.')]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        Assert.Equal("the signature is not that of the key", await ProblemAsync(Validator(), signed + TokenMaker.Encode(signature)));
    }

    [Theory]
    [InlineData("iss", "\"https://login.example.com/\"", "another issuer")]
    [InlineData("iss", null, "another issuer")]
    [InlineData("aud", "\"calendar\"", "another audience")]
    [InlineData("aud", null, "another audience")]
    [InlineData("aud", "[\"calendar\",\"Mail\"]", "another audience")]
    [InlineData("aud", "{\"mail\":1}", "another audience")]
    [InlineData("exp", null, "does not say when it ends")]
    [InlineData("exp", "1000000000", "has expired")]
    [InlineData("exp", "\"9999999999\"", "does not say when it ends")]
    [InlineData("exp", "1e300", "does not say when it ends")]
    [InlineData("exp", "-1", "does not say when it ends")]
    [InlineData("nbf", "9999999999", "not valid yet")]
    [InlineData("nbf", "\"soon\"", "a time in the token is no number")]
    [InlineData("iat", "9999999999", "not valid yet")]
    [InlineData("email", null, "no claim 'email'")]
    [InlineData("email", "\"\"", "no claim 'email'")]
    [InlineData("email", "\"joe@example.com\\u0000\"", "no claim 'email'")]
    [InlineData("email", "[\"joe@example.com\"]", "no claim 'email'")]
    [InlineData("email_verified", "false", "is not verified")]
    [InlineData("email_verified", "\"no\"", "is not verified")]
    public async Task A_claim_that_is_not_right_refuses_the_token(string claim, string? value, string problem)
    {
        var claims = TokenMaker.Claims(_now);
        claims.Remove(claim);
        if (value is not null)
            claims[claim] = JsonNode.Parse(value);
        Assert.Contains(problem, await ProblemAsync(Validator(), _maker.Sign("RS256", claims.ToJsonString())), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Audiences_may_be_several_clocks_a_little_apart_and_the_account_in_another_claim()
    {
        var claims = TokenMaker.Claims(_now);
        claims["aud"] = new JsonArray("calendar", "mail");
        claims["exp"] = _now.AddSeconds(-50).ToUnixTimeSeconds();
        claims["nbf"] = _now.AddSeconds(50).ToUnixTimeSeconds();
        claims["email_verified"] = true;
        claims["upn"] = "ann@example.com";
        var token = _maker.Sign("ES256", claims.ToJsonString());
        Assert.Equal("joe@example.com", (await Validator().ValidateAsync(token, null, default)).User);
        Assert.Equal("ann@example.com", (await Validator("upn").ValidateAsync(token, null, default)).User);

        claims["exp"] = _now.AddSeconds(-70).ToUnixTimeSeconds();
        Assert.Equal("the token has expired", await ProblemAsync(Validator(), _maker.Sign("ES256", claims.ToJsonString())));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a.b")]
    [InlineData("e30.e30.AAAA.AAAA.AAAA")]
    [InlineData("e30=.e30.AAAA")]
    [InlineData("e30.e 30.AAAA")]
    [InlineData("opaque-token")]
    public async Task What_is_no_signed_token_is_refused(string token) => Assert.NotNull(await ProblemAsync(Validator(), token));

    [Fact]
    public async Task A_token_with_a_claim_twice_is_refused()
    {
        var claims = TokenMaker.Claims(_now).ToJsonString();
        var twice = claims[..^1] + ",\"email\":\"boss@example.com\"}";
        Assert.Equal("a part of the token is not JSON, or names something twice", await ProblemAsync(Validator(), _maker.Sign("RS256", twice)));
    }

    [Fact]
    public async Task New_keys_count_at_once_and_a_broken_file_is_nobodys_fault()
    {
        var validator = Validator();
        var token = _maker.Sign("RS256", TokenMaker.Claims(_now).ToJsonString());
        using var other = new TokenMaker();
        Write(other.Jwks().ToJsonString());
        Assert.NotNull(await ProblemAsync(validator, token));
        Write("{");
        Assert.True((await validator.ValidateAsync(token, null, default)).IsTemporary);
        File.Delete(_path);
        Assert.True((await validator.ValidateAsync(token, null, default)).IsTemporary);
        Write(_maker.Jwks().ToJsonString());
        Assert.Equal("joe@example.com", (await validator.ValidateAsync(token, null, default)).User);
    }

    [Theory]
    [InlineData("", "not JSON")]
    [InlineData("[]", "no JWKS")]
    [InlineData("""{"keys":{}}""", "no JWKS")]
    [InlineData("""{"keys":[]}""", "no keys")]
    [InlineData("""{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}""", "of the kind 'oct'")]
    [InlineData("""{"keys":[{"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"}]}""", "secp256k1")]
    [InlineData("""{"keys":[{"kty":"RSA","use":"enc","n":"AQAB","e":"AQAB"}]}""", "not for signatures")]
    [InlineData("""{"keys":[{"kty":"RSA","n":"AQ=","e":"AQAB"}]}""", "'n' is missing or not base64url")]
    [InlineData("""{"keys":[{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}]}""", "cannot be understood")]
    [InlineData("""{"keys":["x"]}""", "no JSON object")]
    public void A_file_without_a_key_that_can_be_used_is_refused_with_what_is_wrong(string content, string problem)
    {
        Write(content);
        var refused = Assert.Throws<FormatException>(() => new JwksTokenValidator(_path, Rules(), TimeProvider.System));
        Assert.Contains(problem, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_short_RSA_key_is_refused()
    {
#pragma warning disable CA5385, S4426 // The point of the test.
        using var small = RSA.Create(1024);
#pragma warning restore CA5385, S4426
        Write(new JsonObject { ["keys"] = new JsonArray(TokenMaker.RsaKey("small", small)) }.ToJsonString());
        Assert.Contains("1024 bits", Assert.Throws<FormatException>(() => new JwksTokenValidator(_path, Rules(), TimeProvider.System)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_is_for_one_algorithm_checks_no_other()
    {
        var key = TokenMaker.RsaKey("rsa", _maker.Rsa);
        key["alg"] = "PS256";
        Write(new JsonObject { ["keys"] = new JsonArray(key) }.ToJsonString());
        var validator = new JwksTokenValidator(_path, Rules(), TimeProvider.System);
        Assert.Equal("joe@example.com", (await validator.ValidateAsync(_maker.Sign("PS256", TokenMaker.Claims(_now).ToJsonString()), null, default)).User);
        Assert.NotNull(await ProblemAsync(validator, _maker.Sign("RS256", TokenMaker.Claims(_now).ToJsonString())));
    }

    [Fact]
    public void Rules_that_leave_open_who_or_for_whom_are_refused()
    {
        Write(_maker.Jwks().ToJsonString());
        Assert.Contains("issuer", Refused(Rules() with { Issuer = "" }), StringComparison.Ordinal);
        Assert.Contains("audience", Refused(Rules() with { Audiences = [] }), StringComparison.Ordinal);
        Assert.Contains("audience", Refused(Rules() with { Audiences = [""] }), StringComparison.Ordinal);
        Assert.Contains("claim", Refused(Rules() with { Claim = "" }), StringComparison.Ordinal);

        string Refused(TokenRules rules) => Assert.Throws<ArgumentException>(() => new JwksTokenValidator(_path, rules, TimeProvider.System)).Message;
    }

    private static TokenRules Rules(string claim = "email") => new() { Issuer = TokenMaker.Issuer, Audiences = [TokenMaker.Audience], Claim = claim };

    private JwksTokenValidator Validator(string claim = "email")
    {
        Write(_maker.Jwks().ToJsonString());
        return new JwksTokenValidator(_path, Rules(claim), TimeProvider.System);
    }

    private static async Task<string?> ProblemAsync(JwksTokenValidator validator, string token)
    {
        var verdict = await validator.ValidateAsync(token, null, default);
        Assert.Null(verdict.User);
        Assert.False(verdict.IsTemporary);
        return verdict.Problem;
    }

    private void Write(string content) => File.WriteAllText(_path, content);

    private static string Change(string text, int at) => text[..at] + (text[at] == 'A' ? 'B' : 'A') + text[(at + 1)..];
}
