namespace MailOps.Client.Migration;

/// <summary>What happened to a folder since a time at which all was known.</summary>
/// <param name="Changed">What came, and what has other flags.</param>
/// <param name="Gone">The ids of what is gone; some of them may never have been seen.</param>
public sealed record FolderChanges(IReadOnlyList<MailEntry> Changed, IReadOnlyList<string> Gone);
