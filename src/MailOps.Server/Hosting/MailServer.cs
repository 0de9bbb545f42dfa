using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using MailOps.Dns;
using MailOps.Maildir;
using MailOps.Server.Accounts;
using MailOps.Server.Connections;
using MailOps.Server.Connections.Faults;
using MailOps.Server.Hosting.Metrics;
using MailOps.Server.Imap;
using MailOps.Server.Pop3;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Administration;
using MailOps.Server.Queue.Forwarding;
using MailOps.Server.Smtp;
using MailOps.Server.Tracking;
using MailOps.Wire;

namespace MailOps.Server.Hosting;

/// <summary>A running mail server. The top floor: it alone knows every protocol.</summary>
public sealed partial class MailServer : IAsyncDisposable
{
    /// <summary>The longest <see cref="MailServerOptions.GreetingDelay"/>: a client need wait for five minutes (RFC 5321 section 4.5.3.2.1), and many wait for less.</summary>
    internal static readonly TimeSpan MostGreetingDelay = TimeSpan.FromMinutes(1);

    // For listeners that have not heard everything when the server stops.
    private static readonly TimeSpan ListenersGrace = TimeSpan.FromSeconds(5);

    private readonly ConnectionPool _pool;
    private readonly MaildirStore _store;
    private readonly OutboundMail _outbound;
    private readonly TrackingLog _tracking;
    private readonly MaildropLocks _maildrops = new();
    private readonly LoginDelays _pop3Logins;
    private volatile ServerMetrics _metrics;
    private readonly ServerFaults _faults;
    private PrometheusText? _prometheus;
    private MetricsEndpoint? _metricsEndpoint;
    private ServerTls _tls;
    private IMailDirectory _directory;
    private LoginGuard _guard;
    private RateGuard _rates;
    private IDisposable? _failureLog;
    private readonly List<Listener> _listeners = [];
    private readonly SemaphoreSlim _stopping = new(1, 1);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _stopped;

    private MailServer(MailServerOptions options, ServerTls tls)
    {
        Options = options;
        _tls = tls;
        CertificateThumbprint = tls.Certificate.GetCertHashString(HashAlgorithmName.SHA256);
        Counters = new ServerCounters();
        Events = new ServerEvents(Count);
        _metrics = new ServerMetrics(options.HostName, () => Events.Dropped);
        _directory = DirectoryFor(options);
        _guard = GuardFor(options);
        _rates = RatesFor(options);
        _failureLog = FailureLogFor(options);
        _store = new MaildirStore(options.StorePath, new MaildirStoreOptions { TimeProvider = options.Clock, Layout = options.Layout, Quota = options.Quota, MaxMailboxes = options.MaxMailboxes });
        _tracking = new TrackingLog(_store.Environment.Disk, TrackingFolder.Of(options.StorePath), options.Tracking, options.Clock, Events.Publish);
        _outbound = new OutboundMail(_store, Events, options.Clock, FindMailboxesAsync, IsOurselves, TrialOver);
        _faults = new ServerFaults(options.HostName, options.Clock);
        _pool = new ConnectionPool(LimitsFor(options), tls, Events, options.Clock, options.ProxyFrom, _faults, _rates);
        _pop3Logins = new LoginDelays(options.Clock);
        StartedAt = options.Clock.GetUtcNow();
    }

    /// <summary>What the server was started with, or was given since (<see cref="UpdateAsync"/>).</summary>
    public MailServerOptions Options { get; private set; }

    /// <summary>Where it listens, with the ports that were picked.</summary>
    public IReadOnlyList<MailEndpoint> Endpoints { get; private set; } = [];

    /// <summary>Running totals.</summary>
    public ServerCounters Counters { get; }

    /// <summary>What happens, as it happens; told to each listener in order, on a thread of its own.</summary>
    public ServerEvents Events { get; }

    /// <summary>When it started.</summary>
    public DateTimeOffset StartedAt { get; }

    /// <summary>The thumbprint (SHA-256, hexadecimal) of the certificate that it presents.</summary>
    public string CertificateThumbprint { get; private set; }

    /// <summary>True from the start until it is stopped.</summary>
    public bool IsRunning => !_stopped;

    /// <summary>Completed when the server has stopped: no event comes any more.</summary>
    public Task Ended => _ended.Task;

