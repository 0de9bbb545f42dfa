namespace MailOps.Server.Queue.Administration;

/// <summary>Where a message of a running queue is.</summary>
/// <param name="Entry">The message.</param>
/// <param name="Targets">The destinations that it waits for.</param>
/// <param name="LastError">What went wrong last with one of them, or null.</param>
/// <param name="IsUnderWay">True while it is being sent.</param>
/// <param name="NextTry">When it is due, or its destination is tried again as a whole, whichever is later.</param>
internal sealed record QueuePlace(QueueEntry Entry, IReadOnlyList<string> Targets, string? LastError, bool IsUnderWay, DateTimeOffset NextTry);
