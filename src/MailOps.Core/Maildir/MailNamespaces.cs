namespace MailOps.Maildir;

/// <summary>The namespaces beside a user's own (RFC 2342). Names in them begin with these prefixes.</summary>
/// <param name="Others">That of mailboxes which other users share: behind it the owner's account, then the mailbox. Null if there is none.</param>
/// <param name="Public">That of public mailboxes. Null if there is none.</param>
public sealed record MailNamespaces(string? Others, string? Public)
{
    /// <summary>Neither.</summary>
    public static MailNamespaces None { get; } = new(null, null);

    /// <summary>What names of others' mailboxes begin with.</summary>
    public const string OthersPrefix = "user/";

    /// <summary>What names of public mailboxes begin with.</summary>
    public const string PublicPrefix = "Public/";
}
