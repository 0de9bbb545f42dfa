namespace MailOps.Maildir.Access;

/// <summary>What came of changing an access list.</summary>
public enum AccessOutcome
{
    /// <summary>It was changed, and is on disk.</summary>
    Done,

    /// <summary>There is no such mailbox, as far as who asks may know.</summary>
    NonExistent,

    /// <summary>Who asks does not administer the mailbox.</summary>
    NotPermitted,

    /// <summary>Public mailboxes have no owner.</summary>
    NoOwner,

    /// <summary>There would be more than 1,000 entries, or the account would share its mailboxes with more than 5,000.</summary>
    TooMany,

    /// <summary>The list on the disk has a line that cannot be read: it is not written over.</summary>
    Damaged,
}
