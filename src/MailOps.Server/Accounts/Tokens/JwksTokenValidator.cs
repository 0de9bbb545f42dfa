using System.Text;
using System.Text.Json;
using MailOps.Sasl;
using MailOps.Server.Accounts.Files;

namespace MailOps.Server.Accounts.Tokens;

/// <summary>
/// Takes signed tokens (JWS of RFC 7515 with the claims of RFC 7519, checked as RFC 8725 advises) against the keys in a JWKS
/// file. The file is looked at with every token: an issuer's new keys count when they are there.
/// </summary>
public sealed class JwksTokenValidator : ITokenValidator
{
    private readonly string _path;
    private readonly TokenRules _rules;
    private readonly TimeProvider _clock;
    private readonly Lock _loading = new();
    private volatile Loaded _current;

    /// <summary>Reads the keys.</summary>
    /// <param name="path">The file.</param>
    /// <param name="rules">What a token must say.</param>
    /// <param name="clock">The time.</param>
    /// <exception cref="FormatException">The file holds no keys that can be used.</exception>
    /// <exception cref="ArgumentException">The rules leave open who makes tokens or for whom.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public JwksTokenValidator(string path, TokenRules rules, TimeProvider clock)
    {
        if (rules.Issuer.Length == 0)
            throw new ArgumentException("There is no issuer: name the one whose tokens are taken, as their 'iss' claim has it.");
        if (rules.Audiences.Count == 0 || rules.Audiences.Any(audience => audience.Length == 0))
            throw new ArgumentException("There is no audience: name what tokens must be made for, as their 'aud' claim has it. Without it a token for any other service would open a mailbox.");
        if (rules.Claim.Length == 0)
            throw new ArgumentException("There is no claim that names the account, such as 'email' or 'preferred_username'.");

        (_path, _rules, _clock) = (path, rules, clock);
        _current = Load();
    }

    /// <inheritdoc/>
    public ValueTask<TokenVerdict> ValidateAsync(string token, string? user, CancellationToken cancel)
    {
        JsonWebKeys keys;
        try
        {
            keys = Current();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return ValueTask.FromResult(TokenVerdict.Unavailable($"The keys in '{_path}' cannot be used: {e.Message}"));
        }

        return ValueTask.FromResult(Judge(token, keys));
    }

    private TokenVerdict Judge(string token, JsonWebKeys keys)
    {
        // Three parts: header, claims, signature. An encrypted token (RFC 7516) has five.
        var parts = token.Split('.', 4);
        if (parts.Length != 3
            || !Base64Url.TryDecode(Encoding.ASCII.GetBytes(parts[0]), out var headerOctets)
            || !Base64Url.TryDecode(Encoding.ASCII.GetBytes(parts[1]), out var claimOctets)
            || !Base64Url.TryDecode(Encoding.ASCII.GetBytes(parts[2]), out var signature))
        {
            return TokenVerdict.Refused("the token is no signed JWT");
        }

        try
        {
            using var header = Parse(headerOctets);
            if (ProblemOfHeader(header.RootElement, out var algorithm, out var id) is { } problem)
                return TokenVerdict.Refused(problem);

            var signed = Encoding.ASCII.GetBytes(token[..token.LastIndexOf('.')]);
            var candidates = keys.Keys.Where(key => key.Fits(algorithm) && (id is null || key.Id == id)).ToArray();
            if (candidates.Length == 0)
                return TokenVerdict.Refused($"no key in the JWKS checks {(keys.Keys.Any(key => key.Fits(algorithm)) ? "a token with this key id" : "this algorithm")}");
            if (!candidates.Any(key => key.Verify(algorithm, signed, signature)))
                return TokenVerdict.Refused("the signature is not that of the key");

            using var claims = Parse(claimOctets);
            return JudgeClaims(claims.RootElement);
        }
        catch (JsonException)
        {
            return TokenVerdict.Refused("a part of the token is not JSON, or names something twice");
        }
    }

