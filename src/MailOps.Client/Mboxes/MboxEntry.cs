namespace MailOps.Client.Mboxes;

/// <summary>Where a message stands in its file, and what the file says of it.</summary>
public sealed record MboxEntry
{
    /// <summary>Where its line <c>From </c> begins.</summary>
    public required long Offset { get; init; }

    /// <summary>Where its header begins.</summary>
    public required long HeaderOffset { get; init; }

    /// <summary>Where its body begins, behind the empty line.</summary>
    public required long BodyOffset { get; init; }

    /// <summary>Where it ends: what follows belongs to the file.</summary>
    public required long End { get; init; }

    /// <summary>Where the fields begin that the file's keeper put below its header (<c>Status</c> and what stands under it), or above it (those of Thunderbird), which are none of the message; the same as <see cref="StoreFieldsEnd"/> if there are none.</summary>
    public required long StoreFieldsOffset { get; init; }

    /// <summary>Where they end.</summary>
    public required long StoreFieldsEnd { get; init; }

    /// <summary>The dialect that its body is written in.</summary>
    public required MboxDialect Dialect { get; init; }

    /// <summary>The sender of its envelope, as the line has it; null if it has none.</summary>
    public string? Sender { get; init; }

    /// <summary>When it arrived, as the line has it; null if it does not say.</summary>
    public DateTimeOffset? Date { get; init; }

    /// <summary>Its flags and keywords with spaces between them, in the order of their characters: <c>$Work \Answered \Seen</c>.</summary>
    public required string Flags { get; init; }
}
