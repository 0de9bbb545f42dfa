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
            if (Seen(change) is { } seen)
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
            case AccountChangeKind.Renamed:
                var was = _visible.Contains(change.OldName!);
                _visible = account.ListVisible().ToHashSet(StringComparer.Ordinal);
                var isVisible = _visible.Contains(name);
                return was && isVisible ? new AccountChange(AccountChangeKind.Renamed, prefix + name) { OldName = prefix + change.OldName }
                    : was ? new AccountChange(AccountChangeKind.Deleted, prefix + change.OldName)
                    : isVisible ? new AccountChange(AccountChangeKind.Created, prefix + name)
                    : null;
            case AccountChangeKind.Annotated when _visible.Contains(name):
                var entries = change.Entries.Where(entry => entry.StartsWith(Shared, StringComparison.Ordinal)).ToList();
                return entries.Count == 0 ? null : new AccountChange(AccountChangeKind.Annotated, prefix + name) { Entries = entries };
            default:
                return null;
        }
    }

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
