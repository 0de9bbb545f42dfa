using System.Management.Automation;
using MailOps.Server.Tracking;

namespace MailOps.Cmdlets.Tracking;

/// <summary>Counts what a tracking log tells: rows, recipients, octets and delays, put together by what is asked for.</summary>
/// <remarks>
/// <para>The log is read as by Get-MailTrackingLog. It takes no more memory than the groups need; beyond -MaxGroups what comes is counted as (others).</para>
/// <para>Groups come with the most first, by Day or Hour with the earliest. A row with several recipients counts once for each of their domains.</para>
/// </remarks>
/// <example>
/// <code>Measure-MailTraffic -By Hour, EventId -Start (Get-Date).AddDays(-1)</code>
/// <para>Shows how much came, went and waited in each hour of the last day.</para>
/// </example>
/// <example>
/// <code>Measure-MailTraffic -StorePath /srv/mail -By RecipientDomain -EventId SEND | Select-Object -First 20 RecipientDomain, Count, TotalBytes, MedianLatency, P95Latency</code>
/// <para>Lists the twenty domains that get the most mail, and how long it took to reach them.</para>
/// </example>
[Cmdlet(VerbsDiagnostic.Measure, "MailTraffic")]
[OutputType(typeof(MailTraffic))]
public sealed class MeasureMailTrafficCommand : MailTrackingCommand
{
    /// <summary>By what rows are put together, one or several: EventId, Source, Day and Hour (UTC), Sender, SenderDomain, Recipient, RecipientDomain, ConnectorId (the listener, or the route), PeerName (the client, or the next server), Account.</summary>
    [Parameter(Position = 0)]
    [ValidateSet("EventId", "Source", "Day", "Hour", "Sender", "SenderDomain", "Recipient", "RecipientDomain", "ConnectorId", "PeerName", "Account")]
    public string[] By { get; set; } = ["EventId"];

    /// <summary>How many groups there may be.</summary>
    [Parameter]
    [ValidateRange(1, 1_000_000)]
    public int MaxGroups { get; set; } = 50_000;

    private protected override async Task RunAsync(MailTrackingReader log, MailTrackingQuery query, CancellationToken cancel)
    {
        foreach (var group in await log.MeasureAsync(query, [.. By.Distinct(StringComparer.OrdinalIgnoreCase).Select(key => Enum.Parse<MailTrafficKey>(key, ignoreCase: true))], MaxGroups, cancel).ConfigureAwait(false))
            await OutputAsync(group).ConfigureAwait(false);
    }
}
