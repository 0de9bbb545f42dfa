namespace MailOps.Client.Migration;

/// <summary>Messages at which connections were lost, one at a time: what is lost at the same one again and again keeps all behind it from coming.</summary>
internal sealed class SuspectMessages
{
    /// <summary>So often a message is tried by itself.</summary>
    private const int Most = 3;

    private readonly Dictionary<string, int> _read = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _added = new(StringComparer.Ordinal);

    /// <summary>Why a message is not read any more; null if it is.</summary>
    public string? NotRead(string id) => _read.GetValueOrDefault(id) < Most ? null : $"the connection was lost each of {Most} times when it was read";

    /// <summary>Why a message is not added any more; null if it is.</summary>
    public string? NotAdded(string id) => _added.GetValueOrDefault(id) < Most ? null : $"the connection was lost each of {Most} times when it was added";

    /// <summary>The connection was lost when a message was read by itself.</summary>
    public void LostReading(string id) => _read[id] = _read.GetValueOrDefault(id) + 1;

    /// <summary>The connection was lost when a message was added by itself.</summary>
    public void LostAdding(string id) => _added[id] = _added.GetValueOrDefault(id) + 1;
}
