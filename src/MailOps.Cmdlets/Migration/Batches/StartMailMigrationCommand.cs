using System.Collections;
using System.Management.Automation;
using MailOps.Client.Mailboxes;
using MailOps.Client.Mboxes;
using MailOps.Client.Migration;
using MailOps.Client.Migration.Batches;
using MailOps.Cmdlets.Maildirs;
using MailOps.Cmdlets.Runtime;
using MailOps.Wire;

namespace MailOps.Cmdlets.Migration.Batches;

/// <summary>Begins the migration of many mailboxes as a batch, from a CSV file or the pipeline.</summary>
/// <para>Every row is checked before anything is kept: a bad address, a user or a target that is there twice stops the whole. The batch is kept in a store, and
/// carried out by workers: by this command itself with Wait, or by Start-MailMigrationWorker, here or on other machines. Each mailbox is copied as Copy-Mailbox does,
/// with a journal of its own, so that it can be stopped or killed at any moment and goes on where it was.</para>
/// <para>A user is Queued, then Syncing, then Synced: all is on the target that was on the source. With SyncInterval it is brought up to date again after that time,
/// without a look at what did not change. Complete-MailMigration makes a last pass and proves it: Completed, or CompletedWithWarnings. What fails says why in
/// Error, and is tried again by the next interval or by Resume-MailMigration.</para>
/// <para>No login is kept. A worker is given them (FromCredential, ToCredential, FromAccessToken, ToAccessToken), or they are in a vault of SecretManagement under the
/// mailbox's address or its account's name.</para>
/// <para>Errors: BatchExists, InvalidMailboxLocation, CredentialMissing, InvalidStore, StoreFailed, StoreInUse.</para>
/// <example><code>Import-Csv users.csv | Start-MailMigration school -Wait -FromCredential { param($user) Get-Secret "old-$($user.Identity)" } -ToCredential $admin</code><para>Copies the mailboxes of a table with the columns Identity, From and To, and comes back when all are Synced or Failed.</para></example>
/// <example><code>Start-MailMigration school -CsvPath users.csv -SyncInterval 1.00:00:00 -Mirror -FromVault Old -ToVault New -Store ./school.db; Start-MailMigrationWorker -Store ./school.db</code><para>Keeps the copies up to date each day, with logins from two vaults.</para></example>
/// <example><code>Import-Csv users.csv | Start-MailMigration recent -Since 2025-01-01 -SmallerThan 25MB -NotFlag Deleted -ReportPath ./proof</code><para>Moves what came since then and is not too large. The proof compares no more than that, and its record says so.</para></example>
/// <example><code>Get-Content names.txt | Start-MailMigration staff -Identity { $_ } -From { "imaps://$_@old.example.com/" } -To { "imaps://$_@new.example.com/" } -Store postgresql://mailops@db.example.com/migrations</code><para>Makes the addresses of names, and keeps the batch where workers on any number of machines take it from.</para></example>
[Cmdlet(VerbsLifecycle.Start, "MailMigration", SupportsShouldProcess = true, DefaultParameterSetName = PipelineSet)]
[OutputType(typeof(MigrationBatch))]
public sealed class StartMailMigrationCommand : MigrationWorkCmdlet, IMessageChoice
{
    // What a batch keeps.
    private static readonly string[] SettingNames =
    [
        nameof(Include), nameof(Exclude), nameof(FolderMap), nameof(Since), nameof(Before), nameof(LargerThan), nameof(SmallerThan), nameof(Flag), nameof(NotFlag), nameof(Query), nameof(GmailLabels),
        nameof(Compression), nameof(MboxDialect), nameof(Mirror), nameof(RemoveDeleted), nameof(SyncInterval), nameof(Connections), nameof(MaximumPerServer), nameof(FromVault), nameof(ToVault),
        nameof(ReportPath), nameof(SkipCertificateCheck), nameof(CertificatePin), nameof(TimeoutSeconds),
    ];

    private const string PipelineSet = "Pipeline";
    private const string CsvSet = "Csv";

    private readonly List<(string Identity, MailboxLocation From, MailboxLocation To)> _users = [];
    private readonly List<string> _problems = [];

    // Users are found whatever the case of their names.
    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<MailboxLocation, string> _targets = [];

    // A field of a type from another assembly would be looked for before there is a way to it.
    private int? _mboxDialect;
    private int _gmailLabels;
    private int _compression;

