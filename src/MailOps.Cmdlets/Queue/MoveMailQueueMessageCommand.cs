using System.Management.Automation;
using MailOps.Cmdlets.Runtime;
using MailOps.Server.Queue.Administration;
using MailOps.Server.Queue.Routing;

namespace MailOps.Cmdlets.Queue;

/// <summary>Sends messages that wait for other servers by another route.</summary>
/// <remarks>
/// <para>All recipients of a message who still wait get it by the route, which is tried at once; a message that is held stays held. The route stands in the message's file: it lasts through restarts, whatever -SmartHost and -Route say then. A message that is being sent just now is not moved.</para>
/// </remarks>
/// <example>
/// <code>Get-MailQueue -NextHopDomain example.net | Get-MailQueueMessage | Move-MailQueueMessage -Route '[backup.example.net]:2525'</code>
/// <para>Sends what waits for a domain to another host, whatever the domain's MX records say.</para>
/// </example>
/// <example>
/// <code>Get-MailQueueMessage -StorePath /srv/mail | Where-Object Route | Move-MailQueueMessage -UsualRoute</code>
/// <para>Gives all messages that were moved the route back that their domains have.</para>
/// </example>
[Cmdlet(VerbsCommon.Move, "MailQueueMessage", SupportsShouldProcess = true, DefaultParameterSetName = RouteSet)]
public sealed class MoveMailQueueMessageCommand : MailQueueMessageCommand
{
    private const string RouteSet = "Route";

    /// <summary>Where to: a host in brackets with its port, such as [relay.example.com]:587; a domain whose MX records are asked for; lmtp:[host]:24; or lmtp: and the path of a socket.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = RouteSet)]
    [ValidateNotNullOrEmpty]
    public string? Route { get; set; }

    /// <summary>Gives the messages the route back that -SmartHost, -Route and the MX records of their domains make.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "UsualRoute")]
    public SwitchParameter UsualRoute { get; set; }

    private protected override string Action => Route is null ? "Send it by the usual route" : $"Send it by the route {Route}";

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (Route is not null && !RouteTarget.TryParse(Route, out _, out var error))
            ThrowTerminatingError(ErrorRecords.Finding("InvalidRoute", ErrorCategory.InvalidArgument, $"-{nameof(Route)}: {error}", Route));
    }

    private protected override async Task<string> DoAsync(IQueueAccess queue, string id, CancellationToken cancel) =>
        (await queue.ChangeAsync(new QueueOrder(QueueAction.Move, id) { Route = Route }, cancel).ConfigureAwait(false)).ToString();
}
