namespace MailOps.Client.Migration.Journal;

/// <summary>What became of a message that was to be copied. The numbers are what the file holds.</summary>
public enum JournalState
{
    /// <summary>It may have been sent, or not: nothing was noted since it was about to be.</summary>
    Begun = 0,

    /// <summary>It is on the target.</summary>
    Copied = 1,

    /// <summary>The target refused it.</summary>
    Refused = 2,
}
