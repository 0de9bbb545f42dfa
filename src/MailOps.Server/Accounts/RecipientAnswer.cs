namespace MailOps.Server.Accounts;

/// <summary>What becomes of mail for an address.</summary>
/// <param name="Verdict">Whether it is taken.</param>
/// <param name="Account">The canonical name of the account that gets it, where it is taken.</param>
internal readonly record struct RecipientAnswer(RecipientVerdict Verdict, string? Account)
{
    public static RecipientAnswer Deliver(string account) => new(RecipientVerdict.Deliver, account);

    public static RecipientAnswer UnknownUser { get; } = new(RecipientVerdict.UnknownUser, null);

    public static RecipientAnswer NotLocal { get; } = new(RecipientVerdict.NotLocal, null);

    public static RecipientAnswer Unavailable { get; } = new(RecipientVerdict.Unavailable, null);
}

/// <summary>Whether mail for an address is taken.</summary>
internal enum RecipientVerdict
{
    /// <summary>It goes to an account here.</summary>
    Deliver,

    /// <summary>The domain is ours, the user is not known: 550 5.1.1.</summary>
    UnknownUser,

    /// <summary>The domain is not ours: 550 5.7.1, relaying denied.</summary>
    NotLocal,

    /// <summary>The accounts cannot be read now: 451 4.3.0.</summary>
    Unavailable,
}
