namespace MailOps.Maildir.Watching;

/// <summary>Watches the mailboxes of another account as one sees them who works there as a visitor.</summary>
/// <param name="prefix">What stands before the names of its mailboxes for him.</param>
/// <param name="account">The account, opened with him as the visitor.</param>
internal sealed class VisitedWatch(string prefix, MaildirAccount account) : IDisposable
{
    // What is shared is what all see; private annotations are each one's own.
    private const string Shared = "/shared/";

    private readonly IAccountWatch _watch = account.Watch();
    private HashSet<string> _visible = account.ListVisible().ToHashSet(StringComparer.Ordinal);

    /// <summary>The mailboxes that he may know of, by the names that they have for him.</summary>
    internal IEnumerable<string> Visible => _visible.Order(StringComparer.Ordinal).Select(name => prefix + name);

    /// <summary>Ends when there is something to take.</summary>
    internal Task WaitAsync(CancellationToken cancel) => _watch.WaitAsync(cancel);

    /// <summary>Takes what happened, as far as he may know of it.</summary>
    /// <returns>True if more happened than is kept.</returns>
    internal bool Take(HashSet<string> touched, List<AccountChange> changes)
    {
        var news = _watch.Take();
        foreach (var change in news.Changes)
        {
            if (change.Kind == AccountChangeKind.Renamed)
                changes.AddRange(Renamed(change.OldName!, change.Mailbox!));
            else if (Seen(change) is { } seen)
                changes.Add(seen);
            else if (change.Kind == AccountChangeKind.Access && _visible.Contains(change.Mailbox!))
                touched.Add(prefix + change.Mailbox);
        }

        touched.UnionWith(news.Touched.Where(_visible.Contains).Select(name => prefix + name));
        return news.IsOverflow;
    }

    /// <inheritdoc/>
    public void Dispose() => _watch.Dispose();

    private AccountChange? Seen(AccountChange change)
    {
        if (change.Mailbox is not { } name)
            return null;
        switch (change.Kind)
        {
            case AccountChangeKind.Created or AccountChangeKind.Deleted or AccountChangeKind.Access:
                return Compare(name, _visible.Contains(name));
            case AccountChangeKind.Annotated when _visible.Contains(name):
                var entries = change.Entries.Where(entry => entry.StartsWith(Shared, StringComparison.Ordinal)).ToList();
                return entries.Count == 0 ? null : new AccountChange(AccountChangeKind.Annotated, prefix + name) { Entries = entries };
            default:
                return null;
        }
    }

    // Those below it move with it. One whose mailbox above is told as renamed as well goes without saying.
    private List<AccountChange> Renamed(string oldName, string newName)
    {
        var now = account.ListVisible().ToHashSet(StringComparer.Ordinal);
        var before = _visible.Where(name => Moves(name, oldName)).Order(StringComparer.Ordinal).ToList();
        var come = now.Where(name => Moves(name, newName) && !_visible.Contains(name)).ToHashSet(StringComparer.Ordinal);

        // What else may be seen by now has a change of its own that follows.
        _visible.ExceptWith(before.Where(name => !now.Contains(name)));
        _visible.UnionWith(come);
        var told = new List<AccountChange>();
        var moved = new HashSet<string>(StringComparer.Ordinal);
        foreach (var old in before)
        {
            var name = newName + old[oldName.Length..];
            if (come.Remove(name))
            {
                moved.Add(old);
                if (!MailboxName.Above(old).Any(moved.Contains))
                    told.Add(new AccountChange(AccountChangeKind.Renamed, prefix + name) { OldName = prefix + old });
            }
            else if (!now.Contains(old))
            {
                told.Add(new AccountChange(AccountChangeKind.Deleted, prefix + old));
            }
        }

        told.AddRange(come.Order(StringComparer.Ordinal).Select(name => new AccountChange(AccountChangeKind.Created, prefix + name)));
        return told;
    }

    // INBOX stays where it is, with those below it, when its messages go.
    private static bool Moves(string name, string renamed) =>
        name == renamed || (renamed != MailboxName.Inbox && name.StartsWith(renamed + MailboxName.Separator, StringComparison.Ordinal));

    private AccountChange? Compare(string name, bool was)
    {
        var isVisible = account.Shows(name);
        if (isVisible)
            _visible.Add(name);
        else
            _visible.Remove(name);
        return was == isVisible ? null : new AccountChange(isVisible ? AccountChangeKind.Created : AccountChangeKind.Deleted, prefix + name);
    }
}
