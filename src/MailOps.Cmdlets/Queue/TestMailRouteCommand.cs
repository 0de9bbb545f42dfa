using System.Management.Automation;
using MailOps.Cmdlets.Accounts;
using MailOps.Cmdlets.Servers;
using MailOps.Maildir;
using MailOps.Server.Accounts;
using MailOps.Server.Hosting;
using MailOps.Server.Queue.Administration;

namespace MailOps.Cmdlets.Queue;

/// <summary>Tells what would become of mail for a recipient now, step by step; nothing is sent.</summary>
/// <remarks>
/// <para>Each step is an object with what was found; the last is the verdict: Delivered (into a mailbox here), Sent (to which hosts), Deferred (what would be tried again, and why) or Refused (with the reply); where an alias leads to several, of the one for whom it goes worst. Aliases and accounts are looked up here, and for other domains the route, the smart host, the exchangers with their preferences and addresses, and what the queue knows of the destination.</para>
/// <para>The server says it that runs in this process, or that runs on the store of -StorePath in any process. With -ConfigurationPath it is what a server with that file would do, and with a store on which none runs what is known from the store alone: its accounts and aliases, and the exchangers of other domains.</para>
/// </remarks>
/// <example>
/// <code>Test-MailRoute bob@example.net</code>
/// <para>Shows the way of mail to somebody elsewhere, by the servers of this process.</para>
/// </example>
/// <example>
/// <code>'sales@example.com', 'nobody@example.com' | Test-MailRoute -ConfigurationPath ./mail.psd1 | Where-Object Step -EQ Verdict</code>
/// <para>Shows what a server with a configuration would make of two addresses.</para>
/// </example>
/// <example>
/// <code>Test-MailRoute bob@example.net -Sender news@example.com | Where-Object Step -EQ SenderRoute</code>
/// <para>Shows whether mail of a sender takes another way than everybody's.</para>
/// </example>
/// <example>
/// <code>Test-MailRoute bob@example.net -StorePath /srv/mail | Where-Object Step -EQ Host | Select-Object Preference, Host, Address</code>
/// <para>Lists the hosts that would be tried, asking the server that runs on a store.</para>
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "MailRoute")]
[OutputType(typeof(MailRouteStep))]
public sealed class TestMailRouteCommand : MailQueueCommand
{
    /// <summary>The recipients.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("EmailAddress")]
    [ValidateNotNullOrEmpty]
    public string[] Recipient { get; set; } = [];

    /// <summary>Who sends: an address. It matters where mail of some senders has a way of its own (-SenderRoute). Without it, the way of anybody's mail is told.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("From")]
    [ValidateNotNullOrEmpty]
    public string? Sender { get; set; }

    /// <summary>The number of the server. Without it, every server of this process is asked, or that of -StorePath.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(MailServerIdCompleter))]
    public int? ServerId { get; set; }

    /// <summary>A configuration file as Start-MailServer takes it: what a server with it would do. It need not run.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? ConfigurationPath { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var sources = ConfigurationPath is not null ? Configured(GetUnresolvedProviderPathFromPSPath(ConfigurationPath)) : Sources(ServerId is { } number ? [number] : []);
        if (sources.Count == 0 && ServerId is null && StorePath is null && ConfigurationPath is null)
            WriteError(RunningServers.NoneRuns());
        foreach (var source in sources)
            Start<string>(Recipient, (recipient, cancel) => TestAsync(source, recipient, cancel));
    }

    private protected override StoreQueue OpenStore(string path) => new(path, (question, cancel) => RouteTest.RunAsync(path, question, cancel));

    private protected override MailQueueSource? WithoutQueue(int number) =>
        new(new RouteOnly((question, cancel) => RouteTest.RunAsync(RunningServers.OptionsOf(number)!, question, cancel)), number, null);

    private IReadOnlyList<MailQueueSource> Configured(string path)
    {
        if (ServerConfiguration.TryRead(path, allowsCapture: true, out var options, out var problems))
            return [new MailQueueSource(new RouteOnly((question, cancel) => RouteTest.RunAsync(options, question, cancel)), null, null)];
        foreach (var problem in problems)
            WriteError(problem);
        return [];
    }

    private async Task TestAsync(MailQueueSource source, string recipient, CancellationToken cancel)
    {
        try
        {
            foreach (var step in await source.Queue.TestRouteAsync(new RouteQuestion(recipient, Sender), cancel).ConfigureAwait(false))
                await OutputAsync(step.From(source.ServerId, source.StorePath)).ConfigureAwait(false);
        }
        catch (AccountException e)
        {
            await ErrorAsync(AccountErrors.Of(e, recipient)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is QueueAccessException or MailStoreException)
        {
            await ErrorAsync(e, recipient).ConfigureAwait(false);
        }
    }
}
