using System.Collections.Immutable;

namespace MailOps.Maildir;

/// <summary>The flags of a message: the system flags and the keywords (RFC 3501 section 2.3.2). \Recent is not one of them; it belongs to a session.</summary>
/// <param name="System">The system flags.</param>
/// <param name="Keywords">The keywords, each once, in no order that means anything. Compared without case.</param>
public readonly record struct MessageFlagSet(SystemFlags System, ImmutableArray<string> Keywords)
{
    /// <summary>No flag at all.</summary>
    public static MessageFlagSet None { get; } = new(SystemFlags.None, []);

    /// <summary>A set of system flags without keywords.</summary>
    public MessageFlagSet(SystemFlags system)
        : this(system, [])
    {
    }

    /// <summary>True if the flags are the same, whatever the order of the keywords.</summary>
    public bool Equals(MessageFlagSet other) =>
        System == other.System
        && Keywords.Length == other.Keywords.Length
        && Keywords.All(k => other.Keywords.Contains(k, StringComparer.OrdinalIgnoreCase));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(System, Keywords.Length);
}

/// <summary>The system flags that are stored with a message.</summary>
[Flags]
public enum SystemFlags : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>\Seen, Maildir's <c>S</c>.</summary>
    Seen = 1,

    /// <summary>\Answered, Maildir's <c>R</c>.</summary>
    Answered = 2,

    /// <summary>\Flagged, Maildir's <c>F</c>.</summary>
    Flagged = 4,

    /// <summary>\Deleted, Maildir's <c>T</c>.</summary>
    Deleted = 8,

    /// <summary>\Draft, Maildir's <c>D</c>.</summary>
    Draft = 16,
}
