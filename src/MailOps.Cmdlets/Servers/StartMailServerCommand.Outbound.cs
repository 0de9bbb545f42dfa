using System.Collections;
using System.Globalization;
using System.Management.Automation;
using MailOps.Server.Hosting;
using MailOps.Server.Hosting.Configuration;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Routing;

namespace MailOps.Cmdlets.Servers;

/// <content>Mail for other servers.</content>
public sealed partial class StartMailServerCommand
{
    /// <summary>Takes mail for other domains from users who have logged in on a submission port, and sends it on: to the servers that the MX records of each domain name, or to -SmartHost or -Route. It is kept in the folder queue of the store until the next server has it; after five days it comes back to its sender. Without it such a recipient is refused. With -Capture nothing is sent.</summary>
    [Parameter]
    public SwitchParameter Outbound { get; set; }

    /// <summary>Addresses or networks of machines that may send to other domains without a login, on port 25, such as printers, or programs that send reports. Nobody by default. Needs -Outbound.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] RelayFrom { get; set; } = [];

    /// <summary>Where mail for other domains goes that has no -Route: a host in brackets with its port, such as [relay.example.com]:587, or a domain whose MX records are asked for. Port 465, and smtps: before the host, begin with TLS. If the file relay-logins of the store has a line [relay.example.com]:587 user:password, that login is used, under TLS with a certificate that holds. Needs -Outbound.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? SmartHost { get; set; }

    /// <summary>Where mail for some domains goes, as a table: @{ 'example.net' = '[mail.example.net]'; '.example.org' = 'lmtp:/run/lmtp.sock' }. A name that begins with a dot is for all domains below it. Needs -Outbound.</summary>
    [Parameter]
    [ValidateNotNull]
    public Hashtable? Route { get; set; }

    /// <summary>Where the mail of some senders goes, as a table of addresses or domains: @{ 'ann@example.org' = 'ann@[smtp.example.net]:587' }, unless -Route has the domain of its recipient. Needs -Outbound.</summary>
    [Parameter]
    [ValidateNotNull]
    public Hashtable? SenderRoute { get; set; }

    /// <summary>How fast mail goes to destinations, as a table of domains or hosts of routes, .example.net for all below it, * for all: @{ '*' = @{ MaxMessagesPerMinute = 600 }; 'example.net' = @{ MaxConnections = 2; MaxMessagesPerConnection = 10 } }. The nearest counts, and * where that says nothing. Without it a destination has 20 connections, 100 messages over each, and as many in a minute as it takes. Needs -Outbound.</summary>
    [Parameter]
    [ValidateNotNull]
    public Hashtable? DestinationLimit { get; set; }

    /// <summary>The name server that is asked for MX records, as an address or a host name. The system's by default. Needs -Outbound.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? NameServer { get; set; }

    /// <summary>The port of the name server.</summary>
    [Parameter]
    [ValidateRange(1, 65535)]
    public int NameServerPort { get; set; } = 53;

