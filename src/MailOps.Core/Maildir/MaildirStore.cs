using System.Collections.Concurrent;
using MailOps.Maildir.Access;
using MailOps.Maildir.Disk;
using MailOps.Maildir.Folders;
using MailOps.Maildir.Layouts;
using MailOps.Maildir.Names;
using MailOps.Maildir.Quota;
using MailOps.Maildir.Watching;

namespace MailOps.Maildir;

// Lock order, outermost first:
//   1. an account's lock (AccountFolders.LockAsync): making, deleting and renaming its mailboxes, its subscriptions. In the process a
//      semaphore; between processes mailops-mailboxes.lock in the account's directory, and for subscriptions also Dovecot's subscriptions.lock
//      Inside of it, when rights change: Dovecot's dovecot-acl.lock of the mailbox, then SharingIndex, whose lock between processes is
//      Dovecot's too, shared-mailboxes.lock. Nobody who has one of these waits for an account
//   2. a folder's gate; of several folders, in the order in which they were made (FolderGates)
//   3. dovecot-uidlist.lock of a folder, shared with other programs (DotLocks)
//   4. the locks of UidValidityCounter, AccountQuotas, FolderRegistry and WatchedAccount, which wait for nothing. Between processes the counter has no lock:
//      its file's rename is one, as Dovecot has it; the quota's file is appended to, or replaced as a whole
//   5. the queue of the commit thread
// Deliveries take only the last two. The commit thread takes none of the others but FolderRegistry's and WatchedAccount's, so everybody may await it; who
// awaits it does so outside the gates. The count of an account (AccountQuotas) takes none but those of 4, and may be awaited anywhere.

/// <summary>
/// Accounts in Maildir++ folders below one directory: <c>mail/&lt;domain&gt;/&lt;local-part&gt;/</c>, readable and writable by Dovecot and
/// other Maildir programs at the same time.
/// </summary>
public sealed class MaildirStore : IMailStore
{
    private const string PublicName = "public";

    private readonly string? _mailPath;
    private readonly AccountFolders? _public;
    private readonly MaildirStoreOptions _options;
    private readonly MaildirLayout? _layout;
    private volatile MailQuota? _quota;
    private volatile int _maxMailboxes;
    private readonly ConcurrentDictionary<string, AccountFolders> _accounts = new(StringComparer.Ordinal);

    /// <summary>Opens the store in a directory, which is made if it is missing, and removes what a crash left in its <c>tmp</c>.</summary>
    /// <param name="path">The store's directory.</param>
    /// <param name="options">How it works; null for the defaults.</param>
    /// <exception cref="MailStoreException">The directory cannot be made or written.</exception>
    public MaildirStore(string path, MaildirStoreOptions? options = null)
        : this(path, options ?? new MaildirStoreOptions(), OperatingSystem.IsLinux() ? new LinuxDisk() : new PortableDisk())
    {
    }

    internal MaildirStore(string path, MaildirStoreOptions options, IMaildirDisk disk)
    {
        _options = options;
        _layout = options.Layout;
        _quota = options.Quota;
        MaxMailboxes = options.MaxMailboxes;
        var root = Path.GetFullPath(path);
        var scratch = Path.Join(root, "tmp");
        _mailPath = Path.Join(root, "mail");
        try
        {
            disk.CreateDirectory(_mailPath);
            disk.CreateDirectory(scratch);
            Leftovers.RemoveFromStore(disk, scratch);
            Leftovers.RemoveFromStore(disk, Path.Join(root, StoreEnvironment.LocksName));
        }
        catch
        {
            disk.Dispose();
            throw;
        }

        Environment = MakeEnvironment(disk, scratch, lockTickets: null);
        Folders = new FolderRegistry(Environment, options.WatchInterval, options.UsesNotification ? Inotify.Shared : null);
        _public = new AccountFolders(Environment, Path.Join(root, PublicName), FolderLayout.Of(MaildirLayout.MaildirPlusPlus), makesInbox: false, hasInbox: false);
        Sharing = new SharingIndex(Environment, Path.Join(root, SharingIndex.FileName), ReadSharing);
    }

    /// <summary>A store of one account, whose directory is there and stays what it is.</summary>
    internal MaildirStore(string name, string path, MaildirLayout layout, MaildirStoreOptions options, IMaildirDisk disk)
    {
        _options = options;
        _layout = layout;
        _quota = options.Quota;
        MaxMailboxes = options.MaxMailboxes;
        Environment = MakeEnvironment(disk, Path.Join(path, "tmp"), lockTickets: Path.Join(path, "tmp"));
        Folders = new FolderRegistry(Environment, options.WatchInterval, options.UsesNotification ? Inotify.Shared : null);
        _accounts[name] = new AccountFolders(Environment, path, FolderLayout.Of(layout), makesInbox: false);
    }

    /// <summary>What each account may hold, from now on. Null: an account has the limits of its <c>maildirsize</c> file, which an earlier quota may have written.</summary>
    public MailQuota? Quota
    {
        get => _quota;
        set => _quota = value;
    }

    /// <summary>How many mailboxes each account may have, from now on; null for any number.</summary>
    public int? MaxMailboxes
    {
        get => _maxMailboxes > 0 ? _maxMailboxes : null;
        set => _maxMailboxes = value ?? 0;
    }

    internal StoreEnvironment Environment { get; }

    internal FolderRegistry Folders { get; }

    /// <summary>Who shares mailboxes with whom; null in a store of one account.</summary>
    internal SharingIndex? Sharing { get; }

