using MailOps.Sasl;
using MailOps.Server.Connections;

namespace MailOps.Server.Imap.Commands;

/// <summary>What LOGIN and AUTHENTICATE answer once it is known who the client is, or is not.</summary>
internal static class Login
{
    public static async ValueTask<Completion> ConcludeAsync(ImapSession session, SaslStep step, CancellationToken cancel)
    {
        if (step is SaslStep.Success success)
        {
            await session.LogInAsync(success.Account, cancel);
            return Completion.Ok(new ResponseCode("CAPABILITY " + session.Capabilities.List(session)), "Logged in");
        }

        var reason = ((SaslStep.Failure)step).Reason;
        if (reason == SaslFailure.TemporaryFailure)
            return Completion.No(ResponseCode.Unavailable, "Accounts cannot be looked up now, try again later");

        var refusal = Refusal(reason);
        if (++session.Errors >= session.Options.MaxErrors)
        {
            session.Replies.Bye("Too many failed logins");
            session.Connection.End = ConnectionEnd.Dropped;
            return (reason is SaslFailure.Malformed ? Refusal(SaslFailure.InvalidCredentials) : refusal) with { After = _ => new(false) };
        }

        return refusal;
    }

    private static Completion Refusal(SaslFailure reason) => reason switch
    {
        SaslFailure.TooManyFailures => Completion.No(ResponseCode.Unavailable, "Too many failed logins, try again later"),
        SaslFailure.NotAuthorized => Completion.No(ResponseCode.AuthorizationFailed, "This account may not act as another"),
        SaslFailure.ChannelBindingFailed => Completion.No(ResponseCode.AuthenticationFailed, "Channel binding failed: this is not the TLS connection that the client sees"),
        SaslFailure.Malformed => Completion.Bad("The response does not follow the mechanism"),
        _ => Completion.No(ResponseCode.AuthenticationFailed, "The name or the password is wrong"),
    };
}
