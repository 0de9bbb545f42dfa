using MailOps.Server.Accounts;
using MailOps.Smtp;

namespace MailOps.Server.Smtp.Commands;

/// <summary>AUTH (RFC 4954): a SASL exchange. Offered only for what the connection allows: no plaintext mechanism without TLS.</summary>
internal sealed class AuthCommand : SmtpCommand<AuthCommand.Arguments>
{
    public override string Name => "AUTH";

    public override SmtpStates States => SmtpStates.Ready;

    public override bool EndsGroup => true;

    public override string Usage => "AUTH mechanism [initial-response]";

    public override string? Announce(SmtpSession session) =>
        session.Options.Login is not LoginRule.None && session.Authentication.Mechanisms(session.Connection) is { Count: > 0 } names ? $"AUTH {string.Join(' ', names)}" : null;

    /// <param name="Mechanism">The mechanism's name.</param>
    /// <param name="InitialResponse">Base64, <c>=</c> for an empty one, or null if there is none.</param>
    internal readonly record struct Arguments(string Mechanism, string? InitialResponse);

    protected override bool TryParse(ref SmtpReader reader, out Arguments arguments)
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

    protected override async ValueTask<SmtpReply> ExecuteAsync(SmtpSession session, Arguments arguments, CancellationToken cancel)
    {
        if (session.Options.Login is LoginRule.None)
            return new SmtpReply(502, new EnhancedStatusCode(5, 5, 1), "Nobody logs in here; users send their mail through submission");

        // RFC 4954 section 4: one login in a session.
        if (session.Account is not null)
            return SmtpReplies.BadSequence("Already authenticated");

        var outcome = await SaslLines.RunAsync(
            session, session.Authentication, arguments.Mechanism, arguments.InitialResponse, challenge => session.Write(new SmtpReply(334, null, challenge)));
        session.Account = outcome.Account;
        // Temporary for a client that waits; one that goes on trying is cut off like after other errors.
        if (outcome.Problem is SaslProblem.TooManyFailures)
            session.Errors++;
        return outcome.Problem is { } problem ? Refuse(problem) : new SmtpReply(235, new EnhancedStatusCode(2, 7, 0), "Authentication successful");
    }

    private static SmtpReply Refuse(SaslProblem problem) => problem switch
    {
        SaslProblem.NeedsTls => new SmtpReply(538, new EnhancedStatusCode(5, 7, 11), "Encryption required for this mechanism; start TLS first"),
        SaslProblem.NotAvailable => new SmtpReply(504, new EnhancedStatusCode(5, 5, 4), "Mechanism not available"),
        SaslProblem.NotBase64 => new SmtpReply(501, new EnhancedStatusCode(5, 5, 2), "Cannot decode the response: not base64"),
        SaslProblem.Malformed => new SmtpReply(501, new EnhancedStatusCode(5, 5, 2), "Malformed authentication response"),
        SaslProblem.LineTooLong => new SmtpReply(500, new EnhancedStatusCode(5, 5, 6), "Authentication exchange line is too long, closing connection"),
        SaslProblem.Cancelled => new SmtpReply(501, new EnhancedStatusCode(5, 7, 0), "Authentication cancelled"),
        SaslProblem.ChannelBindingFailed => new SmtpReply(535, new EnhancedStatusCode(5, 7, 8), "Channel binding failed: this is not the TLS connection that the client sees"),
        SaslProblem.NotAuthorized => new SmtpReply(535, new EnhancedStatusCode(5, 7, 8), "Not authorized to act as the requested identity"),
        SaslProblem.TooManyFailures => new SmtpReply(454, new EnhancedStatusCode(4, 7, 0), "Too many failed logins, try again later"),
        SaslProblem.TemporaryFailure => new SmtpReply(454, new EnhancedStatusCode(4, 7, 0), "Temporary authentication failure"),
        _ => new SmtpReply(535, new EnhancedStatusCode(5, 7, 8), "Authentication credentials invalid"),
    };
}
