namespace MailOps.Sasl;

/// <summary>What became of a token.</summary>
/// <param name="User">The name of the account that it is for, or null if it is refused.</param>
/// <param name="Problem">Why it is refused, for events only: no octet of the token is in it.</param>
/// <param name="IsTemporary">True if the token could not be looked at now.</param>
public sealed record TokenVerdict(string? User, string? Problem, bool IsTemporary = false)
{
    /// <summary>The token is this account's.</summary>
    public static TokenVerdict For(string user) => new(user, null);

    /// <summary>The token is refused.</summary>
    public static TokenVerdict Refused(string problem) => new(null, problem);

    /// <summary>Nobody can say now.</summary>
    public static TokenVerdict Unavailable(string problem) => new(null, problem, IsTemporary: true);
}
