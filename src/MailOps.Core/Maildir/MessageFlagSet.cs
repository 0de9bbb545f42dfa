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
