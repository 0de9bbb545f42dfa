namespace MailOps.Client.Mailboxes.Watching;

/// <summary>
/// Messages that were in a folder, by what stays the same where a server gives them other UIDs: when they arrived, and how long they
/// are. Two that are alike in both are counted.
/// </summary>
internal sealed class SeenMessages
{
    private readonly Dictionary<(DateTimeOffset? Arrived, uint? Size), int> _counts;

    public SeenMessages() => _counts = [];

    private SeenMessages(SeenMessages other) => _counts = new(other._counts);

    public void Add(ListedMessage message) => _counts[KeyOf(message)] = _counts.GetValueOrDefault(KeyOf(message)) + 1;

    /// <summary>Takes one out; false if there is none.</summary>
    public bool Take(ListedMessage message)
    {
        if (!_counts.TryGetValue(KeyOf(message), out var count))
            return false;
        if (count == 1)
            _counts.Remove(KeyOf(message));
        else
            _counts[KeyOf(message)] = count - 1;
        return true;
    }

    public SeenMessages Copy() => new(this);

    private static (DateTimeOffset? Arrived, uint? Size) KeyOf(ListedMessage message) => (message.Arrived?.ToUniversalTime(), message.Size);
}
