using System.Text.Json;
using MailOps.Client.Mailboxes;
using MailOps.Client.Mboxes;

namespace MailOps.Client.Migration.Batches;

/// <summary>How the mailboxes of a batch are copied. It is kept with the batch, where any worker reads it; there is no secret in it.</summary>
public sealed record MigrationSettings
{
    /// <summary>Folders that are meant, with wildcards.</summary>
    public IReadOnlyList<string> Include { get; init; } = ["*"];

    /// <summary>Folders that are not meant, with wildcards.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Where folders go that are to go elsewhere than to their own name.</summary>
    public IReadOnlyDictionary<string, string> FolderMap { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Which messages; null for all.</summary>
    public MessageFilter? Filter { get; init; }

    /// <summary>Search keys of IMAP (RFC 9051 section 6.4.4) that messages of the source must match; null for all.</summary>
    public string? Query { get; init; }

    /// <summary>What becomes of the labels of Gmail accounts.</summary>
    public GmailLabels GmailLabels { get; init; }

    /// <summary>When connections to IMAP servers are compressed.</summary>
    public ImapCompression Compression { get; init; }

    /// <summary>The dialect of mbox files; null to find out what there is.</summary>
    public MboxDialect? MboxDialect { get; init; }

    /// <summary>True to carry flags that changed on the source after a message was copied.</summary>
    public bool Mirror { get; init; }

    /// <summary>True to remove copies whose messages are gone from the source.</summary>
    public bool RemoveDeleted { get; init; }

    /// <summary>How many folders of a mailbox are under way at once.</summary>
    public int Connections { get; init; } = 2;

    /// <summary>How many mailboxes are under way at once that are on one server, whichever workers copy them.</summary>
    public int MaximumPerServer { get; init; } = 8;

    /// <summary>How long after a pass the next begins; null for a single one.</summary>
    public TimeSpan? SyncInterval { get; init; }

    /// <summary>True to go on whatever the servers' certificates.</summary>
    public bool SkipCertificateCheck { get; init; }

    /// <summary>What the servers' certificates are known by; empty to check them.</summary>
    public IReadOnlyList<string> CertificatePin { get; init; } = [];

    /// <summary>How long a server may be silent, in seconds.</summary>
    public int TimeoutSeconds { get; init; } = 60;

    /// <summary>The vault of SecretManagement that has the logins of the sources; null if a worker is given them.</summary>
    public string? FromVault { get; init; }

    /// <summary>The vault of SecretManagement that has the logins of the targets; null if a worker is given them.</summary>
    public string? ToVault { get; init; }

    /// <summary>Where the records of the proofs are kept, as a folder; null for none.</summary>
    public string? ReportPath { get; init; }

    /// <summary>Which messages and folders are meant, by the names of parameters, for a record of a proof.</summary>
    internal IEnumerable<KeyValuePair<string, string>> ToRecord()
    {
        yield return KeyValuePair.Create(nameof(Include), string.Join(", ", Include));
        if (Exclude.Count > 0)
            yield return KeyValuePair.Create(nameof(Exclude), string.Join(", ", Exclude));
        if (FolderMap.Count > 0)
            yield return KeyValuePair.Create(nameof(FolderMap), string.Join(", ", FolderMap.Select(rule => $"{rule.Key} = {rule.Value}").Order(StringComparer.Ordinal)));
        if (GmailLabels != GmailLabels.Folders)
            yield return KeyValuePair.Create(nameof(GmailLabels), $"{GmailLabels}");
        foreach (var setting in Filter?.ToSettings() ?? [])
            yield return setting;
        if (Query is not null)
            yield return KeyValuePair.Create(nameof(Query), Query);
    }

    /// <summary>As one text.</summary>
    internal string ToText() => JsonSerializer.Serialize(this, BatchJson.Default.MigrationSettings);

    /// <summary>From its text.</summary>
    internal static MigrationSettings Of(string text) => JsonSerializer.Deserialize(text, BatchJson.Default.MigrationSettings)!;
}
