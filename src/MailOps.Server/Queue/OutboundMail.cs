using System.Net;
using System.Net.Sockets;
using MailOps.Dns;
using MailOps.Maildir;
using MailOps.Server.Connections;
using MailOps.Server.Queue.Administration;
using MailOps.Server.Queue.Control;
using MailOps.Server.Queue.Reports;
using MailOps.Server.Queue.Forwarding;
using MailOps.Server.Queue.Routing;
using MailOps.Server.Queue.Scheduling;
using MailOps.Server.Queue.Security;
using MailOps.Server.Queue.Signing;
using MailOps.Server.Queue.Spooling;
using MailOps.Server.Queue.TlsReports;
using MailOps.Server.Queue.Transport;
using MailOps.Smtp;
using MailOps.Trust;
using MailOps.Trust.Arc;
using MailOps.Trust.MtaSts;

namespace MailOps.Server.Queue;

/// <summary>A server's way out: it takes messages for other servers, and keeps its queue when its options change.</summary>
/// <param name="store">The store, whose disk the queue is on.</param>
/// <param name="events">Where it is told what happens.</param>
/// <param name="clock">The time.</param>
/// <param name="find">Whom mail for an address reaches here: nobody if the domain is ours and the address is not known, null if it is elsewhere.</param>
/// <param name="isOurselves">Whether a name, or addresses with a port, are this server.</param>
/// <param name="testRoute">Makes who knows what would become of mail for an address, for a queue and its resolver.</param>
internal sealed class OutboundMail(
    MaildirStore store, ServerEvents events, TimeProvider clock, Func<string, ValueTask<LocalRecipients?>> find, Func<string, IReadOnlyList<IPAddress>, int, bool> isOurselves,
    Func<MailQueue, MailResolver, Func<RouteQuestion, CancellationToken, Task<IReadOnlyList<MailRouteStep>>>> testRoute)
    : IQueueObserver, IAsyncDisposable
{
    // A cmdlet that works on a queue at rest lets it go within a second or two; who keeps it for longer is another server that starts or stops.
    private static readonly TimeSpan MostWait = TimeSpan.FromSeconds(15);

    private readonly SemaphoreSlim _changing = new(1, 1);
    private volatile Running? _running;

    /// <summary>True if mail for other servers is taken.</summary>
    public bool IsOpen => _running is not null;

    /// <summary>How long a message may be held; nothing if none is.</summary>
    public TimeSpan MostHeld { get; private set; }

    /// <summary>How many messages of an account may be held; null for any number.</summary>
    public int? MostHeldMessages { get; private set; }

    /// <summary>Signs mail on its way out.</summary>
    public OutboundSigner Signer { get; } = new(Path.GetDirectoryName(store.Environment.Scratch)!, events, clock);

    /// <summary>Gives forwarded mail its return path, and knows whose it is.</summary>
    public SenderRewriter Senders { get; } = new(Path.GetDirectoryName(store.Environment.Scratch)!, clock);

    /// <summary>The words of reports in other languages.</summary>
    public ReportTemplates Templates { get; } = new(Path.Join(Path.GetDirectoryName(store.Environment.Scratch), ReportTemplates.FolderName), e => events.Publish(new ServerFaulted { Time = clock.GetUtcNow(), Exception = e }));

    /// <summary>Messages that wait.</summary>
    public int Count => _running?.Queue.Count ?? 0;

    /// <summary>The queue, or null while there is none.</summary>
    public MailQueue? Queue => _running?.Queue;

    /// <summary>The queue as an administrator meets it, or null while there is none.</summary>
    public IQueueAccess? Access => _running?.Access;

    /// <summary>Opens the queue as the options say, or closes it; what waits stays in the spool.</summary>
    /// <exception cref="MailStoreException">The spool cannot be used; there is no queue then.</exception>
    public async Task ConfigureAsync(OutboundOptions options, string hostName)
    {
        await _changing.WaitAsync();
        try
        {
            await CloseAsync();
            (MostHeld, MostHeldMessages) = (options.MaxFutureRelease, options.MaxHeldMessages > 0 ? options.MaxHeldMessages : null);
            Senders.Configure(options);
            if (options.Enabled)
                _running = await OpenAsync(options, hostName);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Makes a message durable in the queue, and in mailboxes here with it: all or nothing.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="delivery">The message, written to its end.</param>
    /// <param name="envelope">Its envelope; when it expires is the queue's to say.</param>
    /// <param name="priority">-9 to 9.</param>
    /// <param name="targets">The mailboxes here.</param>
    /// <param name="leftOut">Octets at its beginning that are for the mailboxes alone.</param>
    /// <param name="cancel">Ends the wait; what was not yet visible is then withdrawn.</param>
    /// <returns>The names of the destinations that it waits for.</returns>
    /// <exception cref="MailStoreException">Nothing was kept.</exception>
    /// <exception cref="TooManyHeldException">It is to be held, and its account has as many such as it may have.</exception>
    public async ValueTask<IReadOnlyList<string>> AddAsync(QueueId id, IDelivery delivery, Envelope envelope, int priority, IReadOnlyList<DeliveryTarget> targets, int leftOut, CancellationToken cancel)
    {
        var running = await EnterAsync(cancel);
        try
        {
            var routes = running.Queue.Routes;
            var now = clock.GetUtcNow();
            // What was to be held until a time that is over is not held.
            envelope = envelope with { HeldUntil = envelope.HeldUntil > now ? envelope.HeldUntil : null };
            var due = envelope.HeldUntil ?? now;
            envelope = envelope with { Recipients = [.. envelope.Recipients.Select(recipient => recipient with { Route = routes.SenderRouteOf(recipient.ReturnPath ?? envelope.Sender, recipient.NextHop)?.Text })] };
            envelope = envelope with { Expires = due + running.Queue.Options.Lifetime };
            if (MostHeldMessages is { } limit && !running.Queue.TryHold(id, envelope, limit))
                throw new TooManyHeldException(envelope.Login!, limit);
            return running.Queue.Add(await KeepAsync(running.Queue, envelope, due), envelope);
        }
        finally
        {
            running.End();
        }

        async ValueTask<QueueEntry> KeepAsync(MailQueue queue, Envelope kept, DateTimeOffset due)
        {
            try
            {
                return await queue.Spool.AddAsync(id, (MaildirDelivery)delivery, kept, due, priority, targets, leftOut, cancel);
            }
            catch
            {
                queue.GiveBack(id);
                throw;
            }
        }
    }

    /// <inheritdoc cref="MailQueue.HeldBy"/>
    public int HeldBy(string account) => Queue?.HeldBy(account) ?? 0;

    /// <inheritdoc cref="ForwardSealing.SealAsync"/>
    /// <exception cref="MailStoreException">The way out is closed.</exception>
    public async ValueTask<IReadOnlyDictionary<string, string>?> SealAsync(ArcMessage message, IEnumerable<EnvelopeRecipient> recipients, string hostName, IPAddress? client, string? login, CancellationToken cancel)
    {
        var running = await EnterAsync(cancel);
        try
        {
            return await new ForwardSealing(Signer, running.Resolver, clock).SealAsync(message, recipients, hostName, client, login, cancel);
        }
        finally
        {
            running.End();
        }
    }

    /// <inheritdoc cref="MailQueue.TryNow"/>
    public int? TryNow(string domain) => Queue?.TryNow(domain);

    /// <summary>What a message hears that came while the way out was closed.</summary>
    public static MailStoreException IsClosed() =>
        new(StoreFault.Broken, "Mail for other servers is no longer taken: the server's configuration was changed while the message came.");

    /// <summary>Ends what is under way; what waits stays in the spool.</summary>
    public async ValueTask DisposeAsync()
    {
        await _changing.WaitAsync();
        await CloseAsync();
        _changing.Release();
    }

    void IQueueObserver.Recorded(QueueEntry entry, Envelope envelope, SpoolRecord record, string target) => events.Publish(OutboundTried.Of(entry, envelope, record, target));

    void IQueueObserver.Reported(QueueEntry entry, Envelope envelope, ReportPlan plan, QueueId id, SentReport report) => events.Publish(new OutboundReported
    {
        Time = clock.GetUtcNow(),
        MessageId = entry.Id.ToString(),
        Sender = envelope.Sender,
        Recipients = [.. plan.Recipients.Select(recipient => recipient.Recipient.Address)],
        ReportId = id.ToString(),
        ReportMessageId = report.MessageId,
        ReportSize = report.Size,
        Accounts = report.Accounts,
        Destination = report.Destinations.Count > 0 ? report.Destinations[0] : null,
        InternetMessageId = envelope.MessageId,
        Subject = envelope.Subject,
        Action = plan.Action.ToString().ToLowerInvariant(),
    });

    void IQueueObserver.Unreachable(string destination, SmtpReply reply, DateTimeOffset nextTry, int waiting) =>
        events.Publish(new DestinationDeferred { Time = clock.GetUtcNow(), Destination = destination, Reply = reply.ToString(), NextTry = nextTry, Waiting = waiting });

    void IQueueObserver.Faulted(QueueId id, Exception fault) => Fault(fault);

    void IQueueObserver.SetAside(QueueId id, string path) =>
        Fault(new MailStoreException(StoreFault.Broken, $"The file of message {id} in the queue does not hold all of it. It is not sent, and was put to '{path}': look at it, and send by hand what can be saved."));

    void IQueueObserver.StrangeFile(string path) =>
        Fault(new MailStoreException(StoreFault.Broken, $"The file '{path}' in the queue is no message of it, and is left alone. Move it elsewhere."));

    private void Fault(Exception fault) => events.Publish(new ServerFaulted { Time = clock.GetUtcNow(), Exception = fault });

    // While the options change it waits: what is promised must be in a queue that sends.
    private async ValueTask<Running> EnterAsync(CancellationToken cancel)
    {
        await _changing.WaitAsync(cancel);
        try
        {
            var running = _running ?? throw IsClosed();
            running.Begin();
            return running;
        }
        finally
        {
            _changing.Release();
        }
    }

    private async Task<Running> OpenAsync(OutboundOptions options, string hostName)
    {
        var spool = await OpenSpoolAsync();
        var resolver = new MailResolver(new MailResolverOptions { Server = options.NameServer, Port = options.NameServerPort, TimeProvider = clock });
        var sts = OpenMtaSts(spool, resolver);
        var tls = options.TlsReports.IsEnabled ? await OpenTlsReportsAsync(spool, sts, resolver, options.TlsReports) : null;
        var times = new QueueOptions
        {
            Lifetime = options.Lifetime,
            WarnAfter = options.WarnAfter > TimeSpan.Zero ? options.WarnAfter : null,
            FirstRetry = options.FirstRetry,
            LongestRetry = options.LongestRetry,
            Limits = new DestinationLimitTable(options.DestinationLimits),
            MaxConnectionsPerDestination = options.MaxConnectionsPerDestination,
        };
        var queue = new MailQueue(
            spool,
            new RouteTable(options.Routes, options.SmartHost, options.SenderRoutes),
            new MailRouter(resolver, options.Port, isOurselves),
            new TransportOptions { HostName = hostName, Scratch = store.Environment.Scratch, Clock = clock, Policies = new ConnectionPolicies(resolver, sts.Evaluator), Logins = new RelayLogins(Path.Join(Path.GetDirectoryName(spool.Path), "relay-logins")), TlsSeen = tls is null ? null : tls.Count },
            times,
            new ReportSender(spool, hostName, times, clock, find, Signer, Templates),
            this);
        var running = new Running(queue, sts, tls, resolver, new RunningQueue(queue, testRoute(queue, resolver)));
        try
        {
            await queue.StartAsync();
            running.Report(web => new TlsReportSender(queue, resolver, Signer, find, web, clock), clock);
            running.Serve(Fault);
            return running;
        }
        catch
        {
            await running.DisposeAsync();
            throw;
        }
    }

    private async Task<Spool> OpenSpoolAsync()
    {
        var socket = ControlSocket.PathIn(Spool.PathIn(store));
        for (var end = Environment.TickCount64 + (long)MostWait.TotalMilliseconds; ; await Task.Delay(TimeSpan.FromMilliseconds(50)))
        {
            if (await Spool.TryOpenAsync(store) is { } spool)
                return spool;
            if (Environment.TickCount64 >= end || await ControlSocket.IsServedAsync(socket, CancellationToken.None))
                throw Spool.IsTaken(store);
        }
    }

    private MtaStsService OpenMtaSts(Spool spool, MailResolver resolver)
    {
        var directory = Path.Join(Path.GetDirectoryName(spool.Path), "mta-sts");
        try
        {
            return new MtaStsService(directory, resolver, new MtaStsFetcherOptions { TimeProvider = clock }, Fault);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            spool.Dispose();
            resolver.Dispose();
            throw new MailStoreException(StoreFault.Broken, $"The policies of other domains (MTA-STS) cannot be kept in '{directory}': {e.Message}", e);
        }
    }

    private async Task<TlsReportService> OpenTlsReportsAsync(Spool spool, MtaStsService sts, MailResolver resolver, TlsReportOptions options)
    {
        var directory = Path.Join(Path.GetDirectoryName(spool.Path), "tls-reports");
        try
        {
            var service = new TlsReportService(directory, options, clock, events.Publish, Fault);
            await service.RecallAsync(id => QueueId.TryParse(id, out var found) && spool.Find(found) is not null);
            return service;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await sts.DisposeAsync();
            spool.Dispose();
            resolver.Dispose();
            throw new MailStoreException(StoreFault.Broken, $"What is seen of TLS to other servers (TLS-RPT) cannot be kept in '{directory}': {e.Message}", e);
        }
    }

    private async Task CloseAsync()
    {
        var running = _running;
        _running = null;
        if (running is not null)
            await running.DisposeAsync();
    }

    /// <summary>A queue, and how many messages are on their way into it.</summary>
    private sealed class Running(MailQueue queue, MtaStsService sts, TlsReportService? tls, MailResolver resolver, IQueueAccess access) : IAsyncDisposable
    {
        private ControlServer? _control;
        private HttpClient? _web;

        private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);

        // One is the queue's own.
        private int _coming = 1;

        public MailQueue Queue => queue;

        public MailResolver Resolver => resolver;

        public IQueueAccess Access => access;

        public void Report(Func<HttpClient, TlsReportSender> sender, TimeProvider clock)
        {
            if (tls is null)
                return;
            _web = new HttpClient(TrustedHttps.Handler(resolver, TlsReportSender.AnswerTime, roots: null, clock)) { Timeout = Timeout.InfiniteTimeSpan };
            tls.Start(sender(_web));
        }

        // Mail goes on its way although nobody outside can ask for it.
        public void Serve(Action<Exception> faulted)
        {
            var path = ControlSocket.PathIn(queue.Spool.Path);
            try
            {
                _control = new ControlServer(path, access, faulted);
            }
            catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException or ArgumentException or PlatformNotSupportedException)
            {
                faulted(new MailStoreException(StoreFault.Broken, $"Other processes cannot look at the queue: the socket '{path}' cannot be made. {e.Message}", e));
            }
        }

        public void Begin() => Interlocked.Increment(ref _coming);

        public void End()
        {
            if (Interlocked.Decrement(ref _coming) == 0)
                _idle.SetResult();
        }

        public async ValueTask DisposeAsync()
        {
            if (_control is not null)
                await _control.DisposeAsync();
            End();
            await _idle.Task;
            if (tls is not null)
                await tls.StopAsync();
            await queue.DisposeAsync();
            if (tls is not null)
                await tls.DisposeAsync();
            _web?.Dispose();
            await sts.DisposeAsync();
            resolver.Dispose();
        }
    }
}
