using System.Collections.Immutable;
using MailOps.Server.Accounts;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Routing;
using static MailOps.Server.Hosting.Configuration.SettingRule;

namespace MailOps.Server.Hosting.Configuration;

/// <summary>The table <c>Outbound</c>: whether and how mail goes to other servers.</summary>
public static class OutboundSettings
{
    private const string SmartHostName = "Outbound.SmartHost";
    private const string RoutesName = "Outbound.Routes";
    private const string SenderRoutesName = "Outbound.SenderRoutes";

    private static readonly TimeSpan Month = TimeSpan.FromDays(OutboundOptions.MostDays);
    private static readonly TimeSpan LeastRetry = TimeSpan.FromSeconds(OutboundOptions.LeastRetrySeconds);
    private static readonly TimeSpan MostRetry = TimeSpan.FromDays(OutboundOptions.MostRetryDays);

    /// <summary>Its settings.</summary>
    internal static SettingRule[] Rules { get; } =
    [
        Flag("Outbound.Enabled", (options, on) => With(options, outbound => outbound with { Enabled = on })),
        Networks("Outbound.RelayFrom", (options, networks) => With(options, outbound => outbound with { RelayFrom = networks })),
        new(SmartHostName, ReadSmartHost),
        new(RoutesName, (setting, reader) => ReadRoutes(setting, reader, RoutesOf, "Routes = @{ 'example.net' = '[mail.example.net]' }", (outbound, routes) => outbound with { Routes = routes })),
        new(SenderRoutesName, (setting, reader) => ReadRoutes(setting, reader, SenderRoutesOf, "SenderRoutes = @{ 'ann@example.net' = 'ann@[mail.example.net]:587' }", (outbound, routes) => outbound with { SenderRoutes = routes })),
        Number("Outbound.Port", 1, 65535, (options, port) => With(options, outbound => outbound with { Port = port })),
        Text("Outbound.NameServer", (options, name) => With(options, outbound => outbound with { NameServer = name })),
        Number("Outbound.NameServerPort", 1, 65535, (options, port) => With(options, outbound => outbound with { NameServerPort = port })),
        Time("Outbound.Lifetime", TimeSpan.FromSeconds(OutboundOptions.LeastLifetimeSeconds), Month, (options, time) => With(options, outbound => outbound with { Lifetime = time })),
        Time("Outbound.WarnAfter", TimeSpan.Zero, Month, (options, time) => With(options, outbound => outbound with { WarnAfter = time })),
        Time("Outbound.MaxFutureRelease", TimeSpan.Zero, TimeSpan.FromDays(OutboundOptions.MostHeldDays), (options, time) => With(options, outbound => outbound with { MaxFutureRelease = time })),
        Number("Outbound.MaxHeldMessages", 0, OutboundOptions.MostHeldMessages, (options, count) => With(options, outbound => outbound with { MaxHeldMessages = count })),
        Time("Outbound.FirstRetry", LeastRetry, MostRetry, (options, time) => With(options, outbound => outbound with { FirstRetry = time })),
        Time("Outbound.LongestRetry", LeastRetry, MostRetry, (options, time) => With(options, outbound => outbound with { LongestRetry = time })),
        Choice<SenderRewriting>("Outbound.SenderRewriting", (options, rewriting) => With(options, outbound => outbound with { SenderRewriting = rewriting })),
        Text("Outbound.SrsDomain", (options, domain) => With(options, outbound => outbound with { SrsDomain = domain })),
        Text("Outbound.TlsReports.Contact", (options, contact) => With(options, outbound => outbound with { TlsReports = outbound.TlsReports with { Contact = contact } })),
        Text("Outbound.TlsReports.Organization", (options, name) => With(options, outbound => outbound with { TlsReports = outbound.TlsReports with { Organization = name } })),
        DestinationLimitSettings.Rule,
        Number("Outbound.MaxConnectionsPerDestination", 1, 1000, (options, count) => With(options, outbound => outbound with { MaxConnectionsPerDestination = count })),
    ];

