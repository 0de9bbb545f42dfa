namespace MailOps.Maildir.Annotations;

/// <summary>What came of changing annotations.</summary>
public enum AnnotationOutcome
{
    /// <summary>All changes were made, and are on disk.</summary>
    Done,

    /// <summary>There is no such mailbox.</summary>
    NonExistent,

    /// <summary>There would be more than <see cref="AnnotationLimits.MostEntries"/>: nothing was changed.</summary>
    TooMany,
}
