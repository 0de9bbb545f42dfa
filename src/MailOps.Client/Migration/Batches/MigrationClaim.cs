namespace MailOps.Client.Migration.Batches;

/// <summary>What came of asking for a mailbox.</summary>
/// <param name="User">The mailbox, if it is claimed.</param>
/// <param name="Settings">How it is copied.</param>
/// <param name="RetryAfter">When to ask again, if it is not free now; null, without a user, if it is not wanted.</param>
internal readonly record struct MigrationClaim(MigrationUser? User, MigrationSettings? Settings, TimeSpan? RetryAfter);
