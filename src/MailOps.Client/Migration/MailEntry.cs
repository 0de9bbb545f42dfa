namespace MailOps.Client.Migration;

/// <summary>What is known of a message without reading it.</summary>
/// <param name="Id">What it is called in its folder, as long as the folder's epoch is the same: over IMAP its UID.</param>
/// <param name="Size">Octets, as the server says.</param>
/// <param name="Flags">Its flags and keywords, with spaces between them and in the order of their characters: <c>$Work \Answered \Seen</c>. \Recent is none of them.</param>
/// <param name="Arrived">When it arrived; null if nobody knows.</param>
public record MailEntry(string Id, long Size, string Flags, DateTimeOffset? Arrived)
{
    /// <summary>The labels that a server of Gmail's kind tells of it (X-GM-LABELS), as it writes them and without that of its folder; none elsewhere.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];
}
