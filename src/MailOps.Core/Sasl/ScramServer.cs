using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace MailOps.Sasl;

/// <summary>SCRAM (RFC 5802, RFC 7677), with channel binding or without.</summary>
/// <param name="hash">The hash of the mechanism.</param>
/// <param name="context">Where the keys are, and the connection.</param>
/// <param name="bindsChannel">Whether the mechanism is the one with <c>-PLUS</c>.</param>
/// <param name="nonce">The server's half of the nonce; random where it is null.</param>
internal sealed class ScramServer(ScramHash hash, SaslServerContext context, bool bindsChannel, string? nonce = null) : ISaslServer
{
    /// <summary>Iterations that are made up for a user without keys, where the store makes up none itself.</summary>
    private const int DecoyIterations = 4096;

    private static readonly byte[] DecoyKey = RandomNumberGenerator.GetBytes(32);

    private State _state = State.ClientFirst;
    private string _user = string.Empty;

    /// <inheritdoc/>
    public string? User => _user.Length == 0 ? null : _user;

    private string _authorization = string.Empty;
    private byte[] _bindingInput = [];
    private bool _wasDowngraded;
    private byte[] _clientFirstBare = [];
    private byte[] _serverFirst = [];
    private string _nonce = string.Empty;
    private ScramKeys? _keys;
    private bool _isDecoy;

    private enum State
    {
        ClientFirst,
        ClientFinal,
        Acknowledgement,
        Ended,
    }

    public string Mechanism { get; } = bindsChannel ? hash.Mechanism + "-PLUS" : hash.Mechanism;

    public async ValueTask<SaslStep> StepAsync(ReadOnlyMemory<byte>? response, CancellationToken cancel)
    {
        if (response is not { } octets)
            return _state is State.ClientFirst ? new SaslStep.Challenge(ReadOnlyMemory<byte>.Empty) : Fail(SaslFailure.Malformed);

        if (octets.Length > SaslLimits.MaxMessage)
            return Fail(SaslFailure.Malformed);

        switch (_state)
        {
            case State.ClientFirst:
                if (!TryReadFirst(octets.Span, out var problem))
                    return Fail(problem);
                return await ServerFirstAsync(cancel).ConfigureAwait(false);

            case State.ClientFinal:
                return ServerFinal(octets.Span);

            // The protocols around cannot send data with success, so the client answers the signature with nothing.
            case State.Acknowledgement when octets.IsEmpty:
                _state = State.Ended;
                return new SaslStep.Success(_keys!.Account);

            default:
                return Fail(SaslFailure.Malformed);
        }
    }

    // client-first-message = gs2-cbind-flag "," [authzid] "," [reserved-mext ","] username "," nonce ["," extensions]
    private bool TryReadFirst(ReadOnlySpan<byte> message, out SaslFailure problem)
    {
        problem = SaslFailure.Malformed;
        var reader = new ScramReader(message);
        if (!reader.Part(out var flag) || !TryReadFlag(flag, out var binding, ref problem))
            return false;

        if (!reader.Name('a', out _authorization) && !(reader.Part(out var none) && none.IsEmpty))
            return false;

        var bare = reader.Rest;
        _bindingInput = [.. message[..^bare.Length], .. binding.Span];
        _clientFirstBare = bare.ToArray();

        // An extension that must be understood ("m=") stands before the name, and none is.
        if (!reader.Name('n', out var name) || !reader.Nonce(out _nonce))
            return false;

        return SaslPrep.TryPrepare(name, out _user) && _user.Length > 0 && RestAreExtensions(ref reader);
    }

