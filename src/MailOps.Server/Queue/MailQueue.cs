using MailOps.Maildir;
using MailOps.Server.Queue.Reports;
using MailOps.Server.Queue.Routing;
using MailOps.Server.Queue.Scheduling;
using MailOps.Server.Queue.Spooling;
using MailOps.Server.Queue.Transport;
using MailOps.Smtp;

namespace MailOps.Server.Queue;

/// <summary>
/// What stands between taking a message and the next server's taking it: the messages of the spool, each with the destinations of its
/// recipients, and the connections that empty them.
/// </summary>
internal sealed partial class MailQueue : IAsyncDisposable
{
    // How often it is looked whether something is due.
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

    // How often it is looked whether something waits for too long, and whether what could not be read can be.
    private static readonly TimeSpan AgeBeat = TimeSpan.FromMinutes(1);

    // For what is under way when the queue is closed: a message whose end was sent needs its answer, or it is sent twice.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<QueueId, QueueJob> _jobs = [];
    private readonly Dictionary<string, Destination> _destinations = new(StringComparer.Ordinal);
    private readonly List<QueueEntry> _unread = [];
    private readonly HashSet<Task> _workers = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _aborting = new();
    private readonly ITimer _timer;
    private DateTimeOffset _agedAt;
    private readonly Settlement _settlement;

    /// <summary>A queue over a spool. Nothing is sent before <see cref="StartAsync"/>.</summary>
    /// <param name="spool">The spool, which the queue owns from here on.</param>
    /// <param name="routes">Where mail goes.</param>
    /// <param name="router">Who finds the hosts.</param>
    /// <param name="transport">How they are spoken to.</param>
    /// <param name="options">Times and limits.</param>
    /// <param name="reports">Who tells senders.</param>
    /// <param name="observer">Who is told of everything.</param>
    public MailQueue(Spool spool, RouteTable routes, MailRouter router, TransportOptions transport, QueueOptions options, ReportSender reports, IQueueObserver observer)
    {
        (Spool, Routes, Router, Transport, Options, Observer) = (spool, routes, router, transport, options, observer);
        _settlement = new Settlement(this, reports);
        _places = new ConnectionPlaces(options.MaxConnections);
        _timer = transport.Clock.CreateTimer(_ => Pump(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The files.</summary>
    public Spool Spool { get; }

    /// <summary>Who finds the hosts of a target.</summary>
    public MailRouter Router { get; }

    /// <summary>How hosts are spoken to.</summary>
    public TransportOptions Transport { get; }

    /// <summary>Times and limits.</summary>
    public QueueOptions Options { get; }

    /// <summary>Who is told of what happens.</summary>
    public IQueueObserver Observer { get; }

    /// <summary>Messages in the queue.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _jobs.Count;
        }
    }

    /// <summary>Where mail for each domain goes.</summary>
    public RouteTable Routes { get; }

    /// <summary>Where a recipient's mail goes.</summary>
    internal RouteTarget TargetOf(RecipientState recipient) =>
        TargetOf(recipient.Recipient with { Route = recipient.Route });

    private RouteTarget TargetOf(EnvelopeRecipient recipient) =>
        recipient.Route is { } route && RouteTarget.TryParse(route, out var target, out _) ? target : Routes.TargetOf(recipient.NextHop);

    /// <summary>The time.</summary>
    internal DateTimeOffset Now => Transport.Clock.GetUtcNow();

    /// <summary>Takes in what the spool holds, and begins to send.</summary>
    /// <exception cref="MailStoreException">The spool cannot be read.</exception>
    public async Task StartAsync()
    {
        var entries = new List<QueueEntry>();
        foreach (var file in Spool.List(entries.Add))
            Observer.StrangeFile(file);
        _jobs.EnsureCapacity(entries.Count);
        foreach (var entry in entries)
        {
            // What goes to several destinations has them in its file alone.
            if (entry.NextHop is { } nextHop)
                Place(entry, [Routes.TargetOf(nextHop)], isNew: false);
            else
                PlaceByFile(entry);
        }

        // A report that a crash came in between is made or found before anything is sent: later it could be on its way already.
        foreach (var entry in entries.Where(entry => entry.IsReporting))
        {
            if (First(entry.Id) is { } job)
                await _settlement.TryAsync(job, (_, _) => Task.FromResult<Attempt?>(Attempt.None));
        }

        _timer.Change(TimeSpan.Zero, Beat);
    }

    /// <summary>Takes in a message that is durable in the spool.</summary>
    /// <returns>The names of the destinations that it waits for.</returns>
    public IReadOnlyList<string> Add(QueueEntry entry, Envelope envelope)
    {
        entry.Learn(envelope);
        lock (_gate)
        {
            _held.Add(entry.Id, envelope.Login, envelope.HeldUntil);
            var destinations = Place(entry, envelope.Recipients.Select(TargetOf), isNew: true);
            PumpAll(entry.Id);
            return destinations;
        }
    }

    /// <summary>Ends when what is under way is over, ten seconds later at the most. What waits stays in the spool.</summary>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        await _stopping.CancelAsync();
        Task[] workers;
        lock (_gate)
            workers = [.. _workers];
        _aborting.CancelAfter(Grace);
        await Task.WhenAll(workers);
        Spool.Dispose();
        _stopping.Dispose();
        _aborting.Dispose();
    }

