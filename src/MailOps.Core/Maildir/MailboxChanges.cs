namespace MailOps.Maildir;

/// <summary>What a session is to be told, in this order: expunges, then new messages, then flags.</summary>
/// <param name="Expunged">Sequence numbers to announce one after the other, each valid at its moment (RFC 3501 section 7.4.1).</param>
/// <param name="Appended">How many messages came at the end of the view.</param>
/// <param name="FlagsChanged">Sequence numbers, after the above, of messages whose flags others changed.</param>
public sealed record MailboxChanges(IReadOnlyList<int> Expunged, int Appended, IReadOnlyList<int> FlagsChanged)
{
    /// <summary>Nothing to tell.</summary>
    public static MailboxChanges None { get; } = new([], 0, []);

    /// <summary>The UIDs of the expunged messages, ascending (VANISHED, RFC 7162 section 3.2.10).</summary>
    public IReadOnlyList<uint> ExpungedUids { get; init; } = [];

    /// <summary>Sequence numbers of messages whose flags are again, or still, those that the session was told, at another mod-sequence (RFC 7162 section 3.1).</summary>
    public IReadOnlyList<int> ModSeqsChanged { get; init; } = [];

    /// <summary>
    /// True if the mailbox's directory has disappeared, or another mailbox lies in its place, or it may no longer be read: nothing can be told
    /// of its messages, least of all that they were expunged. The view is of no more use.
    /// </summary>
    public bool IsLost { get; init; }

    /// <summary>True if there is nothing to tell.</summary>
    public bool IsEmpty => Expunged.Count == 0 && Appended == 0 && FlagsChanged.Count == 0 && ModSeqsChanged.Count == 0 && !IsLost;
}
