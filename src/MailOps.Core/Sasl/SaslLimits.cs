namespace MailOps.Sasl;

/// <summary>What an exchange takes at the most.</summary>
internal static class SaslLimits
{
    /// <summary>
    /// The longest response or challenge in octets. RFC 4616 section 2 allows names and passwords of 255 octets each;
    /// SCRAM's longest message is a name with a nonce. This leaves room for both and for nothing that hurts.
    /// </summary>
    public const int MaxMessage = 4096;

    /// <summary>The longest message with a token: what fits into the 12,288 octets of base64 that RFC 4954 section 4 asks servers to take.</summary>
    public const int MaxTokenMessage = 9 * 1024;

    /// <summary>The longest password in octets that is sent or checked.</summary>
    public const int MaxPassword = 1024;

    /// <summary>
    /// The fewest PBKDF2 iterations that a client agrees to: RFC 5802 section 5.1 and RFC 7677 section 4 tell servers
    /// to use no less, and a smaller count is how an attacker in the middle would buy cheap guesses.
    /// </summary>
    public const int MinIterations = 4096;

    /// <summary>
    /// The most that a client agrees to: some seconds of one core. A server that asks for more is broken or means harm.
    /// OWASP's advice for PBKDF2-SHA-256 is 600,000.
    /// </summary>
    public const int MaxIterations = 10_000_000;
}
