namespace MailOps.Client.Maildirs;

/// <summary>What a repair did about one damage, or why it left it alone.</summary>
public sealed record MaildirRepair
{
    /// <summary>The Maildir's directory.</summary>
    public required string Path { get; init; }

    /// <summary>The folder's full name.</summary>
    public required string Folder { get; init; }

    /// <summary>The kind of damage: the name of Test-Maildir's check.</summary>
    public required string Check { get; init; }

    /// <summary>The damage, as a sentence.</summary>
    public required string Damage { get; init; }

    /// <summary>What was changed, or would have to be.</summary>
    public required string Target { get; init; }

    /// <summary>What was done to it; empty if nothing can be done without a person's decision.</summary>
    public string Action { get; init; } = "";

    /// <summary>True if it was done.</summary>
    public bool IsDone { get; init; }

    /// <summary>What came of it, as a sentence.</summary>
    public string Message { get; init; } = "";
}
