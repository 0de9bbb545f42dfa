using MailOps.Maildir;
using MailOps.Maildir.Disk;

namespace MailOps.Server.Queue.Spooling;

/// <summary>
/// The messages on their way out, each a file in <c>queue</c> of the store: the message, its envelope, and what became of it since. Their
/// names tell the schedule. One server at a time has a spool; nothing has to be repaired, whenever that ends.
/// </summary>
internal sealed class Spool : IDisposable
{
    /// <summary>The directory of a store that its spool is in.</summary>
    public const string QueueName = "queue";

    private const string LockName = "lock";
    private const string DamagedName = "damaged";

    private readonly MaildirStore _store;
    private readonly DiskFile _lock;

    private Spool(MaildirStore store, string path, DiskFile claimed)
    {
        _store = store;
        Path = path;
        _lock = claimed;
    }

    /// <summary>The spool's directory.</summary>
    public string Path { get; }

    private IMaildirDisk Disk => _store.Environment.Disk;

    /// <summary>Opens the spool of a store, which is made if it is missing.</summary>
    /// <param name="store">The store, on whose file system the spool lies.</param>
    /// <exception cref="MailStoreException">Another server has the spool, or the disk does not do its part.</exception>
    public static async Task<Spool> OpenAsync(MaildirStore store) =>
        await TryOpenAsync(store) ?? throw IsTaken(store);

    /// <summary>What is said where another has the spool.</summary>
    public static MailStoreException IsTaken(MaildirStore store) =>
        new(StoreFault.Broken, $"The queue '{PathIn(store)}' belongs to another server that runs. Stop that, or start this one without a queue.");

    /// <summary>Where the spool of a store is.</summary>
    public static string PathIn(MaildirStore store) => System.IO.Path.Join(System.IO.Path.GetDirectoryName(store.Environment.Scratch)!, QueueName);

    /// <summary>As <see cref="OpenAsync"/>.</summary>
    /// <returns>Null if another has the spool.</returns>
    /// <exception cref="MailStoreException">The disk does not do its part.</exception>
    public static async Task<Spool?> TryOpenAsync(MaildirStore store)
    {
        var (disk, root) = (store.Environment.Disk, System.IO.Path.GetDirectoryName(store.Environment.Scratch)!);
        var path = PathIn(store);
        disk.CreateDirectory(System.IO.Path.Join(path, DamagedName));
        foreach (var shard in SpoolName.Shards)
            disk.CreateDirectory(System.IO.Path.Join(path, shard));

        var name = System.IO.Path.Join(path, LockName);
        disk.Create(name, []);
        var claimed = disk.OpenFile(name, forAppend: true) ?? throw new MailStoreException(StoreFault.Broken, $"Cannot open '{name}': another program removed it.");
        try
        {
            if (!claimed.TryLock(exclusive: true))
            {
                claimed.Dispose();
                return null;
            }

            await store.Environment.Commits.SyncAsync(root, path);
            return new Spool(store, path, claimed);
        }
        catch
        {
            claimed.Dispose();
            throw;
        }
    }

    /// <summary>Tells all messages, in no order. Reads no file.</summary>
    /// <returns>Files that are no messages; they are left alone.</returns>
    /// <exception cref="MailStoreException">A directory cannot be read.</exception>
    public IReadOnlyList<string> List(Action<QueueEntry> found)
    {
        var strange = new List<string>();
        var nextHops = new HashSet<string>(StringComparer.Ordinal);
        foreach (var shard in SpoolName.Shards)
        {
            var directory = System.IO.Path.Join(Path, shard);
            Disk.List(directory, directories: false, text =>
            {
                if (!SpoolName.TryParse(text, out var name) || name.Shard != shard)
                    strange.Add(System.IO.Path.Join(directory, text));
                else
                    found(new QueueEntry(name with { NextHop = Shared(name.NextHop) }));
            });
        }

        return strange;

        string? Shared(string? nextHop)
        {
            if (nextHop is null)
                return null;
            if (nextHops.TryGetValue(nextHop, out var known))
                return known;
            nextHops.Add(nextHop);
            return nextHop;
        }
    }

    /// <summary>A message by its id, or null if there is none. Reads one directory.</summary>
    /// <exception cref="MailStoreException">It cannot be read.</exception>
    public QueueEntry? Find(QueueId id)
    {
        var shard = id.ToString()[^1..];
        QueueEntry? found = null;
        Disk.List(System.IO.Path.Join(Path, shard), directories: false, text =>
        {
            if (SpoolName.TryParse(text, out var name) && name.Id == id && name.Shard == shard)
                found = new QueueEntry(name);
        });
        return found;
    }

    /// <summary>Begins a message that is made here.</summary>
    public MaildirDelivery Begin() => (MaildirDelivery)_store.BeginDelivery();

