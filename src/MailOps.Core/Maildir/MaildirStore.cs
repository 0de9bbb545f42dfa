using System.Collections.Concurrent;
using System.Diagnostics;
using MailOps.Maildir.Disk;
using MailOps.Maildir.Folders;
using MailOps.Maildir.Names;

namespace MailOps.Maildir;

// Lock order, outermost first:
//   1. an account's lock (AccountState): making, deleting and renaming its mailboxes, its subscriptions
//   2. a folder's gate; of two folders, in the order in which they were made (FolderGates)
//   3. dovecot-uidlist.lock of a folder, shared with other programs (DotLocks)
//   4. the locks of UidValidityCounter and FolderRegistry, which wait for nothing
//   5. the queue of the commit thread
// Deliveries take only the last. The commit thread takes none of the others but FolderRegistry's, so everybody may await it; who
// awaits it does so outside the gates.

/// <summary>
/// Accounts in Maildir++ folders below one directory: <c>mail/&lt;domain&gt;/&lt;local-part&gt;/</c>, readable and writable by Dovecot and
/// other Maildir programs at the same time. The store must lie on file systems that keep a name's case.
/// </summary>
public sealed class MaildirStore : IMailStore
{
    private static readonly TimeSpan ScratchLifetime = TimeSpan.FromHours(36);

    private readonly string _mailPath;
    private readonly MaildirStoreOptions _options;
    private readonly ConcurrentDictionary<string, AccountState> _accounts = new(StringComparer.Ordinal);

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
        var root = Path.GetFullPath(path);
        var scratch = Path.Join(root, "tmp");
        _mailPath = Path.Join(root, "mail");
        try
        {
            disk.CreateDirectory(_mailPath);
            disk.CreateDirectory(scratch);
            RemoveLeftovers(disk, scratch);
            RemoveLeftovers(disk, Path.Join(root, StoreEnvironment.LocksName));
        }
        catch
        {
            disk.Dispose();
            throw;
        }

        Environment = new StoreEnvironment(disk, new CommitThread(disk, "MailOps store commit"), options.TimeProvider, scratch);
        Folders = new FolderRegistry(Environment, options.WatchInterval);
    }

    internal StoreEnvironment Environment { get; }

    internal FolderRegistry Folders { get; }

    /// <inheritdoc/>
    public ValueTask<IMailAccount> OpenAccountAsync(string account, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return new ValueTask<IMailAccount>(new MaildirAccount(this, account, AccountOf(account)));
    }

    /// <inheritdoc/>
    public IDelivery BeginDelivery() => new MaildirDelivery(this, Math.Clamp(_options.MemoryPerDelivery, 64 * 1024, 16 * 1024 * 1024));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Folders.DisposeAsync();
        await Environment.Commits.DisposeAsync();
        Environment.Locks.Dispose();
        Environment.Disk.Dispose();
    }

    /// <summary>The account's directory and lock. The directory is made when the process meets the account first.</summary>
    /// <exception cref="MailStoreException">No directory can have the account's name, or it cannot be made.</exception>
    internal AccountState AccountOf(string account)
    {
        if (_accounts.TryGetValue(account, out var known))
            return known;
        if (!AccountPath.TryToDirectory(account, out var directory))
            throw new MailStoreException(StoreFault.Broken, $"No folder can be made for the account '{account}': a name is 'local@domain' without control characters, each part at most 255 octets long.");
        var state = new AccountState(Path.Join(_mailPath, directory));
        MakeFolder(state.Path);
        return _accounts.GetOrAdd(account, state);
    }

    /// <summary>Makes a folder's directories; those that are there are left alone.</summary>
    internal void MakeFolder(string path)
    {
        // cur comes last: a directory with cur is a folder.
        var disk = Environment.Disk;
        disk.CreateDirectory(Path.Join(path, "tmp"));
        disk.CreateDirectory(Path.Join(path, "new"));
        disk.CreateDirectory(Path.Join(path, "cur"));
    }

    /// <summary>The directory of a mailbox that exists, or null.</summary>
    internal string? FindMailbox(AccountState account, string mailbox)
    {
        if (!MailboxPath.TryNormalize(mailbox, out var normal))
            return null;
        if (normal == MailboxName.Inbox)
        {
            MakeInboxIfMissing(account);
            return account.Path;
        }

        var canonical = Path.Join(account.Path, MailboxPath.ToDirectory(normal));
        if (IsFolder(canonical))
            return canonical;

        // Another program may have made it in another spelling.
        string? other = null;
        Environment.Disk.List(account.Path, directories: true, directory =>
        {
            if (other is null && directory[0] == '.' && MailboxPath.TryFromDirectory(directory.ToString(), out var name) && name == normal)
                other = Path.Join(account.Path, directory);
        });
        return other is not null && IsFolder(other) ? other : null;
    }

    internal bool IsFolder(string path) => Environment.Disk.Stat(Path.Join(path, "cur")) is not null;

    internal void MakeInboxIfMissing(AccountState account)
    {
        if (!IsFolder(account.Path) || Environment.Disk.Stat(Path.Join(account.Path, "new")) is null)
            MakeFolder(account.Path);
    }

    private static void RemoveLeftovers(IMaildirDisk disk, string scratch)
    {
        var old = new List<(string Path, bool IsDirectory)>();
        foreach (var isDirectory in (ReadOnlySpan<bool>)[false, true])
        {
            disk.List(scratch, isDirectory, name =>
            {
                var path = Path.Join(scratch, name);
                if (UniqueNames.IsLeftBehind(name, IsAlive) || disk.Stat(path) is { } facts && DateTimeOffset.UtcNow - facts.Modified > ScratchLifetime)
                    old.Add((path, isDirectory));
            });
        }

        foreach (var (path, isDirectory) in old)
        {
            if (isDirectory)
                disk.DeleteTree(path);
            else
                disk.Unlink(path);
        }
    }

    private static bool IsAlive(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return !process.HasExited;
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            return false;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return true;
        }
    }
}
