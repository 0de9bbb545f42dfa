using MailOps.Maildir.Annotations;
using MailOps.Maildir.Disk;

namespace MailOps.Maildir.Watching;

/// <summary>An account that somebody watches as a whole, and what was seen of it last.</summary>
/// <param name="account">The account.</param>
/// <param name="disk">The disk.</param>
internal sealed class WatchedAccount(AccountFolders account, IMaildirDisk disk)
{
    private readonly Lock _lock = new();
    private readonly List<AccountWatch> _watches = [];
    private readonly Dictionary<string, WatchedFolder> _folders = new(StringComparer.Ordinal);
    private HashSet<string> _subscribed = new(StringComparer.Ordinal);
    private DateTimeOffset? _subscriptions;
    private DateTimeOffset? _annotations;

    private string SubscriptionsPath => Path.Join(account.Path, SubscriptionFile.FileName);

    private string AnnotationsPath => Path.Join(account.Path, AnnotationFile.AccountFileName);

    /// <summary>Looks at all that is there, as the first who watches finds it.</summary>
    internal void Begin()
    {
        (_subscriptions, _subscribed) = ReadSubscriptions();
        _annotations = WatchedFolder.TimeOf(disk, AnnotationsPath);
        foreach (var (mailbox, path) in List())
            _folders[path] = WatchedFolder.Look(disk, mailbox, path);
    }

    internal void Add(AccountWatch watch)
    {
        lock (_lock)
            _watches.Add(watch);
    }

    /// <summary>Forgets one who watched.</summary>
    /// <returns>True if nobody is left.</returns>
    internal bool Remove(AccountWatch watch)
    {
        lock (_lock)
        {
            _watches.Remove(watch);
            return _watches.Count == 0;
        }
    }

    /// <summary>Messages of a folder may have changed.</summary>
    internal void Touch(string path)
    {
        lock (_lock)
        {
            if (!_folders.TryGetValue(path, out var folder))
                return;
            foreach (var watch in _watches)
                watch.Touch(folder.Mailbox);
        }
    }

    /// <summary>Something was done to a mailbox. The account is locked.</summary>
    /// <param name="change">What.</param>
    /// <param name="by">Who did it; null for another process.</param>
    internal void Publish(AccountChange change, object? by)
    {
        // What must be looked at for it is looked at first: a delivery that waits for the lock is not to wait for the disk.
        var takeUp = Look(change);
        lock (_lock)
        {
            takeUp();
            foreach (var watch in _watches)
                watch.Add(change, by);
        }
    }

    /// <summary>Looks for what other processes did.</summary>
    /// <exception cref="MailStoreException">The account cannot be looked at.</exception>
    internal async Task LookAsync(CancellationToken cancel)
    {
        Dictionary<string, WatchedFolder> before;
        (DateTimeOffset? Subscriptions, DateTimeOffset? Annotations) times;
        lock (_lock)
        {
            before = new Dictionary<string, WatchedFolder>(_folders, StringComparer.Ordinal);
            times = (_subscriptions, _annotations);
        }

        var now = List();
        var isOther = now.Count != before.Count || times != (WatchedFolder.TimeOf(disk, SubscriptionsPath), WatchedFolder.TimeOf(disk, AnnotationsPath));
        foreach (var (mailbox, path) in now)
        {
            if (!before.TryGetValue(path, out var known) || known.Mailbox != mailbox)
            {
                isOther = true;
                continue;
            }

            var seen = WatchedFolder.Look(disk, mailbox, path);
            isOther |= seen.Annotations != known.Annotations;
            if (seen.New == known.New && seen.Cur == known.Cur)
                continue;
            lock (_lock)
            {
                if (_folders.TryGetValue(path, out var current))
                    _folders[path] = current with { New = seen.New, Cur = seen.Cur };
            }

            Touch(path);
        }

        if (!isOther)
            return;

        // What this process does it tells before it unlocks the account: what differs now another one did.
        using (await account.LockAsync(cancel))
            Compare();
    }