    /// <summary>The sessions that are open now, in the order in which they came.</summary>
    public IReadOnlyList<LiveSession> Sessions =>
        [.. _pool.Live.Select(LiveSession.Of).OrderBy(one => one.Since).ThenBy(one => one.Id, StringComparer.Ordinal)];

    /// <summary>Says goodbye to one session and closes it. A message that it is sending may finish first.</summary>
    /// <param name="id">The session's id.</param>
    /// <param name="timeout">How long it may take before it is cut off.</param>
    /// <returns>True if it ended by itself, false if it was cut off, null if there is no such session.</returns>
    public Task<bool?> StopSessionAsync(string id, TimeSpan timeout) => _pool.StopAsync(id, timeout);

    /// <summary>Sets a fault for clients to come up against, behind those that are set.</summary>
    /// <param name="serverId">The server's number, for the result.</param>
    /// <param name="rule">What goes wrong, where and how often.</param>
    /// <exception cref="ArgumentException">It cannot be played; the message says why.</exception>
    public MailServerFaultInfo SetFault(int serverId, FaultRule rule) => MailServerFaultInfo.Of(serverId, _faults.Add(FaultCheck.Complete(rule)));

    /// <summary>The faults that are set, in the order in which they were.</summary>
    /// <param name="serverId">The server's number, for the results.</param>
    public IReadOnlyList<MailServerFaultInfo> GetFaults(int serverId) => [.. _faults.All.Select(fault => MailServerFaultInfo.Of(serverId, fault))];

    /// <summary>Takes a fault off; false if there is none of that number.</summary>
    /// <param name="id">The fault's number.</param>
    public bool RemoveFault(int id) => _faults.Remove(id);

    /// <summary>The messages that came lately, for who waits for one.</summary>
    public AcceptedMessages Accepted { get; } = new();

    /// <summary>The octets of a message that was accepted, or null if it is gone from every INBOX that it was put in.</summary>
    /// <param name="accepted">The event of its acceptance.</param>
    /// <param name="cancel">Ends the wait.</param>
    public Task<byte[]?> ReadMessageAsync(MessageAccepted accepted, CancellationToken cancel) => StoredMail.ReadAsync(_store, accepted, cancel);

    /// <summary>Removes every message of some accounts, and forgets that it came. Accounts and mailboxes stay; sessions that have one open are told.</summary>
    /// <param name="isAsked">Tells whether an account is one of them.</param>
    /// <param name="cancel">Ends the wait; what was removed by then is.</param>
    /// <returns>How many messages were removed.</returns>
    public async Task<long> ClearAsync(Func<string, bool> isAsked, CancellationToken cancel)
    {
        Accepted.Forget(accepted => accepted.Accounts.Any(isAsked));
        return await StoredMail.ClearAsync(_store, Options.StorePath, isAsked, cancel);
    }

    /// <summary>Ends when what became of messages so far stands in the tracking log, as far as the disk takes it.</summary>
    public Task FlushTrackingAsync() => _tracking.FlushAsync();

    /// <summary>Where the metrics can be read, with the port that was picked; null where they cannot.</summary>
    public IPEndPoint? MetricsEndpoint => _metricsEndpoint?.Endpoint;

    /// <summary>Starts a server: when this returns, every endpoint takes clients.</summary>
    /// <exception cref="MailServerException">It could not be started; nothing of it was left behind.</exception>
    public static async Task<MailServer> StartAsync(MailServerOptions options)
    {
        options = Complete(options);
        MachineCheck.PrepareStore(options.StorePath);
        var server = Open(options);
        try
        {
            // All are bound before the first one takes a client.
            // The endpoints of a protocol share one handler, and so what its sessions share: a maildrop that is open over 110 is open over 995.
            var handlers = options.Endpoints.Select(endpoint => endpoint.Protocol).Distinct().ToDictionary(protocol => protocol, server.HandlerFor);
            foreach (var endpoint in options.Endpoints)
                server._listeners.Add(EndpointBinding.Bind(endpoint, handlers[endpoint.Protocol]));
            server._metricsEndpoint = server.MetricsAt(options.MetricsEndpoint);
            server.Endpoints = [.. options.Endpoints.Zip(server._listeners, (asked, listener) => asked with { Port = listener.Port })];
            await server.ConfigureOutboundAsync(options);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }

        foreach (var listener in server._listeners)
            listener.Start(server._pool, server.Events, options.Clock);
        return server;
    }

