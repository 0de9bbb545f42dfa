namespace MailOps.Client.Mailboxes;

/// <summary>What to read of messages, beside UID, flags, date and size.</summary>
public sealed record ImapReading
{
    /// <summary>How much of the message itself.</summary>
    public ImapContent Content { get; init; }

    /// <summary>True for a description of its parts.</summary>
    public bool HasStructure { get; init; }

    /// <summary>The numbers of parts to read with their content, such as <c>1.2</c>; those alone are described then. A message that has none of a number is without it.</summary>
    public IReadOnlyCollection<string> Parts { get; init; } = [];
}