    /// <summary>A table of routes.</summary>
    /// <param name="routes">Domains, or a dot and a domain for all below it, and their targets.</param>
    /// <param name="problem">Told what is wrong with one: its domain, and a sentence.</param>
    public static ImmutableSortedDictionary<string, RouteTarget> RoutesOf(IEnumerable<(string Domain, string? Target)> routes, Action<string, string> problem) =>
        Table(routes, problem, domain => TryDomain(domain, out var name) ? (name, null) : (null, $"'{domain}' is no domain. Write it as in example.net, or .example.net for all domains below it."));

    /// <summary>A table of routes by sender.</summary>
    /// <param name="routes">Addresses, or domains, and their targets.</param>
    /// <param name="problem">Told what is wrong with one: its sender, and a sentence.</param>
    public static ImmutableSortedDictionary<string, RouteTarget> SenderRoutesOf(IEnumerable<(string Sender, string? Target)> routes, Action<string, string> problem) =>
        Table(routes, problem, sender =>
        {
            var at = sender.LastIndexOf('@');
            return at != 0 && AccountName.TryDomain(sender[(at + 1)..], out var domain)
                ? (at < 0 ? domain : sender, null)
                : (null, $"'{sender}' is no sender. Write an address, or a domain for all of its addresses.");
        });

    private static ImmutableSortedDictionary<string, RouteTarget> Table(IEnumerable<(string Key, string? Target)> routes, Action<string, string> problem, Func<string, (string? Key, string? Error)> read)
    {
        var table = new OutboundOptions().Routes;
        foreach (var (given, text) in routes)
        {
            var (key, wrong) = read(given);
            if (key is null)
                problem(given, wrong!);
            else if (!RouteTarget.TryParse(text, out var target, out var error))
                problem(given, error);
            else
                table = table.SetItem(key, target);
        }

        return table;
    }

    private static bool TryDomain(string text, out string name)
    {
        var isBelow = text.StartsWith('.');
        var isDomain = AccountName.TryDomain(isBelow ? text[1..] : text, out var ascii);
        name = isBelow ? "." + ascii : ascii ?? "";
        return isDomain;
    }

    private static Func<MailServerOptions, MailServerOptions>? ReadSmartHost(Setting setting, SettingReader reader)
    {
        if (reader.Text(setting) is not { } text)
            return null;
        if (RouteTarget.TryParse(text, out var target, out var error))
            return options => With(options, outbound => outbound with { SmartHost = target });
        reader.Add(setting, $"{SmartHostName}: {error}");
        return null;
    }

    private static Func<MailServerOptions, MailServerOptions>? ReadRoutes(
        Setting setting,
        SettingReader reader,
        Func<IEnumerable<(string, string?)>, Action<string, string>, ImmutableSortedDictionary<string, RouteTarget>> read,
        string example,
        Func<OutboundOptions, ImmutableSortedDictionary<string, RouteTarget>, OutboundOptions> change)
    {
        if (setting.Members is not { } members)
        {
            reader.Refuse(setting, $"a table, as in {example}");
            return null;
        }

        // Names of members have dots of their own.
        var given = members.Select(member => (Key: member.Name[(setting.Name.Length + 1)..], Target: reader.Text(member))).Where(route => route.Target is not null).ToList();
        var before = reader.Problems.Count;
        var routes = read(given, (key, error) => reader.Add(members.First(member => member.Name.EndsWith(key, StringComparison.Ordinal)), $"{setting.Name}: {error}"));
        return reader.Problems.Count == before ? options => With(options, outbound => change(outbound, routes)) : null;
    }

    private static MailServerOptions With(MailServerOptions options, Func<OutboundOptions, OutboundOptions> change) => options with { Outbound = change(options.Outbound) };
}
