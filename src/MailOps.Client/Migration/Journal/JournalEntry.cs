namespace MailOps.Client.Migration.Journal;

/// <summary>What is noted of one message of the source.</summary>
/// <param name="SourceId">Its id on the source: a UID of IMAP, a unique id of POP3, the name of a file.</param>
/// <param name="State">What became of it.</param>
/// <param name="Hash">The hash of its content, as the copier computes it.</param>
/// <param name="Size">Its size in octets.</param>
/// <param name="TargetId">Its id on the target; null unless it is copied, and where the target told none.</param>
/// <param name="Flags">The flags that it was given on the target, sorted, with spaces between; null unless it is copied.</param>
/// <param name="Reason">Why the target refused it; null unless it did.</param>
public sealed record JournalEntry(string SourceId, JournalState State, UInt128 Hash, long Size, string? TargetId, string? Flags, string? Reason)
{
    /// <summary>True for a copy that was on the target before: nobody knows who made it.</summary>
    public bool WasThere => State == JournalState.Copied && Reason is not null;
}
