using MailOps.Server.Accounts;

namespace MailOps.Server.Pop3.Commands;

/// <summary>AUTH (RFC 5034): a SASL exchange, with an initial response.</summary>
internal sealed class AuthCommand : Pop3Command<AuthCommand.Arguments>
{
    public override string Name => "AUTH";

    public override Pop3States States => Pop3States.Authorization;

    public override string Usage => "AUTH mechanism [initial-response]";

    public override string? Announce(Pop3Session session) =>
        session.Authentication.Mechanisms(session.Connection) is { Count: > 0 } names ? $"SASL {string.Join(' ', names)}" : null;

    /// <param name="Mechanism">The mechanism's name.</param>
    /// <param name="InitialResponse">Base64, <c>=</c> for an empty one, or null if there is none.</param>
    internal readonly record struct Arguments(string Mechanism, string? InitialResponse);

    protected override bool TryParse(ref Pop3Reader reader, out Arguments arguments)
    {
        arguments = default;
        if (!reader.Space() || !reader.Word(out var mechanism))
            return false;

        string? initial = null;
        if (reader.Space() && !reader.AtEnd && !reader.Word(out initial))
            return false;

        arguments = new Arguments(mechanism, initial);
        return true;
    }

    protected override async ValueTask<Pop3Reply> ExecuteAsync(Pop3Session session, Arguments arguments, CancellationToken cancel)
    {
        var outcome = await SaslLines.RunAsync(
            session, session.Authentication, arguments.Mechanism, arguments.InitialResponse, challenge => session.WriteLine($"+ {challenge}"));
        return outcome.Problem is { } problem ? Refuse(problem) : await session.OpenMaildropAsync(outcome.Account!, cancel);
    }

    private static Pop3Reply Refuse(SaslProblem problem) => problem switch
    {
        SaslProblem.NeedsTls => Pop3Reply.Err("[AUTH] Encryption required for this mechanism; use STLS first"),
        SaslProblem.NotAvailable => Pop3Reply.Err("Mechanism not available here; CAPA lists those that are"),
        SaslProblem.NotBase64 => Pop3Reply.Err("Cannot decode the response: not base64"),
        SaslProblem.Malformed => Pop3Reply.Err("Malformed authentication response"),
        SaslProblem.LineTooLong => Pop3Reply.LineTooLong,
        SaslProblem.Cancelled => Pop3Reply.Err("Authentication cancelled"),
        SaslProblem.ChannelBindingFailed => Pop3Reply.Err("[AUTH] Channel binding failed: this is not the TLS connection that the client sees"),
        SaslProblem.NotAuthorized => Pop3Reply.Err("[AUTH] Not authorized to act as the requested identity"),
        SaslProblem.TooManyFailures => Pop3Reply.TooManyFailures,
        SaslProblem.TemporaryFailure => Pop3Reply.AccountsUnavailable,
        _ => Pop3Reply.WrongPassword,
    };
}