    private void Compare()
    {
        var now = List();
        var known = Known();
        var names = now.Select(folder => folder.Mailbox).ToHashSet(StringComparer.Ordinal);
        var before = known.ToDictionary(folder => folder.Mailbox, StringComparer.Ordinal);
        foreach (var gone in known.Where(folder => !names.Contains(folder.Mailbox)))
            Publish(new AccountChange(AccountChangeKind.Deleted, gone.Mailbox), by: null);
        foreach (var (mailbox, path) in now)
        {
            if (!before.TryGetValue(mailbox, out var folder))
                Publish(new AccountChange(AccountChangeKind.Created, mailbox), by: null);
            else if (WatchedFolder.TimeOf(disk, Path.Join(path, AnnotationFile.FileName)) != folder.Annotations)
                Publish(Annotated(mailbox, Path.Join(path, AnnotationFile.FileName)), by: null);
        }

        if (WatchedFolder.TimeOf(disk, AnnotationsPath) != _annotations)
            Publish(Annotated(null, AnnotationsPath), by: null);
        var (time, subscribed) = ReadSubscriptions();
        var changed = subscribed.Except(_subscribed, StringComparer.Ordinal).Concat(_subscribed.Except(subscribed, StringComparer.Ordinal)).ToList();
        lock (_lock)
            (_subscriptions, _subscribed) = (time, subscribed);
        foreach (var mailbox in changed)
            Publish(new AccountChange(AccountChangeKind.Subscription, mailbox), by: null);
    }

    // Which of them another process changed is not to be seen.
    private AccountChange Annotated(string? mailbox, string path) =>
        new(AccountChangeKind.Annotated, mailbox) { Entries = [.. AnnotationFile.Read(disk, path).Keys.Order(StringComparer.Ordinal)] };

    // Looks at what a change made; what is returned takes it up, with the lock held.
    private Action Look(AccountChange change)
    {
        switch (change.Kind)
        {
            // INBOX stays when its messages go, and so do those below it.
            case AccountChangeKind.Renamed when change.OldName == MailboxName.Inbox:
            case AccountChangeKind.Created:
                var made = Find(change.Mailbox!);
                return () => Enter(made);
            case AccountChangeKind.Deleted:
                return () => Leave([change.Mailbox!]);
            case AccountChangeKind.Renamed:
                var below = change.OldName! + MailboxName.Separator;
                var old = Known().Select(folder => folder.Mailbox).Where(name => name == change.OldName || name.StartsWith(below, StringComparison.Ordinal)).ToList();
                var moved = old.ConvertAll(name => Find(change.Mailbox + name[change.OldName!.Length..]));
                return () =>
                {
                    Leave([.. old]);
                    moved.ForEach(Enter);
                };
            case AccountChangeKind.Annotated when change.Mailbox is { } mailbox:
                var annotated = Find(mailbox);
                return () =>
                {
                    if (annotated is { } folder && _folders.TryGetValue(folder.Path, out var known))
                        _folders[folder.Path] = known with { Annotations = folder.Annotations };
                };
            case AccountChangeKind.Annotated:
                var time = WatchedFolder.TimeOf(disk, AnnotationsPath);
                return () => _annotations = time;
            case AccountChangeKind.Access:
                return static () => { };
            default:
                var subscriptions = ReadSubscriptions();
                return () => (_subscriptions, _subscribed) = subscriptions;
        }
    }

    private List<WatchedFolder> Known()
    {
        lock (_lock)
            return [.. _folders.Values];
    }

    private WatchedFolder? Find(string mailbox) => account.Find(mailbox) is { } path ? WatchedFolder.Look(disk, mailbox, path) : null;

    private void Enter(WatchedFolder? folder)
    {
        if (folder is { } there)
            _folders[there.Path] = there;
    }

    // By one pass: a tree that is renamed may be large, and deliveries wait meanwhile.
    private void Leave(HashSet<string> mailboxes)
    {
        foreach (var path in _folders.Values.Where(folder => mailboxes.Contains(folder.Mailbox)).Select(folder => folder.Path).ToList())
            _folders.Remove(path);
    }

    private (DateTimeOffset? Time, HashSet<string> Names) ReadSubscriptions()
    {
        var time = WatchedFolder.TimeOf(disk, SubscriptionsPath);
        return (time, SubscriptionFile.Read(disk, account.Path, account.Layout).ToHashSet(StringComparer.Ordinal));
    }

    private List<(string Mailbox, string Path)> List() =>
        [.. account.HasInbox ? [(MailboxName.Inbox, account.Path)] : Array.Empty<(string, string)>(), .. account.List().Select(folder => (folder.Mailbox, Path.Join(account.Path, folder.Directory)))];
}