    /// <summary>What the batch is called: once in its store.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = "";

    /// <summary>The mailbox that is copied, as in Copy-Mailbox.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = PipelineSet)]
    [ArgumentCompleter(typeof(MailboxLocationCompleter))]
    [ValidateNotNullOrEmpty]
    public string From { get; set; } = "";

    /// <summary>Where it is copied to, as in Copy-Mailbox.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = PipelineSet)]
    [ArgumentCompleter(typeof(MailboxLocationCompleter))]
    [ValidateNotNullOrEmpty]
    public string To { get; set; } = "";

    /// <summary>What the user is called in the batch; the account of To, or of From, unless given.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = PipelineSet)]
    [Alias("User", "UserName", "EmailAddress")]
    public string? Identity { get; set; }

    /// <summary>A CSV file with the columns From and To, and Identity, User, UserName or EmailAddress if users are to be called by it.</summary>
    [Parameter(Mandatory = true, ParameterSetName = CsvSet)]
    [ValidateNotNullOrEmpty]
    public string CsvPath { get; set; } = "";

    /// <summary>Adds the mailboxes to a batch that is there, which keeps its settings.</summary>
    [Parameter]
    public SwitchParameter Add { get; set; }

    /// <summary>Carries the batch out in this command, and comes back when nothing is queued or under way.</summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    /// <summary>Folders that are meant, as in Copy-Mailbox.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Include { get; set; } = ["*"];

    /// <summary>Folders that are not meant; they win over Include.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Exclude { get; set; } = [];

    /// <summary>Where folders go that are to go elsewhere than to their own name, as in Copy-Mailbox.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public Hashtable? FolderMap { get; set; }

    /// <summary>Messages that arrived then or later, as in Copy-Mailbox. What a filter leaves out is neither copied nor compared in the proof, whose record names the filter.</summary>
    [Parameter]
    public DateTimeOffset? Since { get; set; }

    /// <summary>Messages that arrived earlier.</summary>
    [Parameter]
    public DateTimeOffset? Before { get; set; }

    /// <summary>Messages with more octets, such as 10MB.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long? LargerThan { get; set; }

    /// <summary>Messages with fewer octets.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long? SmallerThan { get; set; }

    /// <summary>Flags (Seen, Answered, Flagged, Deleted, Draft) and keywords that a message has, all of them.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MessageFlagCompleter))]
    public string[] Flag { get; set; } = [];

    /// <summary>Flags and keywords of which a message has none.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MessageFlagCompleter))]
    public string[] NotFlag { get; set; } = [];

    /// <summary>Search keys of IMAP which the sources' servers search each folder by, as in Copy-Mailbox.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Query { get; set; }

    /// <summary>What the labels of Gmail accounts become that are read, as in Copy-Mailbox: Folders unless given.</summary>
    [Parameter]
    public GmailLabels GmailLabels
    {
        get => (GmailLabels)_gmailLabels;
        set => _gmailLabels = (int)value;
    }

    /// <summary>When connections to IMAP servers that offer it are compressed, as in Copy-Mailbox: WhenSlow unless given.</summary>
    [Parameter]
    public ImapCompression Compression
    {
        get => (ImapCompression)_compression;
        set => _compression = (int)value;
    }

    /// <summary>How mbox files tell where a message ends. Unless given it is found out, and what is written is Mboxrd.</summary>
    [Parameter]
    public MboxDialect? MboxDialect
    {
        get => (MboxDialect?)_mboxDialect;
        set => _mboxDialect = (int?)value;
    }

    /// <summary>Carries flags as well that changed on the source after a message was copied. The last pass does so in any case, where the mailboxes can.</summary>
    [Parameter]
    public SwitchParameter Mirror { get; set; }

    /// <summary>Removes copies from the target whose messages are gone from the source, as in Copy-Mailbox.</summary>
    [Parameter]
    public SwitchParameter RemoveDeleted { get; set; }

    /// <summary>How long after a pass the next begins, such as 1.00:00:00 for a day; one pass alone unless given.</summary>
    [Parameter]
    [ValidatePositiveTime(LeastSeconds = 1, MostDays = 366)]
    public TimeSpan? SyncInterval { get; set; }

    /// <summary>How many folders of a mailbox are under way at once, each with a connection to either end; 2 unless given.</summary>
    [Parameter]
    [ValidateRange(1, 32)]
    public int Connections { get; set; } = 2;

