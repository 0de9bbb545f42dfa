namespace MailOps.Maildir.Access;

/// <summary>Whom an entry of an access list is about (RFC 4314 section 2, "identifier").</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Name">The user or group; empty for the kinds that are one alone.</param>
public readonly record struct AccessIdentifier(AccessKind Kind, string Name)
{
    private const string UserPrefix = "user=";
    private const string GroupPrefix = "group=";
    private const string OverridePrefix = "group-override=";

    /// <summary>Everybody.</summary>
    public static AccessIdentifier Anyone { get; } = new(AccessKind.Anyone, "");

    /// <summary>Everybody who has logged in.</summary>
    public static AccessIdentifier Authenticated { get; } = new(AccessKind.Authenticated, "");

    /// <summary>The owner of the account that the mailbox lies in.</summary>
    public static AccessIdentifier Owner { get; } = new(AccessKind.Owner, "");

    /// <summary>A user, by the account's canonical name.</summary>
    public static AccessIdentifier User(string name) => new(AccessKind.User, name);

    /// <summary>As clients write it: a name, <c>anyone</c>, <c>authenticated</c>, <c>owner</c>, <c>$group</c>, <c>!$group</c>.</summary>
    public override string ToString() => Kind switch
    {
        AccessKind.Anyone => "anyone",
        AccessKind.Authenticated => "authenticated",
        AccessKind.Owner => "owner",
        AccessKind.Group => "$" + Name,
        AccessKind.GroupOverride => "!$" + Name,
        _ => Name,
    };

    /// <summary>Reads one as <c>dovecot-acl</c> has it.</summary>
    internal static AccessIdentifier? Parse(string text) => text switch
    {
        "anyone" or "anonymous" => Anyone,
        "authenticated" => Authenticated,
        "owner" => Owner,
        _ when text.StartsWith(UserPrefix, StringComparison.Ordinal) => User(text[UserPrefix.Length..]),
        _ when text.StartsWith(OverridePrefix, StringComparison.Ordinal) => new AccessIdentifier(AccessKind.GroupOverride, text[OverridePrefix.Length..]),
        _ when text.StartsWith(GroupPrefix, StringComparison.Ordinal) => new AccessIdentifier(AccessKind.Group, text[GroupPrefix.Length..]),
        _ => null,
    };

    /// <summary>As <c>dovecot-acl</c> has it.</summary>
    internal string Written => Kind switch
    {
        AccessKind.User => UserPrefix + Name,
        AccessKind.Group => GroupPrefix + Name,
        AccessKind.GroupOverride => OverridePrefix + Name,
        _ => ToString(),
    };
}
