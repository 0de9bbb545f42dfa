using System.Net;
using MailOps.Maildir;
using MailOps.Server.Accounts;
using MailOps.Server.Pop3;
using MailOps.Server.Smtp;
using MailOps.Server.Tracking;
using MailOps.Wire;
using static MailOps.Server.Hosting.Configuration.SettingRule;

namespace MailOps.Server.Hosting.Configuration;

/// <summary>All settings of a server, and the reading of them.</summary>
public static class MailServerConfiguration
{
    private const string AddressName = "ListenAddress";

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    // The order is that in which they are documented.
    private static readonly SettingRule[] Rules =
    [
        Path("StorePath", (options, path) => options with { StorePath = path }),
        Text("HostName", (options, name) => options with { HostName = name }),
        Texts("Domains", (options, domains) => options with { Domains = domains }),
        new(CertificateSettings.Name, CertificateSettings.Read),
        new(ClientCertificateSettings.Name, ClientCertificateSettings.Read),
        Flag("Capture", (options, on) => options with { Capture = on }),
        .. Role("Smtp", options => options.Smtp, (options, rules) => options with { Smtp = rules }),
        .. Role("Submission", options => options.Submission, (options, rules) => options with { Submission = rules }),
        .. Role("Lmtp", options => options.Lmtp, (options, rules) => options with { Lmtp = rules }),
        new("Pop3.UidlFormat", Pop3Format),
        Time("Pop3.LoginDelay", TimeSpan.Zero, Day, (options, time) => options with { Pop3 = options.Pop3 with { LoginDelay = time } }),
        Number("MaxImapMessages", 0, 10_000_000, (options, count) => options with { MaxImapMessages = count }),
        Size("MaxMessageSize", MailServerOptions.LeastMessageSize, MailServerOptions.MostMessageSize, (options, octets) => options with { MaxMessageSize = octets }),
        Choice<MaildirLayout>("Layout", (options, layout) => options with { Layout = layout }),
        Size("Quota.Size", 1, 1L << 50, (options, octets) => options with { Quota = (options.Quota ?? new MailQuota()) with { Bytes = octets } }),
        Count("Quota.Messages", 1, 1L << 40, (options, messages) => options with { Quota = (options.Quota ?? new MailQuota()) with { Messages = messages } }),
        Number("Quota.Mailboxes", 1, 10_000_000, (options, count) => options with { MaxMailboxes = count }),
        Flag("Quota.RejectOver", (options, on) => options with { RejectOverQuota = on }),
        Text("Postmaster", (options, name) => options with { Postmaster = name }),
        Choice<SenderCheck>("SenderCheck", (options, check) => options with { SenderCheck = check }),
        .. OutboundSettings.Rules,
        Flag("Tracking.Enabled", (options, on) => options with { Tracking = options.Tracking with { Enabled = on } }),
        Time("Tracking.MaxAge", Day, TimeSpan.FromDays(TrackingOptions.MostDays), (options, time) => options with { Tracking = options.Tracking with { MaxAge = time } }),
        Size("Tracking.MaxSize", TrackingOptions.LeastSize, TrackingOptions.MostSize, (options, octets) => options with { Tracking = options.Tracking with { MaxSize = octets } }),
        Networks("ProxyFrom", (options, networks) => options with { ProxyFrom = networks }),
        Networks("XClientFrom", (options, networks) => options with { XClientFrom = networks }),
        Number("MaxJunkCommands", 10, 1_000_000, (options, count) => options with { MaxJunkCommands = count }),
        Time("TransactionTimeout", TimeSpan.FromSeconds(MailServerOptions.LeastSeconds), TimeSpan.FromDays(MailServerOptions.MostDays), (options, time) => options with { TransactionTimeout = time }),
        Time("GreetingDelay", TimeSpan.Zero, MailServer.MostGreetingDelay, (options, time) => options with { GreetingDelay = time }),
        new(MetricsSettings.Name, MetricsSettings.Read),
        Number("Limits.MaxConnections", 1, 1_000_000, (options, count) => options with { Limits = options.Limits with { MaxConnections = count } }),
        Number("Limits.MaxConnectionsPerAddress", 0, 1_000_000, (options, count) => options with { Limits = options.Limits with { MaxConnectionsPerAddress = count } }),
        Networks("Limits.Exempt", (options, networks) => options with { Limits = options.Limits with { Exempt = networks } }),
        Time("Limits.HandshakeTimeout", TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), (options, time) => options with { Limits = options.Limits with { HandshakeTimeout = time } }),
        Number("Rates.ConnectionsPerMinute", 0, 10_000_000, (options, count) => options with { Rates = options.Rates with { ConnectionsPerMinute = count } }),
        Number("Rates.CommandsPerMinute", 0, 10_000_000, (options, count) => options with { Rates = options.Rates with { CommandsPerMinute = count } }),
        Number("Rates.MessagesPerMinute", 0, 10_000_000, (options, count) => options with { Rates = options.Rates with { MessagesPerMinute = count } }),
        Number("Rates.RecipientsPerMinute", 0, 10_000_000, (options, count) => options with { Rates = options.Rates with { RecipientsPerMinute = count } }),
        Number("Rates.AccountMessagesPerDay", 0, 10_000_000, (options, count) => options with { Rates = options.Rates with { AccountMessagesPerDay = count } }),
        Number("Rates.AccountRecipientsPerDay", 0, 10_000_000, (options, count) => options with { Rates = options.Rates with { AccountRecipientsPerDay = count } }),
        Flag("Authentication.AllowPlaintextLogin", (options, on) => options with { Authentication = options.Authentication with { AllowPlaintextLogin = on } }),
        Flag("Authentication.OfferChannelBinding", (options, on) => options with { Authentication = options.Authentication with { OfferChannelBinding = on } }),
        Time("Authentication.FailureDelay", TimeSpan.Zero, TimeSpan.FromMinutes(1), (options, time) => options with { Authentication = options.Authentication with { FailureDelay = time } }),
        Time("Authentication.MaxFailureDelay", TimeSpan.Zero, Day, (options, time) => options with { Authentication = options.Authentication with { MaxFailureDelay = time } }),
        new(TokenSettings.Name, TokenSettings.Read),
        Path("Authentication.FailureLogPath", (options, path) => options with { Authentication = options.Authentication with { FailureLogPath = path } }),
        Number("Authentication.Limits.FailuresPerAddress", 0, 1_000_000, (options, count) => OfLogins(options, limits => limits with { FailuresPerAddress = count })),
        Number("Authentication.Limits.FailuresPerAccount", 0, 1_000_000, (options, count) => OfLogins(options, limits => limits with { FailuresPerAccount = count })),
        Time("Authentication.Limits.Window", TimeSpan.FromSeconds(1), Day, (options, time) => OfLogins(options, limits => limits with { Window = time })),
        Time("Authentication.Limits.LockTime", TimeSpan.FromSeconds(MailServerOptions.LeastSeconds), TimeSpan.FromDays(MailServerOptions.MostDays), (options, time) => OfLogins(options, limits => limits with { LockTime = time })),
        Networks("Authentication.Limits.Exempt", (options, networks) => OfLogins(options, limits => limits with { Exempt = networks })),
        Number("Authentication.Limits.MostRemembered", 1, 10_000_000, (options, count) => OfLogins(options, limits => limits with { MostRemembered = count })),
    ];

    /// <summary>The names of all settings.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Rules.Select(rule => rule.Name), AddressName, ListenerSettings.Name];

    /// <summary>Reads a configuration as a whole: either all of it can be used, or all that cannot is told.</summary>
    /// <param name="root">The table of settings.</param>
    /// <param name="folder">The folder that relative paths are relative to.</param>
    public static ConfigurationResult Read(Setting root, string folder)
    {
        var reader = new SettingReader(folder);
        var changes = new List<Func<MailServerOptions, MailServerOptions>>();
        var given = new List<Setting>();
        Walk(root.Members ?? [], "", given, reader);
        foreach (var setting in given)
        {
            if (Rules.FirstOrDefault(rule => IsNamed(setting, rule.Name)) is { } rule && rule.Read(setting, reader) is { } change)
                changes.Add(change);
        }

        if (!given.Exists(setting => IsNamed(setting, "StorePath")))
            reader.Add(root, "StorePath is missing. Name the folder of the store; a relative one is below the folder of this file.");
        var address = given.Find(setting => IsNamed(setting, AddressName)) is { } where ? reader.Address(where) : IPAddress.Loopback;
        var endpoints = given.Find(setting => IsNamed(setting, ListenerSettings.Name)) is { } listeners
            ? ListenerSettings.Read(listeners, address ?? IPAddress.Loopback, reader)
            : StandardEndpoints(address ?? IPAddress.Loopback);
        var options = changes.Aggregate(new MailServerOptions { StorePath = "", Endpoints = endpoints, HostName = DefaultHostName(endpoints) }, (before, change) => change(before));

        // What could not be read is told already; what became of it says nothing more.
        foreach (var problem in OptionsCheck.Problems(options).Where(problem => !reader.HasProblem(problem.Setting)).ToList())
            reader.Add(Problem(problem, given, root));
        return reader.Problems is { Count: > 0 } problems ? new ConfigurationResult(null, problems) : new ConfigurationResult(options, []);
    }

    /// <summary>Everything that a start with these options would fail at on this machine, except for ports that are taken or privileged. Nothing is left behind.</summary>
    /// <param name="root">The table of settings.</param>
    /// <param name="options">What came of reading it.</param>
    public static IReadOnlyList<ConfigurationProblem> ProblemsHere(Setting root, MailServerOptions options)
    {
        var reader = new SettingReader("");
        var given = new List<Setting>();
        Walk(root.Members ?? [], "", given, reader);
        return [.. MachineCheck.Problems(options).Select(problem => Problem(problem, given, root)).OrderBy(problem => problem.Line)];
    }

    /// <summary>The seven standard ports, on one address.</summary>
    public static IReadOnlyList<MailEndpoint> StandardEndpoints(IPAddress address) =>
    [
        new(MailProtocol.Smtp, TlsMode.StartTls, address, 25),
        new(MailProtocol.Submission, TlsMode.StartTls, address, 587),
        new(MailProtocol.Submission, TlsMode.Implicit, address, 465),
        new(MailProtocol.Pop3, TlsMode.StartTls, address, 110),
        new(MailProtocol.Pop3, TlsMode.Implicit, address, 995),
        new(MailProtocol.Imap, TlsMode.StartTls, address, 143),
        new(MailProtocol.Imap, TlsMode.Implicit, address, 993),
    ];

    private static SettingRule[] Role(string name, Func<MailServerOptions, SmtpRules> get, Func<MailServerOptions, SmtpRules, MailServerOptions> set) =>
    [
        Choice<LoginRule>($"{name}.Login", (options, rule) => set(options, get(options) with { Login = rule })),
        Flag($"{name}.RequireTls", (options, on) => set(options, get(options) with { RequireTls = on })),
        Flag($"{name}.NormalizeLineEnds", (options, on) => set(options, get(options) with { NormalizeLineEnds = on })),
        Size($"{name}.MaxMessageSize", MailServerOptions.LeastMessageSize, MailServerOptions.MostMessageSize, (options, octets) => set(options, get(options) with { MaxMessageSize = octets })),
        Networks($"{name}.Clients", (options, networks) => set(options, get(options) with { Clients = networks })),
    ];

    private static Func<MailServerOptions, MailServerOptions>? Pop3Format(Setting setting, SettingReader reader)
    {
        if (reader.Text(setting) is not { } text)
            return null;

        try
        {
            var format = UidlFormat.Parse(text);
            return options => options with { Pop3 = options.Pop3 with { UidlFormat = format } };
        }
        catch (ArgumentException e)
        {
            reader.Add(setting, e.Message);
            return null;
        }
    }

    private static MailServerOptions OfLogins(MailServerOptions options, Func<LoginLimits, LoginLimits> change) =>
        options with { Authentication = options.Authentication with { Limits = change(options.Authentication.Limits) } };

    private static string DefaultHostName(IReadOnlyList<MailEndpoint> endpoints) =>
        endpoints.All(endpoint => endpoint.Path is not null || IPAddress.IsLoopback(endpoint.Address)) ? "localhost" : System.Net.Dns.GetHostName();

    /// <summary>Settings that have a name of their own, one by one, through the tables that hold them.</summary>
    private static void Walk(IReadOnlyList<Setting> members, string table, List<Setting> given, SettingReader reader)
    {
        foreach (var setting in members)
        {
            if (Names.Any(name => IsNamed(setting, name)))
            {
                // What is $null is as if it were not there.
                if (setting is not { Value: null, Items: null, Members: null })
                    given.Add(setting);
                continue;
            }

            var isTable = Names.Any(name => name.StartsWith(setting.Name + ".", StringComparison.OrdinalIgnoreCase));
            if (isTable && setting.Members is { } below)
                Walk(below, setting.Name, given, reader);
            else if (isTable)
                reader.Refuse(setting, $"a table, as in {setting.Key} = @{{ {FirstBelow(setting.Name)} = … }}");
            else
                reader.RefuseUnknown(setting, KeysOf(table));
        }
    }

    // Listeners that are not named have the one address.
    private static ConfigurationProblem Problem(OptionProblem problem, List<Setting> given, Setting root)
    {
        var at = given.Find(setting => IsNamed(setting, problem.Setting))
            ?? (problem.Setting is ListenerSettings.Name ? given.Find(setting => IsNamed(setting, AddressName)) : null);
        var name = at?.Name ?? problem.Setting;
        return new ConfigurationProblem(name, at?.Line ?? root.Line, $"{name}: {problem.Message}");
    }

    private static bool IsNamed(Setting setting, string name) => setting.Name.Equals(name, StringComparison.OrdinalIgnoreCase);

    private static string FirstBelow(string table) => KeysOf(table).First();

    private static IEnumerable<string> KeysOf(string table)
    {
        var start = table.Length == 0 ? 0 : table.Length + 1;
        return Names
            .Where(name => start == 0 || name.StartsWith(table + ".", StringComparison.OrdinalIgnoreCase))
            .Select(name => name[start..].Split('.')[0])
            .Distinct(StringComparer.OrdinalIgnoreCase);
    }
}
