using MailOps.Server.Connections;

namespace MailOps.Server.Accounts;

/// <summary>Something is wrong with a line in the file of aliases or of domains.</summary>
public sealed record AddressLineProblem : ServerEvent
{
    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>The line's number, from 1.</summary>
    public required int Line { get; init; }

    /// <summary>What is wrong: goes on after "line N of FILE".</summary>
    public required string Problem { get; init; }
}
