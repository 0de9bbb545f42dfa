namespace MailOps.Client.Migration;

/// <summary>Which messages are meant, by what is known of them without reading them. All that is said must hold.</summary>
public sealed record MessageFilter
{
    /// <summary>Messages that arrived then or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Messages that arrived earlier.</summary>
    public DateTimeOffset? Before { get; init; }

    /// <summary>Messages with more octets.</summary>
    public long? LargerThan { get; init; }

    /// <summary>Messages with fewer octets.</summary>
    public long? SmallerThan { get; init; }

    /// <summary>Flags such as <c>\Seen</c> and keywords that a message has, all of them.</summary>
    public IReadOnlyCollection<string> Flag { get; init; } = [];

    /// <summary>Flags and keywords of which a message has none.</summary>
    public IReadOnlyCollection<string> NotFlag { get; init; } = [];

    /// <summary>True for a message that is meant. One of which nobody knows when it arrived is not left out for that.</summary>
    public bool Takes(MailEntry entry)
    {
        var flags = Flag.Count + NotFlag.Count == 0 ? [] : entry.Flags.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return !(entry.Arrived < Since) && !(entry.Arrived >= Before) && !(entry.Size <= LargerThan) && !(entry.Size >= SmallerThan)
            && Flag.All(flag => flags.Contains(flag, StringComparer.OrdinalIgnoreCase)) && !NotFlag.Any(flag => flags.Contains(flag, StringComparer.OrdinalIgnoreCase));
    }
}
