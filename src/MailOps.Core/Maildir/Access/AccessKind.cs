namespace MailOps.Maildir.Access;

/// <summary>Whom a line of an access list is about, from the least to the most particular: what is further down counts before what is above, as in Dovecot.</summary>
public enum AccessKind
{
    /// <summary>Everybody.</summary>
    Anyone,

    /// <summary>Everybody who has logged in.</summary>
    Authenticated,

    /// <summary>A group, which only Dovecot knows.</summary>
    Group,

    /// <summary>The owner of the account that the mailbox lies in.</summary>
    Owner,

    /// <summary>A user.</summary>
    User,

    /// <summary>A group that counts before its users' own lines, which only Dovecot knows.</summary>
    GroupOverride,
}
