using MailOps.Server.Smtp;
using MailOps.Wire;

namespace MailOps.Server.Hosting;

/// <summary>Whether the rules of the roles fit what the roles are for.</summary>
internal static class RoleCheck
{
    // RFC 2033 section 5: who sends to port 25 must find SMTP there.
    private const int SmtpPort = 25;

    /// <summary>Where they do not.</summary>
    public static IEnumerable<OptionProblem> Problems(MailServerOptions options)
    {
        (string Setting, string Who, long? Size)[] sizes =
        [
            ("", "The server", options.MaxMessageSize), ("Smtp.", "SMTP", options.Smtp.MaxMessageSize), ("Submission.", "Submission", options.Submission.MaxMessageSize), ("Lmtp.", "LMTP", options.Lmtp.MaxMessageSize),
        ];
        foreach (var (setting, who, size) in sizes)
        {
            if (size is < MailServerOptions.LeastMessageSize)
                yield return new OptionProblem($"{setting}MaxMessageSize", $"{who} would take messages of {size} octets at the most, less than a header needs. Allow {MailServerOptions.LeastMessageSize} or more.");
            else if (size is > MailServerOptions.MostMessageSize)
                yield return new OptionProblem($"{setting}MaxMessageSize", $"{who} would take messages of {size} octets, more than clients can be told of. Allow {MailServerOptions.MostMessageSize} (2 GiB) or less.");
        }

        if (options.MaxImapMessages is not 0 and < MailServerOptions.LeastImapMessages)
            yield return new OptionProblem("MaxImapMessages", $"A command of an IMAP client would be about {options.MaxImapMessages} messages at the most, and clients that do not know of the limit take those for all there are. Allow {MailServerOptions.LeastImapMessages} or more, or 0 for no limit.");
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
