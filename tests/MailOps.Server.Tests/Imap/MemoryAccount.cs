using System.Collections.Immutable;
using MailOps.Maildir;
using MailOps.Maildir.Annotations;
using MailOps.Maildir.Watching;

namespace MailOps.Server.Tests.Imap;

/// <summary>An account of a store in memory.</summary>
internal sealed class MemoryAccount : IMailAccount
{
    private readonly MemoryStore _store;
    private readonly SortedDictionary<string, MemoryFolder> _folders = new(StringComparer.Ordinal);
    private readonly List<string> _subscribed = [];
    private readonly Dictionary<string, Dictionary<string, ReadOnlyMemory<byte>>> _annotations = new(StringComparer.Ordinal);

    public MemoryAccount(MemoryStore store, string name)
    {
        _store = store;
        Name = name;
        _folders["INBOX"] = new MemoryFolder("INBOX");
    }

    public string Name { get; }

    /// <summary>What GETQUOTA is told.</summary>
    public MailQuotaUsage? Quota { get; set; }

    public ValueTask<MailQuotaUsage?> GetQuotaAsync(CancellationToken cancel) => new(Quota);

    public MemoryFolder? Folder(string name)
    {
        lock (_folders)
            return _folders.GetValueOrDefault(name);
    }

    public ValueTask<IReadOnlyList<MailboxInfo>> ListAsync(CancellationToken cancel)
    {
        _store.Before("List");
        lock (_folders)
        {
            var names = _folders.Keys.ToHashSet(StringComparer.Ordinal);
            foreach (var name in _folders.Keys)
            {
                for (var end = name.LastIndexOf('/'); end > 0; end = name.LastIndexOf('/', end - 1))
                    names.Add(name[..end]);
            }

            return new([.. names.OrderBy(n => n != "INBOX").ThenBy(n => n, StringComparer.Ordinal)
                .Select(n => new MailboxInfo(n, _folders.ContainsKey(n), names.Any(o => o.StartsWith(n + "/", StringComparison.Ordinal))))]);
        }
    }

    public ValueTask<IReadOnlyList<string>> ListSubscribedAsync(CancellationToken cancel) => new(_subscribed.ToArray());

    public ValueTask SetSubscribedAsync(string mailbox, bool subscribed, CancellationToken cancel)
    {
        _subscribed.Remove(mailbox);
        if (subscribed)
            _subscribed.Add(mailbox);
        return default;
    }

    public ValueTask<MailboxOutcome> CreateAsync(string mailbox, CancellationToken cancel)
    {
        _store.Before("Create");
        lock (_folders)
        {
            if (mailbox.Length == 0 || mailbox.Contains("//", StringComparison.Ordinal))
                return new(MailboxOutcome.InvalidName);
            return new(_folders.TryAdd(mailbox, new MemoryFolder(mailbox)) ? MailboxOutcome.Done : MailboxOutcome.AlreadyExists);
        }
    }

    public ValueTask<MailboxOutcome> DeleteAsync(string mailbox, CancellationToken cancel)
    {
        lock (_folders)
            return new(mailbox == "INBOX" ? MailboxOutcome.InvalidName : _folders.Remove(mailbox) ? MailboxOutcome.Done : MailboxOutcome.NonExistent);
    }

    public ValueTask<MailboxOutcome> RenameAsync(string mailbox, string newName, CancellationToken cancel)
    {
        lock (_folders)
        {
            if (_folders.ContainsKey(newName))
                return new(MailboxOutcome.AlreadyExists);
            if (!_folders.Remove(mailbox, out var folder))
                return new(MailboxOutcome.NonExistent);
            _folders[newName] = folder;
            return new(MailboxOutcome.Done);
        }
    }

    public ValueTask<IReadOnlyDictionary<string, ReadOnlyMemory<byte>>?> GetAnnotationsAsync(string? mailbox, CancellationToken cancel) =>
        new(mailbox is null || Folder(mailbox) is not null ? AnnotationsOf(mailbox) : null);

    public ValueTask<AnnotationOutcome> SetAnnotationsAsync(string? mailbox, IReadOnlyDictionary<string, ReadOnlyMemory<byte>?> changes, CancellationToken cancel)
    {
        _store.Before("Annotate");
        if (mailbox is not null && Folder(mailbox) is null)
            return new(AnnotationOutcome.NonExistent);
        var entries = AnnotationsOf(mailbox);
        if (entries.Keys.Where(name => !changes.ContainsKey(name)).Concat(changes.Where(change => change.Value is not null).Select(change => change.Key)).Count() > AnnotationLimits.MostEntries)
            return new(AnnotationOutcome.TooMany);
        foreach (var (name, value) in changes)
        {
            if (value is { } there)
                entries[name] = there;
            else
                entries.Remove(name);
        }

        return new(AnnotationOutcome.Done);
    }

    private Dictionary<string, ReadOnlyMemory<byte>> AnnotationsOf(string? mailbox)
    {
        lock (_annotations)
        {
            if (!_annotations.TryGetValue(mailbox ?? "", out var entries))
                _annotations.Add(mailbox ?? "", entries = new(StringComparer.Ordinal));
            return entries;
        }
    }

    /// <summary>Who watches. Nothing is told here by itself: that is tested on the real store.</summary>
    public List<AccountWatch> Watches { get; } = [];

    public ValueTask<IAccountWatch> WatchAsync(CancellationToken cancel)
    {
        var watch = new AccountWatch(this, closed => Watches.Remove(closed));
        Watches.Add(watch);
        return new(watch);
    }

    public async ValueTask<MailboxStatus?> StatusAsync(string mailbox, CancellationToken cancel)
    {
        _store.Before("Status " + mailbox);
        await _store.BeforeStatus(mailbox);
        return Folder(mailbox) is { } folder
            ? new MailboxStatus(folder.Messages.Length, 0, folder.Messages.Count(m => !m.Flags.System.HasFlag(SystemFlags.Seen)), folder.UidNext, MemoryFolder.UidValidity, folder.Messages.Sum(m => m.Size), folder.HasModSeqs ? 1ul : 0, folder.Messages.Count(m => m.Flags.System.HasFlag(SystemFlags.Deleted)), folder.Messages.Where(m => m.Flags.System.HasFlag(SystemFlags.Deleted)).Sum(m => m.Size), new string('0', 32))
            : null;
    }

    public ValueTask<IMailbox?> OpenAsync(string mailbox, bool readOnly, CancellationToken cancel) =>
        new(Folder(mailbox) is { } folder ? new MemoryView(_store, this, folder, readOnly) : null);

    public ValueTask<IReadOnlyList<AppendedMessage>?> AppendAsync(string mailbox, IReadOnlyList<MessageToAppend> messages, CancellationToken cancel)
    {
        _store.Before("Append");
        return new(Folder(mailbox) is { } folder
            ? [.. messages.Select(message => new AppendedMessage(MemoryFolder.UidValidity, folder.Add(((MemoryDelivery)message.Message).Octets, message.Flags, message.InternalDate)))]
            : null);
    }

    public async ValueTask<IReadOnlyList<AppendedMessage>?> ReplaceAsync(string mailbox, MessageToAppend message, IMailbox view, MailboxMessage replaced, CancellationToken cancel)
    {
        if (await AppendAsync(mailbox, [message], cancel) is not { } appended)
            return null;
        if (await view.RemoveAsync([replaced], cancel) > 0)
            return appended;
        Folder(mailbox)!.Remove(appended[0].Uid);
        return [];
    }
}