    /// <summary>Makes a message durable in the queue, and in mailboxes of the store with it: all or nothing.</summary>
    /// <param name="id">Its id, new.</param>
    /// <param name="delivery">The message, written to its end, begun by the spool's store.</param>
    /// <param name="envelope">Its envelope.</param>
    /// <param name="due">When it is tried first.</param>
    /// <param name="priority">-9 to 9.</param>
    /// <param name="targets">The mailboxes.</param>
    /// <param name="leftOut">Octets at its beginning that are for the mailboxes alone; 0 if there is none.</param>
    /// <param name="cancel">Ends the wait; what was not yet visible is then withdrawn.</param>
    /// <exception cref="MailStoreException">Nothing was kept.</exception>
    public async ValueTask<QueueEntry> AddAsync(QueueId id, MaildirDelivery delivery, Envelope envelope, DateTimeOffset due, int priority, IReadOnlyList<DeliveryTarget> targets, int leftOut, CancellationToken cancel)
    {
        var entry = new QueueEntry(new SpoolName(id, due, delivery.Length - leftOut, priority, NextHopOf(envelope.Recipients), Demand: envelope.Demand, HasRelease: envelope.HeldUntil is not null, Deadline: envelope.DeliverBy is { } by ? WholeSecond.AtOrAfter(by.Time) : null));
        await delivery.CommitAsync(targets, new DeliveryFile(PathOf(entry.Name), SpoolText.Begin(envelope), leftOut), cancel);
        return entry;
    }

    /// <summary>Opens a message.</summary>
    /// <returns>Null if its file is gone, or does not hold all of it.</returns>
    /// <exception cref="MailStoreException">The disk broke.</exception>
    public SpooledMessage? TryOpen(QueueEntry entry) =>
        Disk.OpenFile(PathOf(entry.Name), forAppend: false) is { } file ? SpooledMessage.TryRead(file, entry) : null;

    /// <summary>Writes down what became of recipients, and the schedule that follows. Ends when both are durable.</summary>
    /// <param name="entry">The message.</param>
    /// <param name="records">What happened, in order.</param>
    /// <param name="name">The name that it has from then on.</param>
    /// <exception cref="MailStoreException">It was not written, or it was and is not durable.</exception>
    public Task ChangeAsync(QueueEntry entry, IReadOnlyList<SpoolRecord> records, SpoolName name) => WriteAsync(entry, () =>
    {
        var (path, next) = (PathOf(entry.Name), PathOf(name));
        if (records.Count > 0 && !Disk.Append(path, SpoolText.Lines(records)))
            throw Gone(path);
        if (next != path && !Disk.Rename(path, next))
            throw Gone(path);
        entry.Name = name;
    });

    /// <summary>Removes a message for good. Ends when that is durable.</summary>
    /// <exception cref="MailStoreException">It may come back after a cut of the power.</exception>
    public Task RemoveAsync(QueueEntry entry) => WriteAsync(entry, () => Disk.Unlink(PathOf(entry.Name)));

    /// <summary>Puts a file that holds no whole message where it is not tried again and nothing is lost.</summary>
    /// <returns>Where it is.</returns>
    /// <exception cref="MailStoreException">It is gone, or cannot be moved.</exception>
    public async Task<string> SetAsideAsync(QueueEntry entry)
    {
        var (path, place) = (PathOf(entry.Name), System.IO.Path.Join(Path, DamagedName, entry.Name.ToString()));
        await WriteAsync(entry, () =>
        {
            if (!Disk.Rename(path, place))
                throw Gone(path);
        });
        await _store.Environment.Commits.SyncAsync(System.IO.Path.GetDirectoryName(place)!);
        return place;
    }

    /// <summary>What all of these recipients wait for, or null if that is not one domain that a name can tell.</summary>
    public static string? NextHopOf(IEnumerable<EnvelopeRecipient> recipients)
    {
        string? nextHop = null;
        foreach (var recipient in recipients)
        {
            if (recipient.Route is not null || (nextHop is not null && nextHop != recipient.NextHop))
                return null;
            nextHop = recipient.NextHop;
        }

        return nextHop is not null && SpoolName.CanTell(nextHop) ? nextHop : null;
    }

    /// <summary>As <see cref="NextHopOf(IEnumerable{EnvelopeRecipient})"/>, of recipients of whom some may have a route of their own, which no name tells.</summary>
    public static string? NextHopOf(IReadOnlyList<RecipientState> recipients) =>
        NextHopOf(recipients.Select(recipient => recipient.Recipient with { Route = recipient.Route }));

    /// <summary>Lets another server have the spool. What is being written must have ended.</summary>
    public void Dispose() => _lock.Dispose();

    // At once, on the thread that may wait for the disk: a process that is killed a moment later has it written all the same. Only a cut of
    // the power can come before the sync, which it shares with others.
    private async Task WriteAsync(QueueEntry entry, Action write)
    {
        var (environment, shard) = (_store.Environment, System.IO.Path.Join(Path, entry.Name.Shard));
        var failedSyncs = environment.Commits.FailedSyncs;
        await environment.Writing.RunAsync(write);
        await environment.Commits.SyncAsync(shard, failedSyncs);
    }

    private static MailStoreException Gone(string path) => new(StoreFault.Broken, $"Cannot change '{path}': another program removed it.");

    private string PathOf(SpoolName name) => System.IO.Path.Join(Path, name.Shard, name.ToString());
}
