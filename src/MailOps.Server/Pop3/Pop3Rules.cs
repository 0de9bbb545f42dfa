namespace MailOps.Server.Pop3;

/// <summary>What an administrator decides about POP3.</summary>
public sealed record Pop3Rules
{
    /// <summary>How unique ids are made.</summary>
    public UidlFormat UidlFormat { get; init; } = UidlFormat.Dovecot;

    /// <summary>The least time between two logins of an account (LOGIN-DELAY, RFC 2449 section 6.5). Zero: none.</summary>
    public TimeSpan LoginDelay { get; init; } = TimeSpan.Zero;
}
