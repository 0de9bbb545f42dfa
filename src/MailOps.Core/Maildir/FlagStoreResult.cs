namespace MailOps.Maildir;

/// <summary>What came of a change of flags.</summary>
/// <param name="Stored">The messages of the request that are still there and were changed, with the flags they now have.</param>
/// <param name="Modified">Those that were left alone because they had changed since UNCHANGEDSINCE (RFC 7162 section 3.1.3), with the flags that the session was told.</param>
public sealed record FlagStoreResult(IReadOnlyList<MailboxMessage> Stored, IReadOnlyList<MailboxMessage> Modified);
