using MailOps.Maildir;

namespace MailOps.Core.Tests.Maildir.Beside;

/// <summary>What must be in an account after a change. The UIDs of what came, and the numbers of mailboxes that are new, are free.</summary>
internal sealed class ExpectedAccount
{
    private readonly Dictionary<string, FolderState?> _folders;
    private readonly Dictionary<string, List<MessageState>> _old;
    private readonly Dictionary<string, List<(MessageState? Source, string Flags, long? Date)>> _new = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _subscribed;

    internal ExpectedAccount(AccountState before)
    {
        _folders = before.Folders.ToDictionary(pair => pair.Key, pair => (FolderState?)pair.Value, StringComparer.Ordinal);
        _old = before.Folders.ToDictionary(pair => pair.Key, pair => pair.Value.Messages.ToList(), StringComparer.Ordinal);
        _subscribed = new SortedSet<string>(before.Subscribed, StringComparer.Ordinal);
    }

    /// <param name="mailbox">Where it comes to.</param>
    /// <param name="source">What it is a copy of.</param>
    /// <param name="flags">Its flags.</param>
    /// <param name="date">Its INTERNALDATE; null for about now.</param>
    internal void Add(string mailbox, MessageState? source, string flags, long? date)
    {
        if (!_new.TryGetValue(mailbox, out var added))
            _new[mailbox] = added = [];
        added.Add((source, flags, date));
    }

    internal void Store(string mailbox, List<uint> uids, FlagChange change, List<string> flags)
    {
        var messages = _old[mailbox];
        for (var i = 0; i < messages.Count; i++)
        {
            if (!uids.Contains(messages[i].Uid))
                continue;
            var set = new SortedSet<string>(change == FlagChange.Replace ? [] : messages[i].Flags.Split(' ', StringSplitOptions.RemoveEmptyEntries), StringComparer.Ordinal);
            if (change == FlagChange.Remove)
                set.ExceptWith(flags);
            else
                set.UnionWith(flags);
            messages[i] = messages[i] with { Flags = string.Join(' ', set) };
        }
    }

    internal void Remove(string mailbox, List<uint> uids) => _old[mailbox].RemoveAll(message => uids.Contains(message.Uid));

    internal void Subscribe(string mailbox, bool subscribed) => _ = subscribed ? _subscribed.Add(mailbox) : _subscribed.Remove(mailbox);

    internal void Create(string mailbox) => (_folders[mailbox], _old[mailbox]) = (null, []);

    internal void Delete(string mailbox) => _ = (_folders.Remove(mailbox), _old.Remove(mailbox));

    internal void Rename(string mailbox, string target)
    {
        _folders.Remove(mailbox, out var folder);
        _old.Remove(mailbox, out var messages);
        (_folders[target], _old[target]) = (folder, messages!);
    }

    /// <summary>What is not as it must be.</summary>
    internal List<string> Complaints(AccountState after)
    {
        var complaints = new List<string>();
        if (!_subscribed.SetEquals(after.Subscribed))
            complaints.Add($"subscribed are '{string.Join("', '", after.Subscribed)}' and not '{string.Join("', '", _subscribed)}'");
        foreach (var name in _folders.Keys.Union(after.Folders.Keys, StringComparer.Ordinal))
        {
            if (!after.Folders.TryGetValue(name, out var found))
                complaints.Add($"'{name}' is gone");
            else if (!_folders.TryGetValue(name, out var was))
                complaints.Add($"'{name}' is there");
            else
                complaints.AddRange(Complaints(name, was, found));
        }

        return complaints;
    }

    private IEnumerable<string> Complaints(string name, FolderState? was, FolderState found)
    {
        if (was is not null && (was.UidValidity != found.UidValidity || was.Guid != found.Guid || was.UidNext > found.UidNext))
            yield return $"'{name}' was UIDVALIDITY {was.UidValidity} UIDNEXT {was.UidNext} GUID {was.Guid} and is UIDVALIDITY {found.UidValidity} UIDNEXT {found.UidNext} GUID {found.Guid}";
        foreach (var missing in _old[name].Except(found.Messages))
            yield return $"'{name}' has no {missing}";
        var came = found.Messages.Except(_old[name]).ToList();
        var due = _new.GetValueOrDefault(name, []);
        if (came.Count != due.Count)
            yield return $"in '{name}' came {came.Count} messages, not {due.Count}";
        foreach (var message in came.Where(message => message.Uid < (was?.UidNext ?? 1)))
            yield return $"'{name}' gives a UID again, for {message}";
        foreach (var (source, flags, date) in due)
        {
            var match = came.Find(message => message.Flags == flags && (date is null || message.Date == date) && (source is null || (message.Hash, message.Size, message.Guid) == (source.Hash, source.Size, source.Guid)));
            if (match is null)
                yield return $"in '{name}' did not come {source?.ToString() ?? "a message"} with '{flags}' of {date}; there came {string.Join(", ", came)}";
            else
                came.Remove(match);
        }
    }
}
