namespace MailOps.Client.Migration.Batches;

/// <summary>Where the migration of a mailbox, or of a batch, is; the names are those of Exchange. Of a batch it is the first that any of its users has.</summary>
public enum MigrationStatus
{
    /// <summary>Under way: it is copied, or the copy is brought up to date.</summary>
    Syncing,

    /// <summary>Under way: the last pass and the proof, after Complete-MailMigration.</summary>
    Completing,

    /// <summary>It waits for a worker, or for a place at its server.</summary>
    Queued,

    /// <summary>The last pass did not come to its end, or a message is missing that was not refused. The next pass goes on there.</summary>
    Failed,

    /// <summary>Held by Suspend-MailMigration; Resume-MailMigration goes on.</summary>
    Suspended,

    /// <summary>Given up by Stop-MailMigration.</summary>
    Stopped,

    /// <summary>All is on the target that was on the source at the last pass.</summary>
    Synced,

    /// <summary>Done, and proved but for what Error says: messages that the target refused, or flags and dates that differ.</summary>
    CompletedWithWarnings,

    /// <summary>Done, and proved.</summary>
    Completed,
}
