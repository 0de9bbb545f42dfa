using System.Collections.Concurrent;
using System.Text;
using MailOps.Core.Tests.Maildir;
using MailOps.Dns;
using MailOps.Maildir;
using MailOps.Maildir.Disk;
using MailOps.Server.Connections;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Forwarding;
using MailOps.Server.Queue.Reports;
using MailOps.Server.Queue.Routing;
using MailOps.Server.Queue.Security;
using MailOps.Server.Queue.Signing;
using MailOps.Server.Queue.Spooling;
using MailOps.Server.Queue.TlsReports;
using MailOps.Server.Queue.Transport;
using MailOps.Smtp;
using MailOps.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace MailOps.Server.Tests.Queue;

/// <summary>A queue whose routes lead to peers on loopback, and that writes down all it tells.</summary>
internal sealed class QueueFixture : IQueueObserver, IAsyncDisposable
{
    private readonly PrivateFolder _folder = new();
    private readonly MailResolver _nobody = new(new MailResolverOptions { Server = "127.0.0.1", Port = 9, Timeout = TimeSpan.FromSeconds(1), Retries = 0 });
    private MaildirStore _store = null!;

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2120, 1, 1, 12, 0, 0, TimeSpan.Zero));

    /// <summary>Where mail for domains goes.</summary>
    public Dictionary<string, RouteTarget> Routes { get; } = new(StringComparer.OrdinalIgnoreCase);

    public QueueOptions Options { get; set; } = new();

    /// <summary>Where mail goes that has no route; to the exchangers of its domain if null.</summary>
    public RouteTarget? SmartHost { get; set; } = Nowhere;

    /// <summary>Who knows the exchangers, which all listen on one port; by default nobody does.</summary>
    public MailResolver? Resolver { get; set; }

    public int Port { get; set; } = 25;

    public ConnectionPolicies? Policies { get; set; }

    /// <summary>All that was recorded of recipients.</summary>
    public ConcurrentQueue<SpoolRecord> Records { get; } = [];

    public OutboundSigner Signer { get; private set; } = null!;

    /// <summary>What was seen of TLS.</summary>
    public ConcurrentQueue<TlsSession> Sessions { get; } = [];

    public MailQueue Queue { get; private set; } = null!;

    public Spool Spool { get; private set; } = null!;

    /// <summary>What became of recipients, such as <c>Sent 1,2 250 2.0.0 Ok</c>.</summary>
    public ConcurrentQueue<string> Told { get; } = [];

    /// <summary>Recipients that were given another route, and their destinations.</summary>
    public ConcurrentQueue<(string Recipients, string Destination)> Moved { get; } = [];

    /// <summary>Destinations that could not be reached.</summary>
    public ConcurrentQueue<(string Destination, string Reply, DateTimeOffset NextTry, int Waiting)> Unreachable { get; } = [];

    public ConcurrentQueue<Exception> Faults { get; } = [];

    /// <summary>The disk, which asks before each change.</summary>
    public HookedDisk Disk { get; private set; } = null!;

    /// <summary>The file of this server's logins at others.</summary>
    public string LoginsPath => Path.Join(_folder.Path, "relay-logins");

    /// <summary>The folder of the words of reports.</summary>
    public string TemplatesPath => Path.Join(_folder.Path, ReportTemplates.FolderName);

    public string SpoolPath => Path.Join(_folder.Path, "queue");

    public static RouteTarget At(int port) =>
        RouteTarget.TryParse($"[127.0.0.1]:{port}", out var target, out var error) ? target : throw new InvalidOperationException(error);

    /// <summary>A port where nothing listens.</summary>
    public static RouteTarget Nowhere => At(9);

    public async Task OpenAsync()
    {
        Disk = new HookedDisk(OperatingSystem.IsLinux() ? new LinuxDisk() : new PortableDisk());
        _store = new MaildirStore(_folder.Path, new MaildirStoreOptions { TimeProvider = Clock }, Disk);
        Spool = await Spool.OpenAsync(_store);
        var transport = new TransportOptions { HostName = "mx.here.example", Scratch = _store.Environment.Scratch, Clock = Clock, Policies = Policies, Logins = new RelayLogins(LoginsPath), TlsSeen = Sessions.Enqueue };
        Signer = new OutboundSigner(_folder.Path, new ServerEvents(), Clock);
        var reports = new ReportSender(Spool, "mx.here.example", Options, Clock, address => new(
            !address.EndsWith("@here.example", StringComparison.Ordinal) ? null
                : address.StartsWith("nobody", StringComparison.Ordinal) ? LocalRecipients.In()
                : address.StartsWith("away", StringComparison.Ordinal) ? new LocalRecipients([new DeliveryTarget("stays@here.example")], [new EnvelopeRecipient { Address = "away@b.example", NextHop = "b.example", Via = address }])
                : LocalRecipients.In(new DeliveryTarget(address))), Signer, new ReportTemplates(TemplatesPath, Faults.Enqueue));
        Queue = new MailQueue(Spool, new RouteTable(Routes, SmartHost), new MailRouter(Resolver ?? _nobody, Port, (_, _, _) => false), transport, Options, reports, this);
    }

    public async Task StartAsync()
    {
        await OpenAsync();
        await Queue.StartAsync();
    }

    public async Task StopAsync()
    {
        await Queue.DisposeAsync();
        await _store.DisposeAsync();
    }

    public async Task<QueueEntry> SendAsync(string text, string sender, params string[] recipients) =>
        await SendAsync(text, new Envelope
        {
            Sender = sender,
            Recipients = [.. recipients.Select(address => new EnvelopeRecipient { Address = address, NextHop = NextHops.Of(address) })],
            Expires = Clock.GetUtcNow() + Options.Lifetime,
        });

    public async Task<QueueEntry> SendAsync(string text, Envelope envelope, int priority = 0)
    {
        var entry = await SpoolAsync(text, envelope, priority);
        Queue.Add(entry, envelope);
        return entry;
    }

    /// <summary>Makes a message durable without telling the queue.</summary>
    public async Task<QueueEntry> SpoolAsync(string text, Envelope envelope, int priority = 0)
    {
        await using var delivery = Spool.Begin();
        delivery.Write(Encoding.UTF8.GetBytes(text));
        return await Spool.AddAsync(QueueId.Next(Clock), delivery, envelope, envelope.HeldUntil ?? Clock.GetUtcNow(), priority, [], 0, CancellationToken.None);
    }

    /// <summary>The names of the files in the spool.</summary>
    public string[] Files() => [.. SpoolName.Shards.SelectMany(shard => Directory.GetFiles(Path.Join(SpoolPath, shard))).Select(file => Path.GetFileName(file))];

    /// <summary>The messages in a mailbox of ours.</summary>
    public string[] Inbox(string account)
    {
        var at = account.IndexOf('@', StringComparison.Ordinal);
        var inbox = Path.Join(_folder.Path, "mail", account[(at + 1)..], account[..at], "new");
        return Directory.Exists(inbox) ? Directory.GetFiles(inbox) : [];
    }

    /// <summary>Waits until something holds.</summary>
    public static Task UntilAsync(Func<bool> holds, string what) => UntilAsync(() => Task.FromResult(holds()), what);

    /// <inheritdoc cref="UntilAsync(Func{bool}, string)"/>
    public static Task UntilAsync(Func<Task<bool>> holds, string what) => Waiting.UntilAsync(holds, () => $"Never came: {what}");

    /// <summary>Waits until so much was told of recipients, and whom it was told of has its place in the queue again. Not longer than a second for that: another message may be held up by its server.</summary>
    public async Task<string[]> ToldAsync(int count)
    {
        await Waiting.UntilAsync(() => Told.Count >= count || !Faults.IsEmpty, () => $"There are not {count} records, only: {string.Join("; ", Told)}");
        for (var i = 0; i < 100 && Queue.FirstAfter(default, int.MaxValue).Any(id => Queue.PlaceOf(id) is { IsUnderWay: true }); i++)
            await Task.Delay(10);
        return Faults.TryPeek(out var fault) ? throw fault : [.. Told];
    }

    /// <summary>Waits until the spool is empty. What was still under way when the clock was moved is tried again a little later.</summary>
    public Task EmptyAsync()
    {
        var looks = 0;
        return Waiting.UntilAsync(() => Passes(ref looks) && Files().Length == 0 && Queue.Count == 0, () => $"The spool does not get empty: {string.Join("; ", Files())}");
    }

    /// <summary>Lets the clock go on for who has waited for a second.</summary>
    /// <returns>True.</returns>
    public bool Passes(ref int looks)
    {
        if (++looks > 100)
            Clock.Advance(TimeSpan.FromSeconds(30));
        return true;
    }

    void IQueueObserver.Recorded(QueueEntry entry, Envelope envelope, SpoolRecord record, string target)
    {
        if (record.Event is SpoolEvent.Moved)
        {
            Moved.Enqueue((string.Join(',', record.Recipients), target));
            return;
        }

        Records.Enqueue(record);
        Told.Enqueue($"{record.Event} {string.Join(',', record.Recipients)} {record.Reply}");
    }

    void IQueueObserver.Reported(QueueEntry entry, Envelope envelope, ReportPlan plan, QueueId id, SentReport report) =>
        Told.Enqueue($"Report {plan.Action} {string.Join(',', plan.Recipients.Select(recipient => recipient.Number))}");

    void IQueueObserver.Unreachable(string destination, SmtpReply reply, DateTimeOffset nextTry, int waiting) =>
        Unreachable.Enqueue((destination, reply.ToString(), nextTry, waiting));

    void IQueueObserver.Faulted(QueueId id, Exception fault) => Faults.Enqueue(fault);

    void IQueueObserver.SetAside(QueueId id, string path) => Told.Enqueue($"SetAside {Path.GetFileName(path)}");

    void IQueueObserver.StrangeFile(string path) => Told.Enqueue($"Strange {Path.GetFileName(path)}");

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _nobody.Dispose();
        _folder.Dispose();
    }
}
