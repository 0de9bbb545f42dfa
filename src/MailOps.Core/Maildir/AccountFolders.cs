using MailOps.Maildir.Access;
using MailOps.Maildir.Disk;
using MailOps.Maildir.Folders;
using MailOps.Maildir.Layouts;

namespace MailOps.Maildir;

/// <summary>The directory of an account, with its mailboxes as they lie on the disk, and what all its sessions share.</summary>
internal sealed class AccountFolders
{
    private const string FolderMarker = "maildirfolder";
    internal const string LockName = "mailops-mailboxes.lock";
    private const int MostAttempts = 8;

    private readonly StoreEnvironment _store;
    private readonly bool _makesInbox;
    private readonly SemaphoreSlim _lock = new(1, 1);
    private readonly Lazy<bool> _ignoresCase;

    /// <summary>An account's directory.</summary>
    /// <param name="store">The disk and what is on it.</param>
    /// <param name="path">The directory, which is the account's INBOX.</param>
    /// <param name="layout">How the other mailboxes lie in it.</param>
    /// <param name="makesInbox">True if an INBOX that is missing is made. A Maildir that was opened where it lies is never made.</param>
    /// <param name="hasInbox">False for public mailboxes, above which there is only a directory.</param>
    internal AccountFolders(StoreEnvironment store, string path, FolderLayout layout, bool makesInbox, bool hasInbox = true)
    {
        HasInbox = hasInbox;
        _store = store;
        _makesInbox = makesInbox;
        Path = path;
        Layout = layout;

        // Asked once, and without a write: a file system that finds CUR where there is cur does not tell the two apart.
        _ignoresCase = new Lazy<bool>(() => Disk.Stat(System.IO.Path.Join(path, "CUR")) is { } upper && Disk.Stat(System.IO.Path.Join(path, "cur")) == upper);
    }

    /// <summary>The account's directory, which is its INBOX.</summary>
    internal string Path { get; }

    internal FolderLayout Layout { get; }

    /// <summary>True if the directory is a mailbox itself.</summary>
    internal bool HasInbox { get; }

    private IMaildirDisk Disk => _store.Disk;

    /// <summary>
    /// Keeps others from making, deleting and renaming mailboxes and from changing subscriptions: sessions of this process, and other
    /// processes. A rename that a crash interrupted is finished first.
    /// </summary>
    internal async ValueTask<IDisposable> LockAsync(CancellationToken cancel)
    {
        await _lock.WaitAsync(cancel);
        try
        {
            if (!HasInbox)
                Disk.CreateDirectory(Path);
            var locked = await _store.Locks.AcquireAsync(System.IO.Path.Join(Path, LockName), cancel);
            try
            {
                PendingRename.Finish(this, Disk);
                return new Held(this, locked);
            }
            catch
            {
                locked.Dispose();
                throw;
            }
        }
        catch
        {
            _lock.Release();
            throw;
        }
    }

    /// <summary>The directory of a mailbox that exists, or null.</summary>
    internal string? Find(string mailbox)
    {
        if (!Layout.TryNormalize(mailbox, out var normal))
            return null;
        if (normal == MailboxName.Inbox)
        {
            if (!HasInbox)
                return null;
            MakeInboxIfMissing();
            return Path;
        }

        var canonical = PathOf(normal);
        if (FolderLayout.MayBeFolder(Disk, canonical) && !_ignoresCase.Value)
            return canonical;

        // Another program may have made it in another spelling; and where case does not matter, the file system finds more than is meant.
        var other = List().Find(folder => folder.Mailbox == normal);
        return other.Directory is null ? null : System.IO.Path.Join(Path, other.Directory);
    }

    /// <summary>
    /// True if a mailbox, or with nested directories one above it, differs from this name in case alone, and the file system cannot tell
    /// the two apart.
    /// </summary>
    /// <param name="normal">The name.</param>
    /// <param name="isMoving">Mailboxes that make room, whose own last level may differ.</param>
    internal bool ClashesByCase(string normal, Predicate<string> isMoving)
    {
        if (!_ignoresCase.Value)
            return false;
        foreach (var (mailbox, _) in List())
        {
            if (mailbox != normal && mailbox.Equals(normal, StringComparison.OrdinalIgnoreCase) && !isMoving(mailbox))
                return true;
            for (var end = 0; Layout.Kind == MaildirLayout.Fs && (end = normal.IndexOf(MailboxName.Separator, end + 1)) > 0;)
            {
                if (mailbox.Length > end && mailbox[end] == MailboxName.Separator
                    && mailbox.AsSpan(0, end).Equals(normal.AsSpan(0, end), StringComparison.OrdinalIgnoreCase) && !mailbox.AsSpan(0, end).SequenceEqual(normal.AsSpan(0, end)))
                    return true;
            }
        }

        return false;
    }