    /// <summary>
    /// Takes no more clients, lets transactions that are under way finish, tells the others goodbye, and frees everything. Listeners have
    /// heard all when this returns, except those that need more than five seconds for it: they hear the rest later.
    /// </summary>
    /// <param name="timeout">How long transactions may take before they are cut off.</param>
    /// <returns>How many sessions had to be cut off.</returns>
    public async Task<int> StopAsync(TimeSpan timeout)
    {
        await _stopping.WaitAsync();
        try
        {
            if (_stopped)
                return 0;

            foreach (var listener in _listeners)
                await listener.DisposeAsync();
            if (_metricsEndpoint is not null)
                await _metricsEndpoint.DisposeAsync();
            var cut = await _pool.StopAsync(timeout);
            await _pool.DisposeAsync();
            await _outbound.DisposeAsync();
            await _tracking.DisposeAsync();
            await _store.DisposeAsync();
            ServerCertificate.Close(Options, _tls);
            (Options.Authentication.Tokens as IDisposable)?.Dispose();
            foreach (var resource in _retired)
                resource.Dispose();
            _stopped = true;
            await Task.WhenAny(Events.FlushAsync(), Task.Delay(ListenersGrace, Options.Clock));
            _prometheus?.Dispose();
            _metrics.Dispose();
            _faults.Dispose();
            _ended.TrySetResult();
            return cut;
        }
        finally
        {
            _stopping.Release();
        }
    }

