using System.Management.Automation;
using MailOps.Cmdlets.Runtime;
using MailOps.Cmdlets.Servers;
using MailOps.Server.Tracking;

namespace MailOps.Cmdlets.Tracking;

/// <summary>What the cmdlets of tracking logs share: whose log is meant, and which rows.</summary>
public abstract class MailTrackingCommand : MailCmdlet
{
    /// <summary>The numbers of servers of this process, or the servers themselves; all that run by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Server")]
    [ServersByNumber]
    [ArgumentCompleter(typeof(MailServerIdCompleter))]
    public int[] ServerId { get; set; } = [];

    /// <summary>The store whose log is meant: the folder that a server was started with, whether it runs, in this process or in another, or not.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Store", "Path")]
    [ValidateNotNullOrEmpty]
    public string? StorePath { get; set; }

    /// <summary>Only what happened at this time or later.</summary>
    [Parameter]
    public DateTimeOffset? Start { get; set; }

    /// <summary>Only what happened before this time.</summary>
    [Parameter]
    public DateTimeOffset? End { get; set; }

    /// <summary>Only these events.</summary>
    [Parameter]
    [ValidateSet("RECEIVE", "EXPAND", "DELIVER", "SEND", "DEFER", "MOVE", "FAIL", "DSN")]
    public string[] EventId { get; set; } = [];

    /// <summary>Only messages of these senders, such as ann@example.com or *@example.com. Wildcards are taken; '' is the sender of reports.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNull]
    public string[] Sender { get; set; } = [];

    /// <summary>Only what is about one of these recipients. Wildcards are taken; an alias is found where it became others.</summary>
    [Parameter]
    [Alias("Recipients")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Recipient { get; set; } = [];

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (Start >= End)
            ThrowTerminatingError(ErrorRecords.Finding("InvalidArgument", ErrorCategory.InvalidArgument, $"-Start is {Start:yyyy-MM-dd HH:mm:ss zzz}, and has to be before -End, which is {End:yyyy-MM-dd HH:mm:ss zzz}.", Start));
    }

    /// <inheritdoc/>
    protected sealed override void ProcessRecord()
    {
        MailTrackingQuery query;
        try
        {
            query = Query();
        }
        catch (WildcardPatternException e)
        {
            WriteError(ErrorRecords.Finding("InvalidPattern", ErrorCategory.InvalidArgument, $"{e.Message} A bracket that is meant as itself has a backtick before it: 'a`[1`]'.", targetObject: null));
            return;
        }

        foreach (var log in Logs())
            Run(cancel => RunAsync(log, query, cancel));
    }

    /// <summary>Does it with one log.</summary>
    private protected abstract Task RunAsync(MailTrackingReader log, MailTrackingQuery query, CancellationToken cancel);

    /// <summary>What is asked for.</summary>
    private protected virtual MailTrackingQuery Query() => new()
    {
        Start = Start,
        End = End,
        EventIds = EventId,
        Senders = [.. Sender.Select(TrackingPattern.Of)],
        Recipients = [.. Recipient.Select(TrackingPattern.Of)],
    };

    /// <summary>The logs that are meant, with all that has happened in them. What is wrong is written as an error.</summary>
    private protected IReadOnlyList<MailTrackingReader> Logs()
    {
        var paths = new List<string>();
        if (StorePath is not null && ServerId.Length == 0)
            paths.Add(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(GetUnresolvedProviderPathFromPSPath(StorePath))));
        foreach (var id in StorePath is null || ServerId.Length > 0 ? ServerId.Length > 0 ? ServerId : RunningServers.Ids : [])
        {
            if (RunningServers.Find(id) is { } server)
                paths.Add(server.StorePath);
            else
                WriteError(RunningServers.NotFound(id));
        }

        if (paths.Count == 0 && ServerId.Length == 0)
            WriteError(ErrorRecords.Finding("MailServerNotFound", ErrorCategory.ObjectNotFound, "No mail server runs in this process. Name the folder of a store with -StorePath: its log is read whether a server runs on it or not.", targetObject: null));
        return [.. paths.Distinct(StringComparer.Ordinal).Select(Log).OfType<MailTrackingReader>()];
    }

    private MailTrackingReader? Log(string path)
    {
        foreach (var server in RunningServers.All.Where(server => server.StorePath == path).Select(server => RunningServers.Server(server.Id)))
            Run(_ => server?.FlushTrackingAsync() ?? Task.CompletedTask);
        if (!Directory.Exists(path))
        {
            WriteError(ErrorRecords.Finding("StoreNotFound", ErrorCategory.ObjectNotFound, $"There is no store '{path}'. Name the folder that Start-MailServer was given.", path));
            return null;
        }

        var log = new MailTrackingReader(path);
        if (!log.Exists)
            WriteVerbose($"The store '{path}' has no tracking log: no message came since there is one, or it is turned off.");
        return log;
    }
}
