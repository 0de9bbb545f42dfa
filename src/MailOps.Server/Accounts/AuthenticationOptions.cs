using MailOps.Sasl;

namespace MailOps.Server.Accounts;

/// <summary>How logins are taken, the same for every protocol.</summary>
public sealed record AuthenticationOptions
{
    /// <summary>Takes passwords in the clear on connections without TLS.</summary>
    public bool AllowPlaintextLogin { get; init; }

    /// <summary>
    /// Any name and password are right, and the password is not known beforehand: SCRAM is not offered, plaintext logins
    /// without TLS are taken from loopback, and a failure is answered at once.
    /// </summary>
    public bool Capture { get; init; }

    /// <summary>Who says whether an OAuth access token is good. Null: OAUTHBEARER and XOAUTH2 are not offered. One that can be disposed is disposed with the server.</summary>
    public ITokenValidator? Tokens { get; init; }

    /// <summary>
    /// Offers SCRAM that is bound to the TLS connection (-PLUS) where it can be had. Not by default: clients on libraries that take whatever they see
    /// and have no binding themselves fail then, mutt of Debian 12 among them, and TLS with a certificate that is checked gives the same.
    /// </summary>
    public bool OfferChannelBinding { get; init; }

    /// <summary>How long the answer to the first failed login on a connection waits. It doubles with each further failure.</summary>
    public TimeSpan FailureDelay { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>How many failures an address and an account may have. A capturing server counts none.</summary>
    public LoginLimits Limits { get; init; } = new();

    /// <summary>A file that gets a line for each failed login, in the words of Dovecot and Postfix, for fail2ban. Null: none.</summary>
    public string? FailureLogPath { get; init; }

    /// <summary>The longest that an answer to a failed login waits.</summary>
    public TimeSpan MaxFailureDelay { get; init; } = TimeSpan.FromSeconds(4);
}