    /// <summary>Stops at once.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero);
    }

    private void Count(ServerEvent happened)
    {
        Counters.Count(happened);
        _metrics.Count(happened);
        _tracking.Take(happened);
        if (happened is MessageAccepted accepted)
            Accepted.Add(accepted);
    }

    private MetricsEndpoint? MetricsAt(IPEndPoint? endpoint)
    {
        if (endpoint is null)
            return null;
        _prometheus ??= new PrometheusText(_metrics.Meter);
        return EndpointBinding.At(endpoint, "metrics", () => new MetricsEndpoint(endpoint, _prometheus.Render, Events, Options.Clock));
    }

    private static MailServer Open(MailServerOptions options)
    {
        var tls = ServerCertificate.Open(options);
        try
        {
            return new MailServer(options, tls);
        }
        catch (ArgumentException e)
        {
            ServerCertificate.Close(options, tls);
            throw new MailServerException(MailServerFault.InvalidOptions, e.Message, e);
        }
        catch (MailServerException)
        {
            ServerCertificate.Close(options, tls);
            throw;
        }
        catch (MailStoreException e)
        {
            ServerCertificate.Close(options, tls);
            throw new MailServerException(MailServerFault.StoreNotWritable, $"The store '{options.StorePath}' cannot be used: {e.Message}", e);
        }
    }

    private async Task ConfigureOutboundAsync(MailServerOptions options)
    {
        try
        {
            await _outbound.ConfigureAsync(options.Capture ? new OutboundOptions() : options.Outbound, options.HostName);
        }
        catch (MailStoreException e)
        {
            throw new MailServerException(MailServerFault.StoreNotWritable, $"Mail cannot be sent to other servers: {e.Message}", e);
        }
    }

    private async ValueTask<LocalRecipients?> FindMailboxesAsync(string address)
    {
        var answer = await _directory.FindRecipientAsync(address, CancellationToken.None);
        return answer.Verdict switch
        {
            RecipientVerdict.NotLocal => null,
            RecipientVerdict.Unavailable => throw new MailStoreException(StoreFault.Broken, $"The accounts cannot be read, so whether '{address}' has a mailbox here is not known."),
            _ => LocalRecipients.Of(answer, sendsOn: true),
        };
    }

    // A host by whose name or address this server would come to itself.
    private bool IsOurselves(string name, IReadOnlyList<IPAddress> addresses, int port) => OwnHosts.Contain(Options.HostName, Endpoints, name, addresses, port);

    private Func<RouteQuestion, CancellationToken, Task<IReadOnlyList<MailRouteStep>>> TrialOver(MailQueue queue, MailResolver resolver) => (question, cancel) =>
        new RouteTrial(_directory, isOutbound: true, queue.Routes, queue.Router, resolver, queue.Transport.Policies, _outbound.Senders, (target, _) => Task.FromResult(queue.StateOf(target) is { } state ? MailQueueInfo.Of(state, queue.Now) : null)).RunAsync(question, cancel);

    private IMailDirectory DirectoryFor(MailServerOptions options) => options.Capture
        ? new CaptureDirectory(options.Domains)
        : new AccountDirectory(options.StorePath, options.Domains, Events, options.Clock, options.Postmaster, options.Outbound.Enabled);

    // A connection of who may use XCLIENT is one for somebody else.
    private static ConnectionLimits LimitsFor(MailServerOptions options) => options.Limits with { Exempt = options.Limits.Exempt.With(options.XClientFrom) };

    private static RateGuard RatesFor(MailServerOptions options) => new(RateLimitsFor(options), LimitsFor(options).Exempt, options.Clock);

    // Accounts of a capturing server are nobody's.
    private static RateLimits RateLimitsFor(MailServerOptions options) => options.Capture ? options.Rates with { AccountMessagesPerDay = 0, AccountRecipientsPerDay = 0 } : options.Rates;

    private static LoginGuard GuardFor(MailServerOptions options) => new(options.Authentication.Limits, options.Domains[0], options.Clock);

    private IDisposable? FailureLogFor(MailServerOptions options) =>
        options.Authentication.FailureLogPath is { } path ? Events.Subscribe(MachineCheck.OpenLog(path, options.HostName, Events).Take) : null;

    private IConnectionHandler HandlerFor(MailProtocol protocol)
    {
        var authentication = new Authentication(_directory, Options.Authentication, _guard, Options.HostName);
        return protocol switch
        {
            MailProtocol.Pop3 => new Pop3Protocol(new Pop3Options { HostName = Options.HostName, Rules = Options.Pop3 }, _store, authentication, _maildrops, _pop3Logins),
            MailProtocol.Imap => new ImapProtocol(new ImapOptions { HostName = Options.HostName, MaxMessageSize = Options.MaxMessageSize, MaxMessagesPerCommand = Options.MaxImapMessages }, _store, authentication),
            MailProtocol.Submission => new SmtpProtocol(SmtpOptionsFor(SmtpRole.Submission, Options.Submission), _store, _directory, authentication, _outbound),
            MailProtocol.Lmtp => new SmtpProtocol(SmtpOptionsFor(SmtpRole.Lmtp, Options.Lmtp), _store, _directory, authentication, _outbound),
            _ => new SmtpProtocol(SmtpOptionsFor(SmtpRole.Mx, Options.Smtp), _store, _directory, authentication, _outbound),
        };
    }

    private SmtpOptions SmtpOptionsFor(SmtpRole role, SmtpRules rules) => new()
    {
        Role = role,
        Login = Options.Capture && role is not SmtpRole.Lmtp ? LoginRule.Offered : rules.Login,
        RequireTls = rules.RequireTls,
        NormalizeLineEnds = rules.NormalizeLineEnds,
        Clients = rules.Clients,
        HostName = Options.HostName,
        MaxMessageSize = rules.MaxMessageSize ?? Options.MaxMessageSize,
        // Over LMTP the peer is trusted, not for whom it speaks: there is nothing that would follow from it.
        XClientFrom = role is SmtpRole.Lmtp ? TrustedNetworks.None : Options.XClientFrom,
        // The server that hands a message over by LMTP reports by itself what became of it.
        ReportsDelivery = role is SmtpRole.Submission || (role is SmtpRole.Mx && Options.Capture),
        RelayFrom = Options.Outbound.RelayFrom,
        Hooks = Options.Hooks,
        RejectOverQuota = Options.RejectOverQuota,
        MaxJunkCommands = Options.MaxJunkCommands,
        TransactionTimeout = Options.TransactionTimeout,
        // Clients that log in or are named speak for themselves: only the world is made to wait.
        GreetingDelay = role is SmtpRole.Mx ? Options.GreetingDelay : TimeSpan.Zero,
        SenderCheck = Options.Capture ? SenderCheck.None : Options.SenderCheck,
    };

    private static MailServerOptions Complete(MailServerOptions options)
    {
        OptionsCheck.Require(options);
        return options with
        {
            StorePath = Path.GetFullPath(options.StorePath),
            Endpoints = MailEndpoint.Together(options.Endpoints),
            Domains = options.Domains.Count > 0 ? options.Domains : [options.HostName],
            Authentication = options.Authentication with { Capture = options.Capture },
        };
    }
}
