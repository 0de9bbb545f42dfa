using MailOps.Client.Mailboxes;
using MailOps.Client.Migration.Comparison;

namespace MailOps.Client.Migration.Batches;

/// <summary>How a worker works.</summary>
public sealed record MigrationWorkerOptions
{
    /// <summary>What it is called: once among those of a store.</summary>
    public string Id { get; init; } = FormattableString.Invariant($"{Environment.MachineName}-{Environment.ProcessId}-{Guid.NewGuid().ToString("N")[..6]}");

    /// <summary>How many mailboxes it has under way at once.</summary>
    public int Mailboxes { get; init; } = 4;

    /// <summary>The folder for journals and for messages that were refused; beside the store's file, or with the user's data, unless given.</summary>
    public string? WorkPath { get; init; }

    /// <summary>Gives the login to a mailbox on a server.</summary>
    public required Func<MigrationLoginRequest, CancellationToken, Task<MigrationLogin>> Login { get; init; }

    /// <summary>Makes a test for folders of patterns with wildcards.</summary>
    public required Func<MigrationSettings, Predicate<string>> Folders { get; init; }

    /// <summary>The file that gets a line for each message; null for none.</summary>
    public string? LogPath { get; init; }

    /// <summary>Who signs records of proofs; null for nobody.</summary>
    public ReportSigner? Signer { get; init; }

    /// <summary>True to end when nothing is queued or under way, whatever is to be brought up to date later.</summary>
    public bool EndsWhenIdle { get; init; }

    /// <summary>The batches that it works on; null for all.</summary>
    public IReadOnlyCollection<string>? Batches { get; init; }

    /// <summary>Told what people should know.</summary>
    public Func<string, ValueTask> Warn { get; init; } = _ => ValueTask.CompletedTask;

    /// <summary>Told of a mailbox when a pass begins and when it ends.</summary>
    public Func<MigrationUser, ValueTask> Tell { get; init; } = _ => ValueTask.CompletedTask;

    /// <summary>Told of all batches, every second or two.</summary>
    public Func<IReadOnlyList<MigrationBatch>, ValueTask> Show { get; init; } = _ => ValueTask.CompletedTask;
}
