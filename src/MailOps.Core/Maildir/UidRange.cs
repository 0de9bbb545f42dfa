namespace MailOps.Maildir;

/// <summary>UIDs from one to another, both included.</summary>
/// <param name="First">The lowest.</param>
/// <param name="Last">The highest.</param>
public readonly record struct UidRange(uint First, uint Last);
