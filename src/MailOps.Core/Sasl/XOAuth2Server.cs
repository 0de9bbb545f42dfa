namespace MailOps.Sasl;

/// <summary>XOAUTH2, the mechanism of Google and Microsoft from before RFC 7628: <c>user=NAME^Aauth=Bearer TOKEN^A^A</c>.</summary>
internal sealed class XOAuth2Server(SaslServerContext context) : BearerServer(context)
{
    public override string Mechanism => "XOAUTH2";

    // An HTTP status, as Google's servers have it.
    protected override string InvalidToken => "401";

    protected override bool TryRead(ReadOnlySpan<byte> message, out string? user, out byte[] authorization)
    {
        (user, authorization) = (null, []);
        if (!TryReadPairs(message, out var pairs) || !pairs.TryGetValue("user", out var name) || !pairs.TryGetValue("auth", out authorization!)
            || name.Length == 0 || !StrictUtf8.TryDecode(name, out var text))
        {
            authorization ??= [];
            return false;
        }

        user = text;
        return true;
    }
}
