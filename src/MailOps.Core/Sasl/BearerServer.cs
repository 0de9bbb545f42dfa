using System.Buffers;
using System.Text;
using System.Text.Json;

namespace MailOps.Sasl;

/// <summary>
/// What OAUTHBEARER (RFC 7628) and XOAUTH2 (Google's, before it) have in common: one message with a token, and an error that
/// is told in JSON, which the client answers with nothing to say before it hears that it failed.
/// </summary>
internal abstract class BearerServer(SaslServerContext context) : ISaslServer
{
    private static readonly SearchValues<byte> TokenOctets = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/="u8);

    private SaslStep.Failure? _failure;
    private bool _ended;

    public abstract string Mechanism { get; }

    public string? User => _failure?.User;

    /// <summary>The word for a bad token in the JSON.</summary>
    protected abstract string InvalidToken { get; }

    public async ValueTask<SaslStep> StepAsync(ReadOnlyMemory<byte>? response, CancellationToken cancel)
    {
        if (_ended)
            return new SaslStep.Failure(SaslFailure.Malformed, null);

        // RFC 7628 section 3.2.3: the client's dummy, one %x01, or whatever else it says now, ends what has failed.
        if (_failure is { } failed)
        {
            _ended = true;
            return failed;
        }

        if (response is not { } octets)
            return new SaslStep.Challenge(ReadOnlyMemory<byte>.Empty);

        if (octets.Length > SaslLimits.MaxTokenMessage || !TryRead(octets.Span, out var user, out var authorization))
        {
            _ended = true;
            return new SaslStep.Failure(SaslFailure.Malformed, null);
        }

        return await JudgeAsync(user, authorization, cancel).ConfigureAwait(false);
    }

    /// <summary>Reads the message.</summary>
    /// <param name="message">What the client sent.</param>
    /// <param name="user">The name it gave, or null.</param>
    /// <param name="authorization">The value of <c>auth</c>, maybe empty.</param>
    protected abstract bool TryRead(ReadOnlySpan<byte> message, out string? user, out byte[] authorization);

    /// <summary>Reads <c>key=value</c> pairs, each with %x01 behind it, and one %x01 at the end. Keys are letters, none stands twice.</summary>
    protected static bool TryReadPairs(ReadOnlySpan<byte> text, out Dictionary<string, byte[]> pairs)
    {
        pairs = new Dictionary<string, byte[]>(StringComparer.OrdinalIgnoreCase);
        while (text is not [1])
        {
            var end = text.IndexOf((byte)1);
            var equals = text.IndexOf((byte)'=');
            if (end < 2 || equals < 1 || equals > end || pairs.Count == 16)
                return false;

            var key = text[..equals];
            var value = text[(equals + 1)..end];
            foreach (var octet in key)
            {
                if (!char.IsAsciiLetter((char)octet))
                    return false;
            }

            // VCHAR, SP, HTAB, CR and LF; and UTF-8, for the user's name.
            if (value.Contains((byte)0) || !pairs.TryAdd(Encoding.ASCII.GetString(key), value.ToArray()))
                return false;
            text = text[(end + 1)..];
        }

        return true;
    }

    private async ValueTask<SaslStep> JudgeAsync(string? user, byte[] authorization, CancellationToken cancel)
    {
        if (context.Tokens is not { } tokens || !TryReadToken(authorization, out var token))
            return Refuse(SaslFailure.InvalidCredentials, user);

        var verdict = await tokens.ValidateAsync(token, user, cancel).ConfigureAwait(false);
        if (verdict.IsTemporary)
        {
            _ended = true;
            return new SaslStep.Failure(SaslFailure.TemporaryFailure, user);
        }

        if (verdict.User is not { } name || await context.Store.FindAccountAsync(name, cancel).ConfigureAwait(false) is not { } account)
            return Refuse(SaslFailure.InvalidCredentials, user ?? verdict.User);

        // The client's word only narrows what the token says. "joe" may be joe@example.com's name here.
        if (user is not null && !SaslIdentity.MayActAs(user, name, account)
            && await context.Store.FindAccountAsync(user, cancel).ConfigureAwait(false) != account)
        {
            return Refuse(SaslFailure.NotAuthorized, name);
        }

        _ended = true;
        return new SaslStep.Success(account);
    }

    private SaslStep.Challenge Refuse(SaslFailure reason, string? user)
    {
        _failure = new SaslStep.Failure(reason, user);
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            writer.WriteString("status", InvalidToken);
            writer.WriteString("schemes", "bearer");
            writer.WriteEndObject();
        }

        return new SaslStep.Challenge(json.WrittenMemory.ToArray());
    }

    // "Bearer" in any case, a space, b64token (RFC 6750 section 2.1).
    private static bool TryReadToken(ReadOnlySpan<byte> authorization, out string token)
    {
        token = string.Empty;
        if (authorization.Length < 8 || !Ascii.EqualsIgnoreCase(authorization[..7], "Bearer "u8))
            return false;

        var text = authorization[7..].Trim((byte)' ');
        if (text.IsEmpty || text.ContainsAnyExcept(TokenOctets))
            return false;

        token = Encoding.ASCII.GetString(text);
        return true;
    }
}
