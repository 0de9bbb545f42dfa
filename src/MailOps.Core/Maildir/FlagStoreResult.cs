namespace MailOps.Maildir;

/// <summary>What came of a change of flags. The session counts as told of all that stands here.</summary>
/// <param name="Stored">The messages of the request that are still there and were changed, with the flags they now have.</param>
/// <param name="Modified">Those that were left alone because they had changed since UNCHANGEDSINCE (RFC 7162 section 3.1.3), with the flags they now have.</param>
public sealed record FlagStoreResult(IReadOnlyList<MailboxMessage> Stored, IReadOnlyList<MailboxMessage> Modified)
{
    /// <summary>UIDs of stored messages whose flags are others than the session can work out from its request: somebody else changed them too, or not all could be stored.</summary>
    public IReadOnlySet<uint> Overtaken { get; init; } = new HashSet<uint>();
}
