using System.Text;

namespace MailOps.Sasl;

/// <summary>OAUTHBEARER (RFC 7628).</summary>
internal sealed class OAuthBearerServer(SaslServerContext context) : BearerServer(context)
{
    public override string Mechanism => "OAUTHBEARER";

    // RFC 7628 section 3.2.2, RFC 6750 section 3.1.
    protected override string InvalidToken => "invalid_token";

    // client-resp = gs2-header kvsep *kvpair kvsep; the header as in SCRAM, "p" being for mechanisms that bind.
    protected override bool TryRead(ReadOnlySpan<byte> message, out string? user, out byte[] authorization)
    {
        (user, authorization) = (null, []);
        var end = message.IndexOf((byte)1);
        if (end < 0)
            return false;

        var reader = new ScramReader(message[..end]);
        if (!reader.Part(out var flag) || flag is not ([(byte)'n'] or [(byte)'y']))
            return false;
        if (reader.Name('a', out var name))
            user = name;
        else if (!(reader.Part(out var none) && none.IsEmpty))
            return false;

        // The comma behind the identity belongs to the header.
        if (reader.AtEnd || !reader.Rest.IsEmpty || !TryReadPairs(message[(end + 1)..], out var pairs))
            return false;

        // An "auth" that is missing or empty asks what the server wants (section 4.3): the error tells.
        authorization = pairs.GetValueOrDefault("auth", []);
        return true;
    }
}
