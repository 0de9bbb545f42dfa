using MailOps.Client.Probes;

namespace MailOps.Cmdlets.Servers;

/// <summary>What Test-MailServerConfiguration found.</summary>
public sealed class ServerConfigurationReport
{
    /// <summary>The file, or the server's name and number.</summary>
    public required string Target { get; init; }

    /// <summary>The weightiest status of the findings, as text: Pass, Unknown, Warning or Fail.</summary>
    public required string Verdict { get; init; }

    /// <summary>The messages of the findings of that status; empty for Pass.</summary>
    public required string[] Reasons { get; init; }

    /// <summary>Everything that was looked at. In a file that cannot be used, what is wrong with it is found as Configuration.</summary>
    public required Finding[] Findings { get; init; }

    /// <summary>The target and the verdict.</summary>
    public override string ToString() => $"{Target}: {Verdict}";
}
