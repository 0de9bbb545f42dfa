using MailOps.Server.Smtp;
using MailOps.Wire;

namespace MailOps.Server.Hosting;

/// <summary>Whether the rules of the roles fit what the roles are for.</summary>
internal static class RoleCheck
{
    // RFC 2033 section 5: who sends to port 25 must find SMTP there.
    private const int SmtpPort = 25;
    private const long LeastMessageSize = 1024;

    /// <summary>Throws where they do not.</summary>
    /// <exception cref="MailServerException">What is wrong, and what to do.</exception>
    public static void Require(MailServerOptions options)
    {
        foreach (var (role, rules) in new[] { ("SMTP", options.Smtp), ("Submission", options.Submission), ("LMTP", options.Lmtp) })
        {
            if (rules.MaxMessageSize is < LeastMessageSize)
                throw Wrong($"{role} would take messages of {rules.MaxMessageSize} octets at the most, less than a header needs. Allow {LeastMessageSize} or more.");
        }

        if (options.Lmtp.Login is not LoginRule.None)
            throw Wrong("LMTP has no logins: who may speak it is decided by addresses and by the rights of its socket. Leave its login rule at None.");
        if (options.Submission.Login is LoginRule.None)
            throw Wrong("Submission without logins would take mail from anybody in anybody's name. Require logins, or offer them.");

        foreach (var endpoint in options.Endpoints)
            Require(endpoint);
    }

    private static void Require(MailEndpoint endpoint)
    {
        if (endpoint is { Protocol: MailProtocol.Lmtp, Port: SmtpPort, Path: null })
            throw Wrong("LMTP may not be spoken on port 25, where other servers expect SMTP (RFC 2033 section 5). Name another port; 24 is usual.");
        if (endpoint.Path is { } path && !Path.IsPathFullyQualified(path))
            throw Wrong($"The socket '{path}' has no whole path. Name it from the root of the file system.");
    }

    private static MailServerException Wrong(string message) => new(MailServerFault.InvalidOptions, message);
}
