using MailOps.Sasl;
using MailOps.Server.Connections;

namespace MailOps.Server.Accounts;

/// <summary>A validator on one connection: why it refuses is an event, and one that breaks is a fault of ours, not the client's.</summary>
internal sealed class ReportedTokens(ITokenValidator validator, ServerConnection connection) : ITokenValidator
{
    public async ValueTask<TokenVerdict> ValidateAsync(string token, string? user, CancellationToken cancel)
    {
        TokenVerdict verdict;
        try
        {
            verdict = connection.Faults?.ExpiresToken(connection) == true
                ? TokenVerdict.Refused("a fault that is set on the server has it that it has expired")
                : await validator.ValidateAsync(token, user, cancel);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            connection.Publish(new SessionFaulted { Exception = e });
            return TokenVerdict.Unavailable("the validator failed");
        }

        if (verdict.Problem is { } problem)
            connection.Publish(new TokenRefused { User = user, Reason = problem });
        return verdict;
    }
}
