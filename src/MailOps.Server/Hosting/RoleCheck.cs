using MailOps.Server.Smtp;
using MailOps.Wire;

namespace MailOps.Server.Hosting;

/// <summary>Whether the rules of the roles fit what the roles are for.</summary>
internal static class RoleCheck
{
    // RFC 2033 section 5: who sends to port 25 must find SMTP there.
    private const int SmtpPort = 25;
    private const long LeastMessageSize = 1024;

    /// <summary>Where they do not.</summary>
    public static IEnumerable<OptionProblem> Problems(MailServerOptions options)
    {
        foreach (var (setting, role, rules) in new[] { ("Smtp", "SMTP", options.Smtp), ("Submission", "Submission", options.Submission), ("Lmtp", "LMTP", options.Lmtp) })
        {
            if (rules.MaxMessageSize is < LeastMessageSize)
                yield return new OptionProblem($"{setting}.MaxMessageSize", $"{role} would take messages of {rules.MaxMessageSize} octets at the most, less than a header needs. Allow {LeastMessageSize} or more.");
        }

        if (options.Lmtp.Login is not LoginRule.None)
            yield return new OptionProblem("Lmtp.Login", "LMTP has no logins: who may speak it is decided by addresses and by the rights of its socket. Leave its login rule at None.");
        if (options.Submission.Login is LoginRule.None)
            yield return new OptionProblem("Submission.Login", "Submission without logins would take mail from anybody in anybody's name. Require logins, or offer them.");

        foreach (var endpoint in options.Endpoints)
        {
            if (endpoint is { Protocol: MailProtocol.Lmtp, Port: SmtpPort, Path: null })
                yield return new OptionProblem("Listeners", "LMTP may not be spoken on port 25, where other servers expect SMTP (RFC 2033 section 5). Name another port; 24 is usual.");
            if (endpoint.Path is { } path && !Path.IsPathFullyQualified(path))
                yield return new OptionProblem("Listeners", $"The socket '{path}' has no whole path. Name it from the root of the file system.");
        }
    }
}