    /// <summary>True if a message is in the queue.</summary>
    internal bool Contains(QueueId id)
    {
        lock (_gate)
            return _jobs.ContainsKey(id);
    }

    /// <summary>The next job of a destination, or null.</summary>
    /// <param name="destination">The destination.</param>
    /// <param name="isSent">False if it is only told that it cannot be sent.</param>
    internal QueueJob? Take(Destination destination, bool isSent)
    {
        lock (_gate)
            return _stopping.IsCancellationRequested ? null : destination.Take(Now, isSent);
    }

    /// <summary>Changes what is known of a destination, and lets it go on.</summary>
    internal void Update(Destination destination, Action<Destination> change)
    {
        lock (_gate)
        {
            change(destination);
            if (!_stopping.IsCancellationRequested)
                Pump(destination, Now);
        }
    }

    /// <summary>A destination could not be reached, or wants no mail now: it is left alone for a while, and that is told once for all that waits there.</summary>
    /// <param name="destination">The destination.</param>
    /// <param name="reply">What was in the way.</param>
    /// <param name="told">Messages whose own try it was, of which it is told with them.</param>
    /// <param name="hasLeft">True if it ends a connection over which messages were taken.</param>
    internal void Fail(Destination destination, SmtpReply reply, int told, bool hasLeft = false)
    {
        var (waiting, nextTry) = (0, default(DateTimeOffset));
        Update(destination, one =>
        {
            if (hasLeft)
                one.Left();
            if (one.Failed(reply, Now, Options))
                (waiting, nextTry) = (one.Count - told, one.RetryAt ?? Now);
        });
        if (waiting > 0)
            Observer.Unreachable(destination.Name, reply, nextTry, waiting);
    }

    /// <summary>A try of a job is over.</summary>
    /// <param name="job">The job.</param>
    /// <param name="due">When it is tried again, or null if nothing of it is left.</param>
    /// <param name="isGone">True if the message has left the queue.</param>
    internal void Finish(QueueJob job, DateTimeOffset? due, bool isGone)
    {
        lock (_gate)
        {
            if (due is { } time)
            {
                job.Due = time;
                job.Destination.Wait(job, Now);
            }
            else
            {
                job.Destination.Remove(job, Now);
            }

            if (isGone)
                Leave(job.Entry);
            else if (due is null && _jobs.TryGetValue(job.Entry.Id, out var first) && !Chain(first).Any())
                Forget(job.Entry);
            ForgetIfEmpty(job.Destination);
        }
    }