    /// <summary>The mailboxes beside INBOX. None is missed because another program renamed it meanwhile.</summary>
    internal List<FoundFolder> List()
    {
        List<FoundFolder>? before = null;
        for (var attempt = 1; ; attempt++)
        {
            var found = new List<FoundFolder>();
            var looked = new LookedAt(Disk);
            Layout.List(Disk, Path, found.Add, looked);

            // Deliveries into INBOX touch the same directory: that two looks agree is enough.
            if (looked.StoodStill() || attempt == MostAttempts || (before is not null && found.SequenceEqual(before)))
                return found;
            before = found;
        }
    }

    internal string PathOf(string normal) => System.IO.Path.Join(Path, Layout.ToDirectory(normal));

    internal bool IsFolder(string path) => FolderLayout.IsFolder(Disk, path);

    /// <summary>
    /// Makes a mailbox whose name is free, with the rights that it is to have from the beginning. The account is locked. In Maildir++
    /// it has its name when it is whole, since other programs take any directory with such a name for a mailbox.
    /// </summary>
    internal void Make(string normal, AccessList access)
    {
        var path = PathOf(normal);
        if (Layout.Kind == MaildirLayout.MaildirPlusPlus && Disk.Stat(path) is null && TryMakeAtOnce(path, access))
            return;
        RemoveRemains(path);
        Furnish(path, access);
    }

    // False if another program has made it meanwhile, or the account lies on a file system of its own.
    private bool TryMakeAtOnce(string path, AccessList access)
    {
        var made = _store.NewScratchPath();
        var isWhole = false;
        try
        {
            Furnish(made, access);
            isWhole = true;
            return Disk.Rename(made, path);
        }
        catch (MailStoreException error) when (isWhole && error.Fault == StoreFault.Broken)
        {
            return false;
        }
        finally
        {
            Disk.DeleteTree(made);
        }
    }

    private void Furnish(string path, AccessList access)
    {
        if (!access.IsEmpty)
        {
            Disk.CreateDirectory(path);
            Disk.Create(System.IO.Path.Join(path, AccessList.FileName), [access.Format()]);
        }

        MakeDirectories(path);
        if (Layout.Kind == MaildirLayout.MaildirPlusPlus)
            Disk.Create(System.IO.Path.Join(path, FolderMarker), []);
    }

    /// <summary>Makes INBOX again if its directories are missing.</summary>
    internal void MakeInboxIfMissing()
    {
        if (HasInbox && (!IsFolder(Path) || Disk.Stat(System.IO.Path.Join(Path, "new")) is null))
            TryMakeInbox();
    }

    /// <summary>Makes the directories of INBOX, where that is allowed.</summary>
    internal bool TryMakeInbox()
    {
        if (!_makesInbox && !IsFolder(Path))
            return false;
        MakeDirectories(Path);
        if (_makesInbox && Layout.Kind == MaildirLayout.Fs)
            LayoutDetection.MarkNested(Disk, Path);
        return true;
    }

    // cur comes last: a directory with cur is a folder.
    private void MakeDirectories(string path)
    {
        Disk.CreateDirectory(System.IO.Path.Join(path, "tmp"));
        Disk.CreateDirectory(System.IO.Path.Join(path, "new"));
        Disk.CreateDirectory(System.IO.Path.Join(path, "cur"));
    }

    // What is left of a mailbox that was deleted here must not give its UIDVALIDITY and UIDs to the new one.
    private void RemoveRemains(string path)
    {
        var remains = new List<string>();
        Disk.List(path, directories: false, file =>
        {
            if (file.StartsWith("dovecot", StringComparison.Ordinal) || file.StartsWith("mailops-", StringComparison.Ordinal))
                remains.Add(file.ToString());
        });
        foreach (var file in remains)
            Disk.Unlink(System.IO.Path.Join(path, file));
    }

    private sealed class Held(AccountFolders account, DotLock locked) : IDisposable
    {
        public void Dispose()
        {
            locked.Dispose();
            account._lock.Release();
        }
    }
}
