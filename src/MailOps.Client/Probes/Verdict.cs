namespace MailOps.Client.Probes;

/// <summary>Many findings taken together.</summary>
/// <param name="Status">The weightiest status among the findings; <see cref="FindingStatus.Unknown"/> without any.</param>
/// <param name="Reasons">The messages of the findings that have this status; empty for <see cref="FindingStatus.Pass"/>.</param>
public sealed record Verdict(FindingStatus Status, IReadOnlyList<string> Reasons)
{
    /// <summary>The verdict over some findings.</summary>
    public static Verdict Over(IReadOnlyCollection<Finding> findings)
    {
        if (findings.Count == 0)
            return new Verdict(FindingStatus.Unknown, ["Nothing was looked at."]);

        var status = findings.Max(f => f.Status);
        return new Verdict(status, status == FindingStatus.Pass ? [] : [.. findings.Where(f => f.Status == status).Select(f => f.Message)]);
    }
}
