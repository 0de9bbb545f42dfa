using MailOps.Server.Connections;

namespace MailOps.Server.Accounts;

/// <summary>A line in the file of accounts counts for nothing, because something is wrong with it.</summary>
public sealed record AccountLineIgnored : ServerEvent
{
    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>The line's number, from 1.</summary>
    public required int Line { get; init; }

    /// <summary>What is wrong: goes on after "line N of FILE".</summary>
    public required string Problem { get; init; }
}
