namespace MailOps.Maildir;

/// <summary>Where copied or moved messages came to lie (COPYUID, RFC 4315 section 3).</summary>
/// <param name="UidValidity">The target's UIDVALIDITY.</param>
/// <param name="SourceUids">The UIDs of the messages that were there to copy, ascending.</param>
/// <param name="TargetUids">The UIDs they got, in the same order.</param>
public sealed record CopiedMessages(uint UidValidity, IReadOnlyList<uint> SourceUids, IReadOnlyList<uint> TargetUids);
