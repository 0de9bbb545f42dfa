namespace MailOps.Client.Migration.Batches;

/// <summary>Which mailbox a login is wanted for.</summary>
/// <param name="User">The user of the batch.</param>
/// <param name="Location">The mailbox.</param>
/// <param name="IsSource">True for the one that is copied from.</param>
/// <param name="Vault">The vault that has the login; null for the one that the worker was given.</param>
public sealed record MigrationLoginRequest(MigrationUser User, MailboxLocation Location, bool IsSource, string? Vault);
