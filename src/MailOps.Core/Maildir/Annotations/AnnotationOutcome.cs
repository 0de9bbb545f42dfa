namespace MailOps.Maildir.Annotations;

/// <summary>What came of changing annotations.</summary>
public enum AnnotationOutcome
{
    /// <summary>All changes were made, and are on disk.</summary>
    Done,

    /// <summary>There is no such mailbox.</summary>
    NonExistent,

    /// <summary>Who asks has not the right (RFC 5464 section 3.3).</summary>
    NotPermitted,

    /// <summary>Entries of one user alone are kept in his own mailboxes only (RFC 5464 section 4.3, NOPRIVATE).</summary>
    NoPrivate,

    /// <summary>There would be more than <see cref="AnnotationLimits.MostEntries"/>: nothing was changed.</summary>
    TooMany,
}
