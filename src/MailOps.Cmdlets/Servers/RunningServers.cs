using System.Collections.Concurrent;
using System.Management.Automation;
using System.Net;
using MailOps.Cmdlets.Runtime;
using MailOps.Server.Hosting;
using MailOps.Wire;

namespace MailOps.Cmdlets.Servers;

/// <summary>The servers that run in this process. Each stops with the module or the process at the latest.</summary>
internal static class RunningServers
{
    private static readonly ConcurrentDictionary<int, Entry> Servers = new();
    private static int _lastId;

    /// <summary>Keeps a server that was started. Called on the pipeline thread of the cmdlet that started it.</summary>
    /// <param name="server">The server.</param>
    /// <param name="hooks">What ends with it, or null.</param>
    /// <param name="configurationPath">The file that it was started with, or null.</param>
    public static MailServerInfo Add(MailServer server, IDisposable? hooks, string? configurationPath)
    {
        var id = Interlocked.Increment(ref _lastId);
        // A module that goes gives transactions a few seconds, no more.
        var lifetime = ModuleLifetime.StopWithModule(_ => StopAsync(id, TimeSpan.FromSeconds(5)));
        Servers[id] = new Entry(server, lifetime, hooks, configurationPath);
        return Describe(id, Servers[id]);
    }

    /// <summary>All that run, in the order in which they were started.</summary>
    public static IEnumerable<MailServerInfo> All => Servers.OrderBy(entry => entry.Key).Select(entry => Describe(entry.Key, entry.Value));

    /// <summary>The one of that number, or null.</summary>
    public static MailServerInfo? Find(int id) => Servers.TryGetValue(id, out var entry) ? Describe(id, entry) : null;

    /// <summary>The numbers of all that run, in the order in which they were started.</summary>
    public static IEnumerable<int> Ids => Servers.Keys.Order();

    /// <summary>The server of that number itself, or null.</summary>
    public static MailServer? Server(int id) => Servers.TryGetValue(id, out var entry) ? entry.Server : null;

    /// <summary>What is said where no server has a number.</summary>
    public static ErrorRecord NotFound(int id) =>
        ErrorRecords.Finding("MailServerNotFound", ErrorCategory.ObjectNotFound, $"No mail server with the number {id} runs in this process. Get-MailServer lists those that do.", id);

    /// <summary>What is said where there is no server at all.</summary>
    public static ErrorRecord NoneRuns() =>
        ErrorRecords.Finding("MailServerNotFound", ErrorCategory.ObjectNotFound, "No mail server runs in this process. Start-MailServer starts one.", targetObject: null);

    /// <summary>Stops a server.</summary>
    /// <returns>How many sessions had to be cut off, and the server's last figures; null if no such server runs.</returns>
    public static async Task<(int Cut, MailServerInfo Last)?> StopAsync(int id, TimeSpan timeout)
    {
        if (!Servers.TryRemove(id, out var entry))
            return null;

        entry.Lifetime.Dispose();
        var cut = await entry.Server.StopAsync(timeout).ConfigureAwait(false);
        entry.Hooks?.Dispose();
        return (cut, Describe(id, entry));
    }

    /// <summary>The options of a server, or null.</summary>
    public static MailServerOptions? OptionsOf(int id) => Servers.TryGetValue(id, out var entry) ? entry.Server.Options : null;

    /// <summary>Gives a server the options of a file, which is its file from then on.</summary>
    /// <exception cref="MailServerException">They cannot be used, or there is no such server.</exception>
    public static async Task<MailServerInfo> UpdateAsync(int id, MailServerOptions options, string configurationPath)
    {
        if (!Servers.TryGetValue(id, out var entry))
            throw new MailServerException(MailServerFault.InvalidOptions, $"No mail server with the number {id} runs any more.");
        // A file has no script blocks: those that the server was started with go on.
        var before = entry.Server.Options;
        options = options with { Hooks = before.Hooks };
        if (before.Authentication.Tokens is ScriptTokenValidator scripted)
            options = options with { Authentication = options.Authentication with { Tokens = scripted } };
        await entry.Server.UpdateAsync(options).ConfigureAwait(false);
        var updated = entry with { ConfigurationPath = configurationPath };
        Servers.TryUpdate(id, updated, entry);
        return Describe(id, updated);
    }

    private static MailServerInfo Describe(int id, Entry entry)
    {
        var server = entry.Server;
        var endpoints = server.Endpoints;
        var counters = server.Counters;
        return new MailServerInfo
        {
            Id = id,
            HostName = server.Options.HostName,
            Status = server.IsRunning ? "Running" : "Stopped",
            Server = Reachable((endpoints.FirstOrDefault(one => one.Path is null) ?? endpoints[0]).Address),
            StorePath = server.Options.StorePath,
            ConfigurationPath = entry.ConfigurationPath,
            Domain = [.. server.Options.Domains],
            Capture = server.Options.Capture,
            SmtpPort = Port(MailProtocol.Smtp, TlsMode.StartTls),
            SubmissionPort = Port(MailProtocol.Submission, TlsMode.StartTls),
            SubmissionTlsPort = Port(MailProtocol.Submission, TlsMode.Implicit),
            LmtpPort = Port(MailProtocol.Lmtp, TlsMode.StartTls),
            LmtpPath = endpoints.FirstOrDefault(one => one.Path is not null)?.Path,
            Pop3Port = Port(MailProtocol.Pop3, TlsMode.StartTls),
            Pop3TlsPort = Port(MailProtocol.Pop3, TlsMode.Implicit),
            ImapPort = Port(MailProtocol.Imap, TlsMode.StartTls),
            ImapTlsPort = Port(MailProtocol.Imap, TlsMode.Implicit),
            Endpoints = [.. endpoints.Select(one => new MailServerEndpoint { Server = Reachable(one.Address), Port = one.Port, Path = one.Path, Protocol = one.Protocol, Tls = one.Tls })],
            MetricsPort = server.MetricsEndpoint?.Port,
            CertificateThumbprint = server.CertificateThumbprint,
            StartedAt = server.StartedAt,
            OpenConnections = counters.OpenConnections,
            Connections = counters.Connections,
            ConnectionsRefused = counters.ConnectionsRefused,
            Commands = counters.Commands,
            Logins = counters.Logins,
            FailedLogins = counters.FailedLogins,
            MessagesAccepted = counters.MessagesAccepted,
            BytesAccepted = counters.OctetsAccepted,
            Refusals = counters.Refusals,
            Faults = counters.Faults,
        };

        int? Port(MailProtocol protocol, TlsMode tls) => endpoints.FirstOrDefault(one => one.Protocol == protocol && one.Tls == tls)?.Port;
    }

    private static string Reachable(IPAddress address) =>
        address.Equals(IPAddress.None) ? "localhost"
        : address.Equals(IPAddress.Any) ? IPAddress.Loopback.ToString()
        : address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback.ToString()
        : address.ToString();

    private sealed record Entry(MailServer Server, IDisposable Lifetime, IDisposable? Hooks, string? ConfigurationPath);
}
