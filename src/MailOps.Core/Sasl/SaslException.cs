namespace MailOps.Sasl;

/// <summary>The other side of an exchange broke the mechanism's rules, or a name or password cannot be sent at all. Holds no secret.</summary>
public sealed class SaslException : Exception
{
    /// <summary>With a text that says what was wrong.</summary>
    public SaslException(string message)
        : base(message)
    {
    }
}
