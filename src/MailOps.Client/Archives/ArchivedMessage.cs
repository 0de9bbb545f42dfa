using MailOps.Client.Mailboxes;

namespace MailOps.Client.Archives;

/// <summary>A message out of a file.</summary>
public sealed class ArchivedMessage : MailboxItem
{
    internal ArchivedMessage(byte[] octets)
        : base(octets, headersOnly: false)
    {
    }

    /// <summary>The file that it is in.</summary>
    public required string Path { get; init; }

    /// <summary>How it lies there.</summary>
    public required ArchiveFormat Format { get; init; }

    /// <summary>System flags such as <c>\Seen</c>, then keywords; empty where the file tells of none.</summary>
    public required IReadOnlyList<string> Flags { get; init; }

    /// <summary>When it arrived, as the file tells; null if it does not.</summary>
    public required DateTimeOffset? InternalDate { get; init; }

    /// <summary>The sender of its envelope, as the file tells; null if it does not.</summary>
    public required string? Sender { get; init; }
}
