using System.Globalization;
using System.Text;

namespace MailOps.Sasl;

/// <summary>OAUTHBEARER (RFC 7628) and XOAUTH2 from the client's side.</summary>
internal sealed class BearerClient : ISaslClient
{
    private const char Separator = '\x01';

    private BearerClient(string mechanism, string initial)
    {
        Mechanism = mechanism;
        InitialResponse = StrictUtf8.Encode(initial);
    }

    /// <summary>OAUTHBEARER. Without a name the token alone says who it is.</summary>
    public static BearerClient OAuthBearer(SaslClientContext context)
    {
        Check("OAUTHBEARER", context);
        var message = new StringBuilder("n,");
        if (context.User.Length > 0)
            message.Append("a=").Append(ScramReader.EncodeName(context.User));
        message.Append(',').Append(Separator);
        if (context.Host is { } host)
            message.Append("host=").Append(host).Append(Separator);
        if (context.Port is { } port)
            message.Append(CultureInfo.InvariantCulture, $"port={port}").Append(Separator);
        message.Append("auth=Bearer ").Append(context.Secret).Append(Separator).Append(Separator);
        return new BearerClient("OAUTHBEARER", message.ToString());
    }

    /// <summary>XOAUTH2.</summary>
    public static BearerClient XOAuth2(SaslClientContext context)
    {
        Check("XOAUTH2", context);
        return new BearerClient("XOAUTH2", $"user={context.User}{Separator}auth=Bearer {context.Secret}{Separator}{Separator}");
    }

    public string Mechanism { get; }

    public ReadOnlyMemory<byte>? InitialResponse { get; }

    public bool IsComplete => Refusal is null;

    public string? Refusal { get; private set; }

    public ValueTask<ReadOnlyMemory<byte>> StepAsync(ReadOnlyMemory<byte> challenge, CancellationToken cancel)
    {
        // What comes is an error in JSON. It is answered with a dummy, and the protocol then says that it failed (RFC 7628 section 3.2.3);
        // XOAUTH2 has an empty answer there.
        if (Refusal is not null)
            throw new SaslException($"The server sent a second challenge where {Mechanism} has one.");

        Refusal = BearerError.Tell(challenge.Span);
        return ValueTask.FromResult<ReadOnlyMemory<byte>>(Mechanism == "XOAUTH2" ? ReadOnlyMemory<byte>.Empty : new byte[] { 1 });
    }

    private static void Check(string mechanism, SaslClientContext context)
    {
        if (context.User.Any(char.IsControl))
            throw new SaslException($"{mechanism} cannot carry a control character in the user name.");
        if (context.Secret.Length == 0 || context.Secret.Any(one => one is <= ' ' or > '~'))
            throw new SaslException($"The access token for {mechanism} is empty or holds a character that no token has (RFC 6750 section 2.1).");
    }
}
