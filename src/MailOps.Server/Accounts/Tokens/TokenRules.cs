namespace MailOps.Server.Accounts.Tokens;

/// <summary>What a token must say to be taken.</summary>
public sealed record TokenRules
{
    /// <summary>Who made it: the <c>iss</c> claim, compared character by character.</summary>
    public required string Issuer { get; init; }

    /// <summary>For whom it was made: one of these is the <c>aud</c> claim or among its elements. A token for another service must not open a mailbox.</summary>
    public required IReadOnlyList<string> Audiences { get; init; }

    /// <summary>The claim that names the account.</summary>
    public string Claim { get; init; } = "email";

    /// <summary>How far the clocks of issuer and server may be apart.</summary>
    public TimeSpan Skew { get; init; } = TimeSpan.FromMinutes(1);
}
