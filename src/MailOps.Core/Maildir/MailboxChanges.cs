namespace MailOps.Maildir;

/// <summary>What a session is to be told, in this order: expunges, then new messages, then flags.</summary>
/// <param name="Expunged">Sequence numbers to announce one after the other, each valid at its moment (RFC 3501 section 7.4.1).</param>
/// <param name="Appended">How many messages came at the end of the view.</param>
/// <param name="FlagsChanged">Sequence numbers, after the above, of messages whose flags others changed.</param>
public sealed record MailboxChanges(IReadOnlyList<int> Expunged, int Appended, IReadOnlyList<int> FlagsChanged)
{
    /// <summary>Nothing to tell.</summary>
    public static MailboxChanges None { get; } = new([], 0, []);

    /// <summary>True if there is nothing to tell.</summary>
    public bool IsEmpty => Expunged.Count == 0 && Appended == 0 && FlagsChanged.Count == 0;
}
