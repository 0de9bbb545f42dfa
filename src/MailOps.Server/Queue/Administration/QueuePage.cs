namespace MailOps.Server.Queue.Administration;

/// <summary>A part of a list: who asks gets so much that nobody holds anything, neither memory nor a connection, while it is looked at.</summary>
/// <param name="Items">What was found; may be nothing although more comes.</param>
/// <param name="After">What to ask for more with, or null if that was all.</param>
public sealed record QueuePage<T>(IReadOnlyList<T> Items, string? After);
