namespace MailOps.Server.Imap.Sorting;

/// <summary>What messages are sorted by (RFC 5256 section 3, RFC 5957).</summary>
internal enum SortCriterion
{
    Arrival,
    Cc,
    Date,
    DisplayFrom,
    DisplayTo,
    From,
    Size,
    Subject,
    To,
}

/// <summary>One criterion of a sort program.</summary>
/// <param name="Criterion">What it looks at.</param>
/// <param name="IsReversed">True if what comes last comes first.</param>
internal readonly record struct SortStep(SortCriterion Criterion, bool IsReversed);
