using System.Collections.Immutable;
using MailOps.Maildir;
using MailOps.Maildir.Annotations;

namespace MailOps.Server.Tests.Imap;

/// <summary>A store in memory, for what commands say and do. What is durable is tested on the real one.</summary>
internal sealed class MemoryStore : IMailStore
{
    private readonly Dictionary<string, MemoryAccount> _accounts = new(StringComparer.Ordinal);

    /// <summary>Called ahead of each operation with its name; throws what is to break.</summary>
    public Action<string> Before { get; set; } = _ => { };

    /// <summary>What the status of a mailbox waits for.</summary>
    public Func<string, Task> BeforeStatus { get; set; } = _ => Task.CompletedTask;

    public MemoryAccount Account(string name)
    {
        lock (_accounts)
            return _accounts.TryGetValue(name, out var account) ? account : _accounts[name] = new MemoryAccount(this, name);
    }

    public ValueTask<IMailAccount> OpenAccountAsync(string account, CancellationToken cancel) => new(Account(account));

    public IDelivery BeginDelivery() => new MemoryDelivery(this);

    public ValueTask DisposeAsync() => default;
}

internal sealed class MemoryDelivery(MemoryStore store) : IDelivery
{
    private readonly MemoryStream _octets = new();

    public long Length => _octets.Length;

    public byte[] Octets => _octets.ToArray();

    public void Write(ReadOnlySpan<byte> octets)
    {
        store.Before("Write");
        _octets.Write(octets);
    }

    public MessageBlob OpenWritten() => MessageBlob.FromStream(new MemoryStream(Octets));

    public ValueTask CommitAsync(IReadOnlyList<DeliveryTarget> targets, CancellationToken cancel)
    {
        foreach (var target in targets)
            store.Account(target.Account).Folder(target.Mailbox)!.Add(Octets, MessageFlagSet.None, null);
        return default;
    }

    public async ValueTask<IReadOnlyList<MailStoreException?>> CommitEachAsync(IReadOnlyList<DeliveryTarget> targets, CancellationToken cancel)
    {
        await CommitAsync(targets, cancel);
        return new MailStoreException?[targets.Count];
    }

    public ValueTask DisposeAsync() => default;
}

internal sealed class MemoryFolder(string name)
{
    public const uint UidValidity = 1000;

    private readonly Dictionary<uint, (byte[] Octets, DateTimeOffset Date)> _contents = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ImmutableArray<MailboxMessage> _messages = [];

    public string Name => name;

    public uint UidNext { get; private set; } = 1;

    /// <summary>False for a folder that cannot keep mod-sequences. One that can has 1 for everything: what they are is tested on the real store.</summary>
    public bool HasModSeqs { get; set; } = true;

    public ImmutableArray<MailboxMessage> Messages
    {
        get
        {
            lock (_contents)
                return _messages;
        }
    }

    public Task Changed
    {
        get
        {
            lock (_contents)
                return _changed.Task;
        }
    }

    public List<string> Keywords { get; } = [];

    public uint Add(byte[] octets, MessageFlagSet flags, DateTimeOffset? date)
    {
        lock (_contents)
        {
            var uid = UidNext++;
            _contents[uid] = (octets, date ?? new DateTimeOffset(2024, 2, 3, 4, 5, 6, TimeSpan.FromHours(1)));
            Set(_messages.Add(new MailboxMessage(uid, octets.Length, flags, false, $"file{uid}")));
            return uid;
        }
    }

    public void Remove(uint uid)
    {
        lock (_contents)
            Set(_messages.RemoveAll(m => m.Uid == uid));
    }

    /// <summary>As if the file vanished: views still show the message, nobody can read it.</summary>
    public void Lose(uint uid) => _contents.Remove(uid);

    public void SetFlags(uint uid, MessageFlagSet flags)
    {
        lock (_contents)
        {
            foreach (var keyword in flags.Keywords)
            {
                if (!Keywords.Contains(keyword, StringComparer.OrdinalIgnoreCase))
                    Keywords.Add(keyword);
            }

            Set([.. _messages.Select(m => m.Uid == uid ? m with { Flags = flags } : m)]);
        }
    }

    public (byte[] Octets, DateTimeOffset Date)? Content(uint uid)
    {
        lock (_contents)
            return _contents.TryGetValue(uid, out var content) ? content : null;
    }

