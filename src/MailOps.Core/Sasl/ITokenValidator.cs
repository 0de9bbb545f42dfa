namespace MailOps.Sasl;

/// <summary>Says whose an OAuth access token is.</summary>
public interface ITokenValidator
{
    /// <summary>Looks at a token. It is not believed in anything before this has said so.</summary>
    /// <param name="token">The token as the client sent it: <c>b64token</c> of RFC 6750 section 2.1.</param>
    /// <param name="user">The name that the client gave with it, or null if it gave none. Nobody has checked it.</param>
    /// <param name="cancel">Ends the wait.</param>
    ValueTask<TokenVerdict> ValidateAsync(string token, string? user, CancellationToken cancel);
}
