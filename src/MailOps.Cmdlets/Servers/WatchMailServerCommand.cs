using System.Management.Automation;
using MailOps.Cmdlets.Runtime;
using MailOps.Server.Connections;
using MailOps.Server.Hosting;

namespace MailOps.Cmdlets.Servers;

/// <summary>Streams what happens in the servers of this process, as it happens, one object for each event.</summary>
/// <remarks>
/// <para>Connections, TLS handshakes, commands, logins and failed ones, messages, refusals and faults. The arguments of commands are left out: they may hold secrets.</para>
/// <para>It ends with Ctrl+C, after -Duration or -Count, or when the servers have stopped. Servers never wait for who watches: what is too much is dropped, and an event of the kind Gap says how much is missing where.</para>
/// </remarks>
/// <example>
/// <code>Watch-MailServer</code>
/// <para>Shows what happens in all servers of this process until Ctrl+C.</para>
/// </example>
/// <example>
/// <code>$server | Watch-MailServer -Kind LoginFailure | ForEach-Object { "$($_.Time) $($_.Account) from $($_.Remote)" }</code>
/// <para>Writes a line for each failed login.</para>
/// </example>
/// <example>
/// <code>$next = $server | Watch-MailServer -Kind Message, Refusal -Count 1 -Duration 00:00:30</code>
/// <para>Waits up to 30 seconds for the next message that is accepted or refused.</para>
/// </example>
[Cmdlet(VerbsCommon.Watch, "MailServer")]
[OutputType(typeof(MailServerEvent))]
public sealed class WatchMailServerCommand : MailCmdlet
{
    private readonly SortedSet<int> _watched = [];

    /// <summary>The servers, or their numbers; all that run now by default.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ServersByNumber]
    [ArgumentCompleter(typeof(MailServerIdCompleter))]
    public int[] Id { get; set; } = [];

    /// <summary>The kinds of events: Connection, Tls, Command, Login, LoginFailure, Message, Refusal, Fault, InjectedFault. All by default.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public MailServerEventKind[] Kind { get; set; } = [];

    /// <summary>Ends after so many events.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? Count { get; set; }

    /// <summary>Ends after this time, such as 00:00:30.</summary>
    [Parameter]
    [ValidatePositiveTime]
    public TimeSpan? Duration { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var id in Id)
        {
            if (RunningServers.Server(id) is null)
                WriteError(RunningServers.NotFound(id));
            else
                _watched.Add(id);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var asked = MyInvocation.BoundParameters.ContainsKey(nameof(Id)) || MyInvocation.ExpectingInput;
        if (!asked)
            _watched.UnionWith(RunningServers.Ids);
        if (_watched.Count > 0)
            Run(WatchAsync);
        else if (!asked)
            WriteError(RunningServers.NoneRuns());
        base.EndProcessing();
    }

    private async Task WatchAsync(CancellationToken cancel)
    {
        var kinds = Kind.ToHashSet();
        using var stream = new EventStream(happened => kinds.Count == 0 || kinds.Contains(MailServerEvent.KindOf(happened)));
        foreach (var id in _watched)
        {
            if (RunningServers.Server(id) is { } server)
                stream.Add(id, server.Events, server.Ended);
        }

        using var until = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        if (Duration is { } duration)
            until.CancelAfter(duration);
        var left = Count ?? int.MaxValue;
        try
        {
            await foreach (var (source, happened) in stream.ReadAllAsync(until.Token).ConfigureAwait(false))
            {
                await OutputAsync(MailServerEvent.Of(source, happened)).ConfigureAwait(false);
                if (Count is not null && --left == 0)
                    return;
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // The time is over.
        }
    }
}
