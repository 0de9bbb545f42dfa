using MailOps.Server.Accounts.Addresses;

namespace MailOps.Server.Accounts;

/// <summary>What becomes of mail for an address.</summary>
/// <param name="Verdict">Whether it is taken.</param>
/// <param name="Addressees">The accounts that get it, each once; empty where it is not taken, or only sent on.</param>
internal readonly record struct RecipientAnswer(RecipientVerdict Verdict, IReadOnlyList<Addressee> Addressees)
{
    private readonly IReadOnlyList<OutsideTarget>? _outside;

    /// <summary>Addresses of other servers that aliases lead to, each once.</summary>
    public IReadOnlyList<OutsideTarget> Outside
    {
        get => _outside ?? [];
        init => _outside = value;
    }

    public static RecipientAnswer Deliver(params IReadOnlyList<Addressee> addressees) => new(RecipientVerdict.Deliver, addressees);

    /// <summary>Mail for an account by its own name.</summary>
    public static RecipientAnswer Deliver(string account) => Deliver(new Addressee(account, account));

    public static RecipientAnswer UnknownUser { get; } = new(RecipientVerdict.UnknownUser, []);

    public static RecipientAnswer NotLocal { get; } = new(RecipientVerdict.NotLocal, []);

    public static RecipientAnswer Unavailable { get; } = new(RecipientVerdict.Unavailable, []);
}

/// <summary>Whether mail for an address is taken.</summary>
internal enum RecipientVerdict
{
    /// <summary>It goes to accounts here, to addresses of other servers that an alias leads to, or to both.</summary>
    Deliver,

    /// <summary>The domain is ours, the user is not known: 550 5.1.1.</summary>
    UnknownUser,

    /// <summary>The domain is not ours: 550 5.7.1, relaying denied.</summary>
    NotLocal,

    /// <summary>The accounts cannot be read now: 451 4.3.0.</summary>
    Unavailable,
}
