namespace MailOps.Maildir.Watching;

/// <summary>What happened to a mailbox of an account, or to its name.</summary>
public enum AccountChangeKind
{
    /// <summary>A mailbox was made.</summary>
    Created,

    /// <summary>A mailbox was deleted.</summary>
    Deleted,

    /// <summary>A mailbox was renamed, and with it those below it.</summary>
    Renamed,

    /// <summary>A name was subscribed, or is no longer.</summary>
    Subscription,

    /// <summary>Rights on a mailbox were changed (RFC 4314): who may know of it may be others now.</summary>
    Access,

    /// <summary>Annotations of a mailbox or the account were set or removed.</summary>
    Annotated,
}

/// <summary>A change to the mailboxes of an account, as <see cref="IAccountWatch"/> tells it.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Mailbox">The mailbox's name, after a rename the new one; null for the account.</param>
public sealed record AccountChange(AccountChangeKind Kind, string? Mailbox)
{
    /// <summary>The name before a rename; null otherwise.</summary>
    public string? OldName { get; init; }

    /// <summary>The names of the annotations that changed, in small letters.</summary>
    public IReadOnlyList<string> Entries { get; init; } = [];
}
