namespace MailOps.Maildir.Access;

/// <summary>How an entry of an access list is changed.</summary>
public enum AccessChangeKind
{
    /// <summary>It has these rights and no others.</summary>
    Replace,

    /// <summary>It has these as well.</summary>
    Add,

    /// <summary>It has these no longer.</summary>
    Remove,

    /// <summary>It is taken out of the list.</summary>
    Delete,
}
