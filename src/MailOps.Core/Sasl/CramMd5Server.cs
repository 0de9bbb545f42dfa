using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace MailOps.Sasl;

/// <summary>CRAM-MD5 (RFC 2195): the client proves with HMAC-MD5 of a challenge that it knows the password.</summary>
internal sealed class CramMd5Server : ISaslServer
{
    private static readonly byte[] DecoyContext = RandomNumberGenerator.GetBytes(KeyedMd5.ContextSize);

    private readonly SaslServerContext _context;
    private readonly byte[] _challenge;
    private State _state;

    /// <summary>Makes the challenge: never the same twice, so that an answer that was overheard is of no use.</summary>
    /// <param name="context">Where the keys are, and the server's name.</param>
    /// <param name="challenge">The challenge; random where it is null.</param>
    public CramMd5Server(SaslServerContext context, string? challenge = null)
    {
        _context = context;
        _challenge = Encoding.ASCII.GetBytes(challenge ?? string.Create(
            CultureInfo.InvariantCulture, $"<{Convert.ToHexString(RandomNumberGenerator.GetBytes(16))}.{DateTimeOffset.UtcNow.ToUnixTimeSeconds()}@{context.HostName}>"));
    }

    private enum State
    {
        Begin,
        Challenged,
        Ended,
    }

    public string Mechanism => "CRAM-MD5";

    public async ValueTask<SaslStep> StepAsync(ReadOnlyMemory<byte>? response, CancellationToken cancel)
    {
        // The server speaks first: an initial response has nothing to answer (RFC 4422 section 5, RFC 4954 section 4).
        var (before, isFirst) = (_state, response is null);
        _state = before is State.Begin && isFirst ? State.Challenged : State.Ended;
        if (_state is State.Challenged)
            return new SaslStep.Challenge(_challenge);

        if (before is not State.Challenged || response is not { } octets || !TryRead(octets.Span, out var user, out var digest))
            return new SaslStep.Failure(SaslFailure.Malformed, null);

        var keys = await _context.Store.FindCramMd5KeysAsync(user, cancel).ConfigureAwait(false);
        var right = CryptographicOperations.FixedTimeEquals(KeyedMd5.Digest((keys?.Context ?? DecoyContext).Span, _challenge), digest);
        return right && keys is not null ? new SaslStep.Success(keys.Account) : new SaslStep.Failure(SaslFailure.InvalidCredentials, user);
    }

    // The name, one space, 32 hexadecimal digits. The name may have spaces, the digits are small letters by the standard and capitals by some clients.
    private static bool TryRead(ReadOnlySpan<byte> response, out string user, out byte[] digest)
    {
        (user, digest) = (string.Empty, []);
        var space = response.LastIndexOf((byte)' ');
        if (response.Length > SaslLimits.MaxMessage || space < 1 || response.Length - space - 1 != 32 || response.Contains((byte)0)
            || !StrictUtf8.TryDecode(response[..space], out user))
        {
            return false;
        }

        digest = new byte[16];
        return Convert.FromHexString(response[(space + 1)..], digest, out _, out _) is System.Buffers.OperationStatus.Done;
    }
}
