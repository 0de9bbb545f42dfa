using System.Management.Automation;
using MailOps.Cmdlets.Runtime;
using MailOps.Server.Tracking;

namespace MailOps.Cmdlets.Servers;

/// <content>The tracking log.</content>
public sealed partial class StartMailServerCommand
{
    /// <summary>Writes no tracking log. Without it the folder tracking of the store says what became of each message, for Get-MailTrackingLog and Measure-MailTraffic.</summary>
    [Parameter]
    public SwitchParameter NoTrackingLog { get; set; }

    /// <summary>How long the tracking log is kept, such as 90.00:00:00; from a day to ten years.</summary>
    [Parameter]
    [ValidatePositiveTime(LeastSeconds = 86_400, MostDays = TrackingOptions.MostDays)]
    public TimeSpan TrackingLogMaxAge { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How many bytes the tracking log may have, such as 10GB; its oldest files are removed first.</summary>
    [Parameter]
    [ValidateRange(TrackingOptions.LeastSize, TrackingOptions.MostSize)]
    public long TrackingLogMaxSize { get; set; } = 2L << 30;
}