    // gs2-cbind-flag = ("p=" cb-name) / "n" / "y" (RFC 5802 sections 6 and 7)
    private bool TryReadFlag(ReadOnlySpan<byte> flag, out ReadOnlyMemory<byte> binding, ref SaslFailure problem)
    {
        binding = default;
        if (bindsChannel)
        {
            if (!flag.StartsWith("p="u8))
                return false;

            // A type that is not to be had here is no other than a wrong one: the client cannot be bound.
            if (context.Binding?.Find(Encoding.ASCII.GetString(flag[2..])) is not { } data)
            {
                problem = SaslFailure.ChannelBindingFailed;
                return false;
            }

            binding = data;
            return true;
        }

        // "y": the client could bind and was told that the server cannot. If this server did offer it, somebody changed the list on the way.
        // That is told only behind a right proof: before it, anybody could have sent the flag.
        _wasDowngraded = flag is [(byte)'y'] && context.OffersBinding;
        return flag is [(byte)'n'] or [(byte)'y'];
    }

    private async ValueTask<SaslStep> ServerFirstAsync(CancellationToken cancel)
    {
        _keys = await context.Store.FindScramKeysAsync(_user, hash.Mechanism, cancel).ConfigureAwait(false);
        _isDecoy = _keys is null;
        _keys ??= Decoy();
        _nonce += nonce ?? Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));
        _serverFirst = Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"r={_nonce},s={Convert.ToBase64String(_keys.Salt.Span)},i={_keys.Iterations}"));
        _state = State.ClientFinal;
        return new SaslStep.Challenge(_serverFirst);
    }

    // client-final-message = channel-binding "," nonce ["," extensions] "," proof
    private SaslStep ServerFinal(ReadOnlySpan<byte> message)
    {
        var reader = new ScramReader(message);
        if (!reader.Base64('c', out var binding) || !reader.Nonce(out var nonce) || nonce != _nonce)
            return Fail(SaslFailure.Malformed);
        if (!CryptographicOperations.FixedTimeEquals(binding, _bindingInput))
            return Fail(bindsChannel ? SaslFailure.ChannelBindingFailed : SaslFailure.Malformed);

        byte[] proof;
        while (!reader.Base64('p', out proof))
        {
            if (!reader.Part(out var extension) || !IsExtension(extension))
                return Fail(SaslFailure.Malformed);
        }

        if (!reader.AtEnd || proof.Length != hash.Size)
            return Fail(SaslFailure.Malformed);

        var withoutProof = message[..message.LastIndexOf(",p="u8)];
        byte[] signed = [.. _clientFirstBare, (byte)',', .. _serverFirst, (byte)',', .. withoutProof];
        var clientKey = ScramHash.Xor(proof, hash.Hmac(_keys!.StoredKey.Span, signed));
        var proved = CryptographicOperations.FixedTimeEquals(hash.Hash(clientKey), _keys.StoredKey.Span);
        if (!proved || _isDecoy)
            return Fail(SaslFailure.InvalidCredentials);

        if (_wasDowngraded)
            return Fail(SaslFailure.ChannelBindingFailed);

        if (!SaslIdentity.MayActAs(_authorization, _user, _keys.Account))
            return Fail(SaslFailure.NotAuthorized);

        _state = State.Acknowledgement;
        return new SaslStep.Challenge(Encoding.ASCII.GetBytes("v=" + Convert.ToBase64String(hash.Hmac(_keys.ServerKey.Span, signed))));
    }

    private static bool RestAreExtensions(ref ScramReader reader)
    {
        while (reader.Part(out var extension))
        {
            if (!IsExtension(extension))
                return false;
        }

        return true;
    }

    // attr-val = ALPHA "=" value, with one character at the least.
    private static bool IsExtension(ReadOnlySpan<byte> part) =>
        part.Length >= 3 && char.IsAsciiLetter((char)part[0]) && part[1] == (byte)'=' && !part.Contains((byte)0);

    // The same salt each time for the same name: an unknown user looks like one with a wrong password.
    private ScramKeys Decoy()
    {
        var salt = HMACSHA256.HashData(DecoyKey, Encoding.UTF8.GetBytes(hash.Mechanism + "\0" + _user.ToLowerInvariant()));
        return new ScramKeys(string.Empty, DecoyIterations, salt.AsMemory(0, 16), new byte[hash.Size], new byte[hash.Size]);
    }

    private SaslStep.Failure Fail(SaslFailure reason)
    {
        _state = State.Ended;
        return new SaslStep.Failure(reason, _user.Length == 0 ? null : _user);
    }
}
