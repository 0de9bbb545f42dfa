namespace MailOps.Maildir;

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
