namespace MailOps.Client.Migration.Batches;

/// <summary>What somebody asked for, which workers carry out.</summary>
public enum MigrationWish
{
    /// <summary>Copy, and bring the copy up to date.</summary>
    Sync,

    /// <summary>Hold.</summary>
    Suspend,

    /// <summary>Give up.</summary>
    Stop,

    /// <summary>Bring the copy up to date once more, prove it, and be done.</summary>
    Complete,
}