    // Who waits for it waits elsewhere than was known, since its file was changed while the disk broke: that is read again.
    private void Forget(QueueEntry entry)
    {
        _jobs.Remove(entry.Id);
        _unread.Add(entry);
    }

    /// <summary>True if other destinations have jobs of the same message.</summary>
    internal bool IsShared(QueueJob job)
    {
        lock (_gate)
            return _jobs.TryGetValue(job.Entry.Id, out var first) && first.Other is not null;
    }

    private QueueJob? First(QueueId id)
    {
        lock (_gate)
            return _jobs.TryGetValue(id, out var job) ? TakeOut(job) : null;
    }

    /// <summary>Takes a job out of turn.</summary>
    private static QueueJob TakeOut(QueueJob job)
    {
        job.Move();
        job.IsUnderWay = true;
        return job;
    }

    private void PlaceByFile(QueueEntry entry)
    {
        try
        {
            using var message = Spool.TryOpen(entry);
            if (message is not null)
                Place(entry, message.Recipients.Where(recipient => !recipient.IsFinal).DefaultIfEmpty(message.Recipients[0]).Select(TargetOf), isNew: false);
            else
                _ = _settlement.SetAsideAsync(entry);
        }
        catch (MailStoreException e)
        {
            Observer.Faulted(entry.Id, e);
            lock (_gate)
                _unread.Add(entry);
        }
    }

    private List<string> Place(QueueEntry entry, IEnumerable<RouteTarget> targets, bool isNew)
    {
        var names = new List<string>();
        lock (_gate)
        {
            QueueJob? first = null;
            foreach (var target in targets.DistinctBy(target => target.Text, StringComparer.Ordinal))
            {
                var name = Destination.NameOf(target, entry.Demand);
                if (!_destinations.TryGetValue(name, out var destination))
                    _destinations.Add(name, destination = NewDestination(target, entry.Demand));
                var job = new QueueJob(entry, destination) { Other = first };
                first = job;
                destination.Add(job, Now, isNew);
                names.Add(name);
            }

            _jobs[entry.Id] = first!;
            if (entry.Deadline is { } by)
                _deadlines.Add((by, entry.Id.Value));
            return names;
        }
    }

    /// <summary>Gives every destination with work that is due the connections that it may have.</summary>
    private void Pump()
    {
        IReadOnlyList<Opening> givenUp, abandoned;
        lock (_gate)
        {
            if (_stopping.IsCancellationRequested)
                return;
            var now = Now;
            KeepDeadlines(now);
            foreach (var destination in _destinations.Values)
                Pump(destination, now);
            (givenUp, abandoned) = FindIdleOpenings(now);
            if (now >= _agedAt + AgeBeat || now < _agedAt)
                Age(now);
        }

        foreach (var opening in abandoned)
            opening.Abandon();
        foreach (var opening in givenUp)
            opening.GiveUp();
    }

    private void Age(DateTimeOffset now)
    {
        _agedAt = now;
        ForgetPaces(now);
        ForgetFailures(now);
        CatchUp(now);
        StartAging(now);
        ReadAgain();
    }

    private static IEnumerable<QueueJob> Chain(QueueJob first)
    {
        for (var job = first; job is not null; job = job.Other)
        {
            if (!job.IsOver)
                yield return job;
        }
    }

    /// <summary>Lets all destinations of a message go on.</summary>
    private void PumpAll(QueueId id)
    {
        if (_stopping.IsCancellationRequested)
            return;
        for (var job = _jobs.GetValueOrDefault(id); job is not null; job = job.Other)
            Pump(job.Destination, Now);
    }

    /// <summary>Runs something that the end of the queue waits for.</summary>
    private void Run(Func<Task> work, Action<DateTimeOffset> afterwards)
    {
        var worker = Task.Run(work);
        _workers.Add(worker);
        _ = worker.ContinueWith(
            done =>
            {
                lock (_gate)
                {
                    _workers.Remove(done);
                    afterwards(Now);
                }
            },
            TaskScheduler.Default);
    }
}
