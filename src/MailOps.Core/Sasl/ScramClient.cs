using System.Security.Cryptography;
using System.Text;

namespace MailOps.Sasl;

/// <summary>SCRAM (RFC 5802, RFC 7677) from the client's side, with channel binding or without.</summary>
internal sealed class ScramClient : ISaslClient
{
    private readonly ScramHash _hash;
    private readonly string _gs2Header;
    private readonly ReadOnlyMemory<byte> _binding;
    private readonly string _password;
    private readonly string _nonce;
    private readonly string _clientFirstBare;
    private byte[]? _serverSignature;
    private bool _failed;

    /// <summary>Prepares the exchange; nothing is derived from the password yet.</summary>
    /// <param name="hash">The hash of the mechanism.</param>
    /// <param name="context">The name, the password and the connection.</param>
    /// <param name="bindsChannel">Whether the mechanism is the one with <c>-PLUS</c>.</param>
    /// <param name="nonce">The client's half of the nonce; random where it is null.</param>
    /// <exception cref="SaslException">The name or the password holds characters that SASLprep forbids, or there is nothing to bind to.</exception>
    public ScramClient(ScramHash hash, SaslClientContext context, bool bindsChannel, string? nonce = null)
    {
        _hash = hash;
        Mechanism = bindsChannel ? hash.Mechanism + "-PLUS" : hash.Mechanism;
        if (context.Authorization.Contains('\0', StringComparison.Ordinal))
            throw new SaslException($"{Mechanism} cannot carry a NUL character in the identity to act as (RFC 5802 section 7).");
        // The identity to act as is not prepared: it is the server's to say what it is (RFC 5802 section 5.1).
        _gs2Header = Gs2Flag(context, bindsChannel) + (context.Authorization.Length > 0 ? $",a={ScramReader.EncodeName(context.Authorization)}," : ",,");
        if (bindsChannel)
            _binding = context.Binding!.Find(context.Binding.Best!)!.Value;
        _password = SaslPrep.Prepare(context.Secret);
        _nonce = nonce ?? Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));
        _clientFirstBare = $"n={ScramReader.EncodeName(SaslPrep.Prepare(context.User))},r={_nonce}";
        InitialResponse = StrictUtf8.Encode(_gs2Header + _clientFirstBare);
    }

    public string Mechanism { get; }

    public ReadOnlyMemory<byte>? InitialResponse { get; }

    public bool IsComplete { get; private set; }

    public async ValueTask<ReadOnlyMemory<byte>> StepAsync(ReadOnlyMemory<byte> challenge, CancellationToken cancel)
    {
        if (challenge.Length > SaslLimits.MaxMessage)
            throw Broken($"a message of {challenge.Length} octets");
        if (IsComplete || _failed)
            throw Broken("a message after the last");

        // Until the end is reached, whatever throws below leaves the exchange failed for good.
        _failed = true;
        ReadOnlyMemory<byte> answer;
        if (_serverSignature is null)
        {
            answer = await ProveAsync(challenge, cancel).ConfigureAwait(false);
        }
        else
        {
            CheckServer(challenge.Span);
            answer = ReadOnlyMemory<byte>.Empty;
            IsComplete = true;
        }

        _failed = false;
        return answer;
    }

    // RFC 5802 section 6: "y" says that this client could bind and was not offered to. A server that did offer then knows that somebody took it out of the list.
    private string Gs2Flag(SaslClientContext context, bool bindsChannel)
    {
        if (bindsChannel)
        {
            return context.Binding?.Best is { } type
                ? $"p={type}"
                : throw new SaslException($"{Mechanism} binds to the TLS connection, and there is none that can be bound to.");
        }

        var couldHaveBound = context.Binding?.Best is not null && context.Offered.Count > 0
            && !context.Offered.Any(name => name.EndsWith("-PLUS", StringComparison.OrdinalIgnoreCase));
        return couldHaveBound ? "y" : "n";
    }

    private async ValueTask<ReadOnlyMemory<byte>> ProveAsync(ReadOnlyMemory<byte> serverFirst, CancellationToken cancel)
    {
        var (nonce, salt, iterations) = ReadServerFirst(serverFirst.Span);
        var withoutProof = $"c={Convert.ToBase64String([.. Encoding.UTF8.GetBytes(_gs2Header), .. _binding.Span])},r={nonce}";
        byte[] signed = [.. Encoding.UTF8.GetBytes(_clientFirstBare), (byte)',', .. serverFirst.Span, (byte)',', .. Encoding.ASCII.GetBytes(withoutProof)];

        var salted = await Task.Run(() => _hash.SaltedPassword(_password, salt, iterations), cancel).WaitAsync(cancel).ConfigureAwait(false);
        var clientKey = _hash.ClientKey(salted);
        var proof = ScramHash.Xor(clientKey, _hash.Hmac(_hash.Hash(clientKey), signed));
        _serverSignature = _hash.Hmac(_hash.ServerKey(salted), signed);
        return Encoding.ASCII.GetBytes($"{withoutProof},p={Convert.ToBase64String(proof)}");
    }

    // server-first-message = [reserved-mext ","] nonce "," salt "," iteration-count ["," extensions]
    private (string Nonce, byte[] Salt, int Iterations) ReadServerFirst(ReadOnlySpan<byte> message)
    {
        var reader = new ScramReader(message);
        if (reader.Attribute('e', out var error))
            throw Refused(error);
        if (!reader.Nonce(out var nonce) || !reader.Base64('s', out var salt) || !reader.Number('i', out var iterations))
            throw Broken("a first message that does not follow RFC 5802 section 7");
        if (nonce.Length <= _nonce.Length || !nonce.StartsWith(_nonce, StringComparison.Ordinal))
            throw Broken("a nonce that does not continue the client's: somebody may sit between");
        if (iterations is < SaslLimits.MinIterations or > SaslLimits.MaxIterations)
            throw Broken($"an iteration count of {iterations}; {SaslLimits.MinIterations} to {SaslLimits.MaxIterations} are accepted");

        return (nonce, salt, iterations);
    }

    // server-final-message = (server-error / verifier) ["," extensions]
    private void CheckServer(ReadOnlySpan<byte> message)
    {
        var reader = new ScramReader(message);
        if (reader.Attribute('e', out var error))
            throw Refused(error);
        if (!reader.Base64('v', out var signature))
            throw Broken("a last message that does not follow RFC 5802 section 7");
        if (!CryptographicOperations.FixedTimeEquals(signature, _serverSignature))
            throw Broken("a wrong signature: it does not know the password and is not the server it claims to be");
    }

    private SaslException Refused(ReadOnlySpan<byte> error)
    {
        // The server's word, cut to what its grammar allows before anybody reads it.
        var word = new StringBuilder();
        foreach (var octet in error[..Math.Min(error.Length, 60)])
            word.Append(octet is > 0x20 and < 0x7f ? (char)octet : '?');
        return new SaslException($"{Mechanism}: the server refused with the error '{word}'.");
    }

    private SaslException Broken(string what) => new($"{Mechanism}: the server sent {what}.");
}
