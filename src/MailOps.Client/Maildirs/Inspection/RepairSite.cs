using MailOps.Maildir;
using MailOps.Maildir.Disk;
using MailOps.Maildir.Folders;

namespace MailOps.Client.Maildirs.Inspection;

/// <summary>Where a repair works: the Maildir, opened with its locks, and a place for what is taken out of it.</summary>
internal sealed class RepairSite : IAsyncDisposable
{
    /// <summary>The directory in the Maildir where files lie that a repair has taken out.</summary>
    internal const string LostAndFound = "mailops-lostfound";

    private readonly string _aside;
    private readonly Dictionary<string, MailStoreException> _keptLocks = new(StringComparer.Ordinal);
    private MaildirInPlace? _maildir;

    internal RepairSite(MaildirSource source, DateTimeOffset now)
    {
        Source = source;
        _aside = Path.Join(source.Root, LostAndFound, now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", System.Globalization.CultureInfo.InvariantCulture));
    }

    internal MaildirSource Source { get; }

    internal IMaildirDisk Disk => Source.Disk;

    /// <summary>Takes a file out of the Maildir. It is kept.</summary>
    internal string PutAside(string mailbox, string path)
    {
        var target = NewPlace(mailbox, path);
        return Disk.Rename(path, target) ? $"It lies in '{target}' now." : "It was gone already.";
    }

    /// <summary>Keeps a copy of a file that is about to be written anew.</summary>
    internal string CopyAside(string mailbox, string path)
    {
        if (Disk.ReadAll(path) is not { } octets)
            return "It was gone already.";
        var target = NewPlace(mailbox, path);
        Disk.Create(target, [octets]);
        return $"What it was lies in '{target}'.";
    }

    /// <summary>Changes names in a folder, or a file that servers share, with the list of UIDs locked as they lock it: a look at the directory misses nothing meanwhile.</summary>
    /// <exception cref="MailStoreException">Another program keeps the lock.</exception>
    internal async Task<string> LockedAsync(FolderScan folder, Func<string> change)
    {
        // What was waited for once is not waited for again by every repair that follows.
        if (_keptLocks.TryGetValue(folder.Directory, out var kept))
            throw kept;
        var maildir = await OpenAsync().ConfigureAwait(false);
        try
        {
            using var locked = await maildir.Store.Environment.Locks.AcquireAsync(folder.PathOf(UidList.FileName + ".lock"), CancellationToken.None).ConfigureAwait(false);
            return change();
        }
        catch (MailStoreException e) when (e.Fault == StoreFault.Broken && e.Message.StartsWith("Cannot lock", StringComparison.Ordinal))
        {
            _keptLocks[folder.Directory] = e;
            throw;
        }
    }

    /// <summary>Has the store read a folder: messages without a UID get one, and a list that is damaged is written anew.</summary>
    internal async Task<MailboxStatus?> NumberAsync(string mailbox)
    {
        var maildir = await OpenAsync().ConfigureAwait(false);
        return await maildir.Account.StatusAsync(mailbox, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Has the store count what the account holds.</summary>
    internal async Task<MailQuotaUsage?> CountAsync()
    {
        var maildir = await OpenAsync().ConfigureAwait(false);
        await maildir.Store.Environment.Quotas.RecountAsync(Source.Root, CancellationToken.None).ConfigureAwait(false);
        return await maildir.Account.GetQuotaAsync(CancellationToken.None).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (_maildir is not null)
            await _maildir.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<MaildirInPlace> OpenAsync() =>
        _maildir ??= await MaildirInPlace.OpenAsync(Source.Root, new MaildirStoreOptions { Layout = Source.Layout.Kind }, CancellationToken.None).ConfigureAwait(false);

    private string NewPlace(string mailbox, string path)
    {
        Disk.CreateDirectory(_aside);
        return Path.Join(_aside, $"{mailbox.Replace('/', '.')}.{Guid.NewGuid().ToString("N")[..8]}.{Path.GetFileName(path)}");
    }
}