    /// <summary>How many mailboxes are under way at once that are on one server, whichever workers have them; 8 unless given.</summary>
    [Parameter]
    [ValidateRange(1, 10_000)]
    public int MaximumPerServer { get; set; } = 8;

    /// <summary>The vault of SecretManagement that has the logins of the sources, under the address of the mailbox or the name of its account.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? FromVault { get; set; }

    /// <summary>The vault of SecretManagement that has the logins of the targets.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ToVault { get; set; }

    /// <summary>The folder for records of the proofs, BATCH-USER-….json and .html, which Complete-MailMigration has made; it is made as well.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ReportPath { get; set; }

    /// <summary>Goes on whatever the servers' certificates.</summary>
    [Parameter]
    public SwitchParameter SkipCertificateCheck { get; set; }

    /// <summary>What the servers' certificates are known by, as in Copy-Mailbox.</summary>
    [Parameter]
    [ValidateCertificatePin]
    public string[] CertificatePin { get; set; } = [];

    /// <summary>How long a server may be silent, in seconds; 60 unless given.</summary>
    [Parameter]
    [ValidateRange(1, 86400)]
    public int TimeoutSeconds { get; set; } = 60;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        try
        {
            _ = FolderMap is null ? null : new FolderMap(FolderPatterns.Rules(FolderMap));
        }
        catch (FormatException e)
        {
            Refuse(e.Message, FolderMap);
        }

