using System.Text;

namespace MailOps.Sasl;

/// <summary>PLAIN (RFC 4616): the name and the password, apart by NULs.</summary>
internal sealed class PlainServer(ICredentialStore store) : ISaslServer
{
    public string Mechanism => "PLAIN";

    public async ValueTask<SaslStep> StepAsync(ReadOnlyMemory<byte>? response, CancellationToken cancel)
    {
        if (response is not { } octets)
            return new SaslStep.Challenge(ReadOnlyMemory<byte>.Empty);

        if (!TryParse(octets.Span, out var authorization, out var user, out var password))
            return new SaslStep.Failure(SaslFailure.Malformed, null);

        return await PasswordCheck.CheckAsync(store, authorization, user, password, cancel).ConfigureAwait(false);
    }

    // message = [authzid] UTF8NUL authcid UTF8NUL passwd; authcid and passwd hold at least one character.
    private static bool TryParse(ReadOnlySpan<byte> message, out string authorization, out string user, out string password)
    {
        authorization = user = password = string.Empty;
        Span<Range> parts = stackalloc Range[4];
        return message.Length <= SaslLimits.MaxMessage
            && Split(message, parts) == 3
            && StrictUtf8.TryDecode(message[parts[0]], out authorization)
            && StrictUtf8.TryDecode(message[parts[1]], out user) && user.Length > 0
            && StrictUtf8.TryDecode(message[parts[2]], out password) && password.Length > 0
            && Encoding.UTF8.GetByteCount(password) <= SaslLimits.MaxPassword;
    }

    private static int Split(ReadOnlySpan<byte> message, Span<Range> parts)
    {
        var count = 0;
        foreach (var part in message.Split((byte)0))
        {
            if (count == parts.Length)
                break;
            parts[count++] = part;
        }

        return count;
    }
}
