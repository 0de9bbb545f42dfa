using MailOps.Client.Probes;

namespace MailOps.Client.Maildirs;

/// <summary>What was found in a Maildir.</summary>
public sealed record MaildirReport
{
    /// <summary>The Maildir's directory.</summary>
    public required string Path { get; init; }

    /// <summary>How its folders lie: MaildirPlusPlus or Fs.</summary>
    public required string Layout { get; init; }

    /// <summary>How many folders were looked at, INBOX among them.</summary>
    public required int Folders { get; init; }

    /// <summary>How many messages are in them.</summary>
    public required int Messages { get; init; }

    /// <summary>All findings taken together: the weightiest of them.</summary>
    public required FindingStatus Verdict { get; init; }

    /// <summary>Why the verdict is what it is. Empty for <see cref="FindingStatus.Pass"/>.</summary>
    public required IReadOnlyList<string> Reasons { get; init; }

    /// <summary>Everything that was looked at: a Pass for each kind of damage that was not found, and each damage.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>When it was looked at.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Duration { get; init; }
}