    /// <inheritdoc/>
    public async ValueTask<IMailAccount> OpenAccountAsync(string account, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var directory = AccountOf(account);
        if (Environment.Disk.Stat(Path.Join(directory.Path, PendingRename.FileName)) is not null)
            (await directory.LockAsync(cancel)).Dispose();
        return new MaildirAccount(this, account, directory);
    }

    /// <inheritdoc/>
    public async ValueTask<IMailAccount> OpenNamespacesAsync(string user, CancellationToken cancel)
    {
        _ = await OpenAccountAsync(user, cancel);
        return new UserMailboxes(this, user);
    }

    /// <summary>Opens the public mailboxes, for who administers the store. Their root, which has rights and no messages, is the empty name.</summary>
    /// <exception cref="MailStoreException">This is the Maildir of one account.</exception>
    public IMailAccount OpenPublic() => Open("", visitor: null) ?? throw new MailStoreException(StoreFault.Broken, "A Maildir of one account has no public mailboxes.");

    /// <summary>Opens the mailboxes of an account that is there, or the public ones, whose name is empty.</summary>
    /// <returns>Null if there is none.</returns>
    internal MaildirAccount? Open(string owner, Visitor? visitor)
    {
        if (owner.Length == 0)
            return _public is null ? null : new MaildirAccount(this, owner, _public, visitor);
        return Exists(owner) ? new MaildirAccount(this, owner, AccountOf(owner), visitor) : null;
    }

    /// <inheritdoc/>
    public ValueTask<bool> HasRoomAsync(string account, long octets, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var path = _accounts.TryGetValue(account, out var known) ? known.Path
            : _mailPath is not null && AccountPath.TryToDirectory(account, out var directory) ? Path.Join(_mailPath, directory)
            : null;
        return path is null ? new(true) : Environment.Quotas.HasRoomAsync(path, octets, 1, cancel);
    }

    /// <inheritdoc/>
    public IDelivery BeginDelivery() => new MaildirDelivery(this, Math.Clamp(_options.MemoryPerDelivery, 64 * 1024, 16 * 1024 * 1024));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Environment.Watches.DisposeAsync();
        await Folders.DisposeAsync();
        await Environment.Writing.DisposeAsync();
        await Environment.Commits.DisposeAsync();
        await Environment.Quotas.DisposeAsync();
        Environment.Locks.Dispose();
        Environment.Disk.Dispose();
    }

    // An account has a directory from its first message or login on. Its name is spelled in one way only.
    private bool Exists(string account) =>
        _accounts.ContainsKey(account)
        || (_mailPath is not null && AccountPath.TryToDirectory(account, out var directory)
            && AccountPath.TryFromDirectory(Path.GetDirectoryName(directory)!, Path.GetFileName(directory), out var canonical) && canonical == account
            && Environment.Disk.Stat(Path.Join(_mailPath, directory, "cur")) is not null);

    private IEnumerable<(string Owner, IEnumerable<string> SharedWith)> ReadSharing()
    {
        var domains = new List<string>();
        Environment.Disk.List(_mailPath!, directories: true, name => domains.Add(name.ToString()));
        foreach (var domain in domains)
        {
            var locals = new List<string>();
            Environment.Disk.List(Path.Join(_mailPath, domain), directories: true, name => locals.Add(name.ToString()));
            foreach (var local in locals)
            {
                var path = Path.Join(_mailPath, domain, local);
                if (AccountPath.TryFromDirectory(domain, local, out var account))
                    yield return (account, new MaildirAccount(this, account, new AccountFolders(Environment, path, LayoutOf(Environment.Disk, path), makesInbox: false)).SharedWith());
            }
        }
    }

    /// <summary>The account's directory. It is made when the process meets the account first.</summary>
    /// <exception cref="MailStoreException">No directory can have the account's name, or it cannot be made.</exception>
    internal AccountFolders AccountOf(string account)
    {
        if (_accounts.TryGetValue(account, out var known))
            return known;
        if (_mailPath is null)
            throw new MailStoreException(StoreFault.Broken, $"There is no account '{account}' here: this is the Maildir '{_accounts.Keys.First()}' alone.");
        if (!AccountPath.TryToDirectory(account, out var directory))
            throw new MailStoreException(StoreFault.Broken, $"No folder can be made for the account '{account}': a name is 'local@domain' without control characters, each part at most 255 octets long.");
        var path = Path.Join(_mailPath, directory);
        var made = new AccountFolders(Environment, path, LayoutOf(Environment.Disk, path), makesInbox: true);
        made.TryMakeInbox();
        return _accounts.GetOrAdd(account, made);
    }

    /// <summary>Makes the directories of an INBOX again whose directory is this, if it is one and may be made.</summary>
    internal bool TryMakeInbox(string path) =>
        _accounts.Values.FirstOrDefault(account => account.Path == path)?.TryMakeInbox() ?? false;

    private FolderLayout LayoutOf(IMaildirDisk disk, string account) =>
        FolderLayout.Of(_layout ?? LayoutDetection.Marked(disk, account) ?? MaildirLayout.MaildirPlusPlus);

    private StoreEnvironment MakeEnvironment(IMaildirDisk disk, string scratch, string? lockTickets) =>
        new(disk, new CommitThread(disk, "MailOps store commit"), _options.TimeProvider, scratch, lockTickets)
        {
            Quotas = new AccountQuotas(disk, path => path == _public?.Path ? null : Quota, account => LayoutOf(disk, account), () => Path.Join(scratch, UniqueNames.Next(_options.TimeProvider)), _options.TimeProvider),
            Watches = new AccountWatches(disk, _options.TimeProvider, _options.AccountWatchInterval),
        };
}