    /// <summary>For how long users may have a message held before it leaves (RFC 4865), as in New-TimeSpan -Days 7: 30 days by default, 366 at the most; 0 holds nothing. Needs -Outbound.</summary>
    [Parameter]
    public TimeSpan MaxFutureRelease { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How many messages of an account may be held for later: 1000 by default; 0 for any number. Needs -Outbound.</summary>
    [Parameter]
    [ValidateRange(0, OutboundOptions.MostHeldMessages)]
    public int MaxHeldMessages { get; set; } = 1000;

    private int? _senderRewriting;

    /// <summary>What becomes of the sender of mail that aliases lead to other servers, where it is elsewhere: Srs makes it an address of this server (Sender Rewriting Scheme), so that SPF passes, and sends reports that come back on to the sender; None leaves it. Needs -Outbound.</summary>
    [Parameter]
    [PSDefaultValue(Value = "Srs")]
    public SenderRewriting SenderRewriting
    {
        get => (SenderRewriting)(_senderRewriting ?? 1);
        set => _senderRewriting = (int)value;
    }

    /// <summary>The domain of senders that are rewritten, one that the server takes mail for. By default that of the alias. Needs -Outbound.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? SrsDomain { get; set; }

    /// <summary>Sends reports about TLS (RFC 8460) once a day to domains that ask for them, in the name of this address: how often connections to their servers came to TLS, and what went wrong. Its domain should have a DKIM key (New-DkimKey). Without it nothing is counted or sent. Needs -Outbound.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? TlsReportContact { get; set; }

    /// <summary>Who sends these reports, in words. By default the domain of -TlsReportContact, which it needs.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? TlsReportOrganization { get; set; }

    private OutboundOptions OutboundMail()
    {
        var given = RelayFrom.Length > 0 ? nameof(RelayFrom) : SmartHost is not null ? nameof(SmartHost) : Route is not null ? nameof(Route) : SenderRoute is not null ? nameof(SenderRoute) : NameServer is not null ? nameof(NameServer)
            : DestinationLimit is not null ? nameof(DestinationLimit) : _senderRewriting is not null ? nameof(SenderRewriting) : SrsDomain is not null ? nameof(SrsDomain) : TlsReportContact is not null ? nameof(TlsReportContact) : TlsReportOrganization is not null ? nameof(TlsReportOrganization)
            : new[] { nameof(MaxFutureRelease), nameof(MaxHeldMessages) }.FirstOrDefault(MyInvocation.BoundParameters.ContainsKey);
        if (!Outbound && given is not null)
            throw new MailServerException(MailServerFault.InvalidOptions, $"-{given} says how mail goes to other servers, and none does: add -Outbound.");

        var options = new OutboundOptions { Enabled = Outbound, RelayFrom = Networks(nameof(RelayFrom), RelayFrom), NameServer = NameServer, NameServerPort = NameServerPort, MaxFutureRelease = MaxFutureRelease, MaxHeldMessages = MaxHeldMessages, SenderRewriting = SenderRewriting, SrsDomain = SrsDomain, TlsReports = new TlsReportOptions { Contact = TlsReportContact, Organization = TlsReportOrganization } };
        if (SmartHost is not null)
        {
            if (!RouteTarget.TryParse(SmartHost, out var target, out var error))
                throw new MailServerException(MailServerFault.InvalidOptions, $"-{nameof(SmartHost)}: {error}");
            options = options with { SmartHost = target };
        }

        if (DestinationLimit is not null)
            options = options with { DestinationLimits = DestinationLimitSettings.Of(Limits(DestinationLimit), (_, _, error) => throw new MailServerException(MailServerFault.InvalidOptions, $"-{nameof(DestinationLimit)}: {error}")) };
        if (SenderRoute is not null)
            options = options with { SenderRoutes = OutboundSettings.SenderRoutesOf(Given(SenderRoute), (_, error) => throw new MailServerException(MailServerFault.InvalidOptions, $"-{nameof(SenderRoute)}: {error}")) };
        return Route is null ? options : options with { Routes = OutboundSettings.RoutesOf(Given(Route), (_, error) => throw new MailServerException(MailServerFault.InvalidOptions, $"-{nameof(Route)}: {error}")) };
    }

    private static IEnumerable<(string Pattern, IEnumerable<(string Key, object? Value)>? Limits)> Limits(Hashtable table) => table.Cast<DictionaryEntry>().Select(one => (
        Convert.ToString(one.Key, CultureInfo.InvariantCulture) ?? "",
        (one.Value is PSObject given ? given.BaseObject : one.Value) is IDictionary limits ? limits.Cast<DictionaryEntry>().Select(limit => (Convert.ToString(limit.Key, CultureInfo.InvariantCulture) ?? "", limit.Value is PSObject value ? value.BaseObject : limit.Value)) : null));

    private static IEnumerable<(string Domain, string? Target)> Given(Hashtable routes) =>
        routes.Cast<DictionaryEntry>().Select(route => (Convert.ToString(route.Key, CultureInfo.InvariantCulture) ?? "", Convert.ToString(route.Value, CultureInfo.InvariantCulture)));
}