    private static string? ProblemOfHeader(JsonElement header, out string algorithm, out string? id)
    {
        (algorithm, id) = ("", null);
        if (header.ValueKind is not JsonValueKind.Object)
            return "the header is no object";

        algorithm = Text(header, "alg") ?? "";
        id = Text(header, "kid");
        // RFC 7515 section 4.1.11: who does not understand what must be understood refuses. Keys that a token brings along (jwk, jku, x5c) are not looked at.
        return algorithm.Length == 0 ? "the header names no algorithm"
            : header.TryGetProperty("crit", out _) ? "the header has an extension that must be understood"
            : header.TryGetProperty("kid", out var kid) && kid.ValueKind is not JsonValueKind.String ? "the key id is no text"
            : null;
    }

    private TokenVerdict JudgeClaims(JsonElement claims)
    {
        if (claims.ValueKind is not JsonValueKind.Object)
            return TokenVerdict.Refused("the claims are no object");
        if (Text(claims, "iss") != _rules.Issuer)
            return TokenVerdict.Refused("the token is of another issuer");
        if (!IsForUs(claims))
            return TokenVerdict.Refused("the token is for another audience");

        var now = _clock.GetUtcNow();
        if (!TryTime(claims, "exp", out var ends) || ends is null)
            return TokenVerdict.Refused("the token does not say when it ends");
        if (now >= ends + _rules.Skew)
            return TokenVerdict.Refused("the token has expired");
        if (!TryTime(claims, "nbf", out var begins) || !TryTime(claims, "iat", out var made))
            return TokenVerdict.Refused("a time in the token is no number");
        if (now < begins - _rules.Skew || now < made - _rules.Skew)
            return TokenVerdict.Refused("the token is not valid yet");

        if (Text(claims, _rules.Claim) is not { Length: > 0 } user || user.Any(char.IsControl))
            return TokenVerdict.Refused($"the token has no claim '{_rules.Claim}'");

        // OpenID Connect Core section 5.1: an address that nobody has confirmed is whatever its owner typed.
        return _rules.Claim == "email" && claims.TryGetProperty("email_verified", out var verified) && verified.ValueKind is not JsonValueKind.True && !(verified.ValueKind is JsonValueKind.String && verified.ValueEquals("true"u8))
            ? TokenVerdict.Refused("the address in the token is not verified")
            : TokenVerdict.For(user);
    }

    // RFC 7519 section 4.1.3: one text, or an array of them.
    private bool IsForUs(JsonElement claims) =>
        claims.TryGetProperty("aud", out var audience) && audience.ValueKind switch
        {
            JsonValueKind.String => _rules.Audiences.Contains(audience.GetString()!, StringComparer.Ordinal),
            JsonValueKind.Array => audience.EnumerateArray().Any(one => one.ValueKind is JsonValueKind.String && _rules.Audiences.Contains(one.GetString()!, StringComparer.Ordinal)),
            _ => false,
        };

    // NumericDate: seconds since 1970, maybe with a fraction (RFC 7519 section 2).
    private static bool TryTime(JsonElement claims, string name, out DateTimeOffset? time)
    {
        time = null;
        if (!claims.TryGetProperty(name, out var value))
            return true;
        if (value.ValueKind is not JsonValueKind.Number || !value.TryGetDouble(out var seconds) || seconds is not (>= 0 and <= 253_402_300_000))
            return false;

        time = DateTimeOffset.UnixEpoch.AddSeconds(seconds);
        return true;
    }

    private static JsonDocument Parse(byte[] octets) =>
        // Of a claim that stands twice, one reader takes the first and another the last.
        JsonDocument.Parse(octets, new JsonDocumentOptions { MaxDepth = 16, AllowDuplicateProperties = false });

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;

    private JsonWebKeys Current()
    {
        var stamp = PosixFiles.Stat(_path);
        if (_current is { } current && current.Stamp == stamp)
            return current.Keys;

        lock (_loading)
        {
            if (_current.Stamp != PosixFiles.Stat(_path))
                _current = Load();
            return _current.Keys;
        }
    }

    private Loaded Load()
    {
        var stamp = PosixFiles.Stat(_path);
        return new Loaded(stamp, JsonWebKeys.Read(File.ReadAllBytes(_path)));
    }

    private sealed record Loaded(FileStamp? Stamp, JsonWebKeys Keys);
}