    private void Set(ImmutableArray<MailboxMessage> messages)
    {
        _messages = messages;
        _changed.TrySetResult();
        _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

internal sealed class MemoryView(MemoryStore store, MemoryAccount account, MemoryFolder folder, bool readOnly) : IMailbox
{
    private List<MailboxMessage> _view = [.. folder.Messages];
    private Task _changed = folder.Changed;

    public string Name => folder.Name;

    public bool ReadOnly => readOnly;

    public uint UidValidity => MemoryFolder.UidValidity;

    public uint UidNext => folder.UidNext;

    public IReadOnlyList<MailboxMessage> Messages => _view;

    public IReadOnlyList<string> Keywords => [.. folder.Keywords];

    public ulong HighestModSeq => folder.HasModSeqs ? 1ul : 0;

    public string Guid { get; } = new('0', 32);

    public string GuidOf(MailboxMessage message) => new('1', 32);

    public ValueTask<IReadOnlyList<UidRange>?> ExpungedSinceAsync(ulong modSeq, CancellationToken cancel) => new((IReadOnlyList<UidRange>?)null);

    public ValueTask<MailboxChanges> RefreshAsync(bool expunges, CancellationToken cancel)
    {
        store.Before("Refresh");
        _changed = folder.Changed;
        var now = folder.Messages;
        var expunged = new List<int>();
        var gone = new List<uint>();
        var view = new List<MailboxMessage>(_view);
        for (var i = 0; expunges && i < view.Count;)
        {
            if (now.Any(m => m.Uid == view[i].Uid))
            {
                i++;
                continue;
            }

            expunged.Add(i + 1);
            gone.Add(view[i].Uid);
            view.RemoveAt(i);
        }

        var changed = new List<int>();
        for (var i = 0; i < view.Count; i++)
        {
            if (now.FirstOrDefault(m => m.Uid == view[i].Uid) is { Uid: > 0 } current && !current.Flags.Equals(view[i].Flags))
            {
                view[i] = current;
                changed.Add(i + 1);
            }
        }

        var last = view.Count == 0 ? 0 : view[^1].Uid;
        var appended = now.Where(m => m.Uid > last && _view.All(v => v.Uid != m.Uid)).ToList();
        view.AddRange(appended);
        _view = view;
        return new(new MailboxChanges(expunged, appended.Count, changed) { ExpungedUids = gone });
    }

    public Task WaitForChangeAsync(CancellationToken cancel) => _changed.WaitAsync(cancel);

    public DateTimeOffset? InternalDate(MailboxMessage message) => folder.Content(message.Uid)?.Date;

    public ValueTask<Stream?> OpenMessageAsync(MailboxMessage message, CancellationToken cancel)
    {
        store.Before("Open");
        return new(folder.Content(message.Uid) is { } content ? new MemoryStream(content.Octets, writable: false) : null);
    }

    public ValueTask<IReadOnlyList<MailboxMessage>> SetInternalDateAsync(IReadOnlyList<MailboxMessage> messages, DateTimeOffset arrived, CancellationToken cancel) =>
        throw new NotSupportedException("No session of IMAP sets dates.");

    public ValueTask<FlagStoreResult> StoreFlagsAsync(IReadOnlyList<MailboxMessage> messages, FlagChange change, MessageFlagSet flags, ulong unchangedSince, CancellationToken cancel)
    {
        store.Before("StoreFlags");
        var stored = new List<MailboxMessage>();
        foreach (var message in messages)
        {
            if (folder.Messages.FirstOrDefault(m => m.Uid == message.Uid) is not { Uid: > 0 } current)
                continue;
            var keywords = current.Flags.Keywords;
            var changed = change switch
            {
                FlagChange.Add => new MessageFlagSet(current.Flags.System | flags.System, [.. keywords.Union(flags.Keywords, StringComparer.OrdinalIgnoreCase)]),
                FlagChange.Remove => new MessageFlagSet(current.Flags.System & ~flags.System, [.. keywords.Except(flags.Keywords, StringComparer.OrdinalIgnoreCase)]),
                _ => flags,
            };
            folder.SetFlags(message.Uid, changed);
            var index = _view.FindIndex(m => m.Uid == message.Uid);
            _view[index] = _view[index] with { Flags = changed };
            stored.Add(_view[index]);
        }

        return new(new FlagStoreResult(stored, []));
    }

    public ValueTask ExpungeAsync(IReadOnlyList<MailboxMessage>? only, CancellationToken cancel)
    {
        foreach (var message in (only ?? _view).Where(m => m.Flags.System.HasFlag(SystemFlags.Deleted)).ToList())
            folder.Remove(message.Uid);
        return default;
    }

    public ValueTask<CopiedMessages?> CopyAsync(IReadOnlyList<MailboxMessage> messages, string target, CancellationToken cancel)
    {
        store.Before("Copy");
        if (account.Folder(target) is not { } there)
            return new((CopiedMessages?)null);
        if (!messages.All(m => folder.Messages.Any(f => f.Uid == m.Uid)))
            return new(new CopiedMessages(MemoryFolder.UidValidity, [], []));
        var sources = messages.ToList();
        var uids = sources.ConvertAll(m => there.Add(folder.Content(m.Uid)!.Value.Octets, m.Flags, folder.Content(m.Uid)!.Value.Date));
        return new(new CopiedMessages(MemoryFolder.UidValidity, sources.ConvertAll(m => m.Uid), uids));
    }

    public async ValueTask<CopiedMessages?> MoveAsync(IReadOnlyList<MailboxMessage> messages, string target, CancellationToken cancel)
    {
        var moved = await CopyAsync(messages, target, cancel);
        await RemoveAsync([.. messages.Where(m => moved?.SourceUids.Contains(m.Uid) == true)], cancel);
        return moved;
    }

    public ValueTask<int> RemoveAsync(IReadOnlyList<MailboxMessage> messages, CancellationToken cancel)
    {
        store.Before("Remove");
        var there = messages.Where(message => folder.Messages.Any(one => one.Uid == message.Uid)).ToList();
        there.ForEach(message => folder.Remove(message.Uid));
        return new(there.Count);
    }

    public ValueTask DisposeAsync() => default;
}
