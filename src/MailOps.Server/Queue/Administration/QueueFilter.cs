namespace MailOps.Server.Queue.Administration;

/// <summary>Which messages or destinations are asked for. Patterns have PowerShell's wildcards, and case does not matter; a list that is empty asks for all.</summary>
public sealed record QueueFilter
{
    /// <summary>Ids of messages.</summary>
    public IReadOnlyList<string> Ids { get; init; } = [];

    /// <summary>Patterns of destinations, one of which a message waits for.</summary>
    public IReadOnlyList<string> NextHops { get; init; } = [];

    /// <summary>Patterns of senders; an empty one is the sender of reports.</summary>
    public IReadOnlyList<string> Senders { get; init; } = [];

    /// <summary>Patterns of recipients, one of whom waits for the message.</summary>
    public IReadOnlyList<string> Recipients { get; init; } = [];

    /// <summary>Everything.</summary>
    public static QueueFilter All { get; } = new();

    // The brackets of a host are itself, not a set of characters.
    internal bool AsksFor(string target) =>
        NextHops.Count == 0 || NextHops.Any(pattern => pattern.Equals(target, StringComparison.OrdinalIgnoreCase) || Wildcards.Fit(pattern, target));

    internal bool AsksFor(IReadOnlyList<string> targets) => NextHops.Count == 0 || targets.Any(AsksFor);

    internal bool AsksFor(string sender, IEnumerable<string> recipients) =>
        (Senders.Count == 0 || Senders.Any(pattern => Wildcards.Fit(pattern, sender)))
        && (Recipients.Count == 0 || recipients.Any(recipient => Recipients.Any(pattern => Wildcards.Fit(pattern, recipient))));
}