        if (MessageChoice.Problem(this, RemoveDeleted) is { } problem)
            Refuse(problem);
        if (ReportPath is not null && File.Exists(GetUnresolvedProviderPathFromPSPath(ReportPath)))
            Refuse($"-ReportPath {ReportPath} is a file: give a folder, which is made if it is not there.", ReportPath);
        if (!Wait && (FromCredential ?? ToCredential ?? FromAccessToken ?? (object?)ToAccessToken) is not null)
            Refuse("Logins are kept in no store: give them to the worker, Start-MailMigrationWorker, or let this command be it, with -Wait. -FromVault and -ToVault name a vault that has them.");
        if (Add && MyInvocation.BoundParameters.Keys.FirstOrDefault(name => SettingNames.Contains(name)) is { } setting)
            Refuse($"-Add adds to a batch that has its settings: leave -{setting} out.");
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == PipelineSet)
        {
            Take(Identity, From, To, $"row {_users.Count + _problems.Count + 1}");
            return;
        }

        var path = GetUnresolvedProviderPathFromPSPath(CsvPath);
        var line = 1;
        foreach (var row in InvokeCommand.InvokeScript("Import-Csv -LiteralPath $args[0] -ErrorAction Stop", useNewScope: true, System.Management.Automation.Runspaces.PipelineResultTypes.None, input: null, path))
        {
            if (line == 1 && new[] { nameof(From), nameof(To) }.FirstOrDefault(name => row.Properties[name] is null) is { } missing)
                ThrowInvalid($"{CsvPath} has no column {missing}. Its columns are: {string.Join(" | ", row.Properties.Select(column => column.Name))}. Call them From, To and, if users are to be called by it, Identity, in the first line, parted by commas.");
            Take(Column(row, nameof(Identity), "User", "UserName", "EmailAddress"), Column(row, nameof(From)), Column(row, nameof(To)), $"{CsvPath}, row {line++}");
        }

        if (line == 1)
            ThrowInvalid($"{CsvPath} has no rows. Its first line names the columns, From, To and perhaps Identity, and each line below it is a mailbox.");
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_problems.Count > 0)
            ThrowInvalid($"{string.Join(" ", _problems.Take(10))}{(_problems.Count > 10 ? $" And {_problems.Count - 10} more." : "")}");
        if (_users.Count == 0)
            Refuse($"The batch {Name} was not begun: no objects came down the pipeline. Pipe objects with From and To, or give -CsvPath.");
        if (ShouldProcess($"{Name}: {_users.Count} mailboxes", "Start migration"))
        {
            var options = Wait ? Options(user => VerboseAsync($"{user.Identity}: {user.Status} {user.Error}".TrimEnd()), [Name], endsWhenIdle: true) : null;
            Run(cancel => StartAsync(Settings(), options, cancel));
        }

        base.EndProcessing();
    }

    private void ThrowInvalid(string what) => ThrowTerminatingError(ErrorRecords.Finding("InvalidMigrationUser", ErrorCategory.InvalidData, $"The batch {Name} was not begun. {what}", Name));

    private async Task StartAsync(MigrationSettings settings, MigrationWorkerOptions? options, CancellationToken cancel)
    {
        await using var store = await OpenStoreAsync(isMade: true, cancel).ConfigureAwait(false);
        if (options is null)
            await store.AddAsync(Name, settings, _users, Add, cancel).ConfigureAwait(false);
        else
            await new MigrationWorker(store, options, TimeProvider.System).RunAsync(cancel, BeginAsync).ConfigureAwait(false);

        var batch = (await store.BatchesAsync(cancel).ConfigureAwait(false)).Single(batch => batch.Name == Name);
        if (batch.WorkerCount == 0 && options is null)
            await WarningAsync($"No worker is at work in {store.Name}: start one with Start-MailMigrationWorker{(Store is null ? "" : $" -Store {Store}")}, and give it the logins.").ConfigureAwait(false);
        await OutputAsync(batch).ConfigureAwait(false);

        async Task BeginAsync()
        {
            CheckLogins(Name, settings, _users.Select(user => (user.From, user.To)));
            await store.AddAsync(Name, settings, _users, Add, cancel).ConfigureAwait(false);
        }
    }

    private MigrationSettings Settings() => new()
    {
        Include = Include,
        Exclude = Exclude,
        FolderMap = FolderMap is null ? new Dictionary<string, string>(StringComparer.Ordinal) : FolderPatterns.Rules(FolderMap).ToDictionary(StringComparer.Ordinal),
        Filter = MessageChoice.Filter(this),
        Query = Query,
        GmailLabels = GmailLabels,
        Compression = Compression,
        MboxDialect = MboxDialect,
        Mirror = Mirror,
        RemoveDeleted = RemoveDeleted,
        Connections = Connections,
        MaximumPerServer = MaximumPerServer,
        SyncInterval = SyncInterval,
        SkipCertificateCheck = SkipCertificateCheck,
        CertificatePin = CertificatePin,
        TimeoutSeconds = TimeoutSeconds,
        FromVault = FromVault,
        ToVault = ToVault,
        ReportPath = ReportPath is null ? null : GetUnresolvedProviderPathFromPSPath(ReportPath),
    };

    private void Take(string? identity, string? from, string? to, string where)
    {
        if (string.IsNullOrWhiteSpace(from) || string.IsNullOrWhiteSpace(to))
        {
            _problems.Add($"{where}: there is no {(string.IsNullOrWhiteSpace(from) ? nameof(From) : nameof(To))}. A mailbox has the address that it is copied from and that it is copied to.");
            return;
        }

        if (!MailboxLocation.TryParse(from, out _, out var error) || !MailboxLocation.TryParse(to, out _, out error))
        {
            _problems.Add($"{where}: {error}");
            return;
        }

        var (source, target) = (MailboxArgument.Resolve(this, from!), MailboxArgument.Resolve(this, to!));
        var name = string.IsNullOrWhiteSpace(identity) ? target.UserName ?? source.UserName ?? Path.GetFileName(target.Path) ?? "" : identity.Trim();
        if (target.Kind is MailboxKind.Pop3)
            _problems.Add($"{where}: {target} takes no messages: POP3 can only be copied from.");
        else if (source.Kind is MailboxKind.Pop3 && (Mirror || RemoveDeleted))
            _problems.Add($"{where}: {source} knows no flags: leave -Mirror and -RemoveDeleted out.");
        else if (MessageChoice.ProblemOf(this, source) is { } problem)
            _problems.Add($"{where}: {problem}");
        else if (target.IsBelow(source))
            _problems.Add($"{where}: {target} lies in {source}: each pass would copy what the one before has brought. Give a target beside it.");
        else if (name.Length == 0)
            _problems.Add($"{where}: {target} names no account: give an Identity.");
        else if (source == target)
            _problems.Add($"{where}: {source} is both ends.");
        else if (!_names.Add(name))
            _problems.Add($"{where}: the user {name} is there already.");
        else if (!_targets.TryAdd(target, name))
            _problems.Add($"{where}: {target} is the target of {_targets[target]} already.");
        else
            _users.Add((name, source, target));
    }

    private static string? Column(PSObject row, params string[] names) => names.Select(name => row.Properties[name]?.Value?.ToString()).FirstOrDefault(value => !string.IsNullOrWhiteSpace(value));
}
