namespace MailOps.Maildir.Watching;

/// <summary>
/// Watches all that one user sees: his own mailboxes, and those of others as far as he may know of them. Of those it tells what it looks like to
/// him: a mailbox that he may know of from now on is made for him, and one that he may not any more is deleted (RFC 5465 section 5.4).
/// </summary>
/// <param name="own">The watch on his own mailboxes.</param>
/// <param name="watches">The watches of the store.</param>
/// <param name="visited">The accounts of others that may show him something, and what stands before their mailboxes' names.</param>
internal sealed class UserWatch(IAccountWatch own, AccountWatches watches, Func<CancellationToken, ValueTask<IReadOnlyList<(string Prefix, MaildirAccount Account)>>> visited) : IAccountWatch
{
    private readonly Dictionary<string, VisitedWatch> _others = new(StringComparer.Ordinal);
    private readonly List<AccountChange> _pending = [];
    private Task _sharing = watches.SharingChanged;

    /// <inheritdoc/>
    public async Task WaitAsync(CancellationToken cancel)
    {
        while (_pending.Count == 0)
        {
            using var done = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            var waits = _others.Values.Select(other => other.WaitAsync(done.Token)).Append(own.WaitAsync(done.Token)).ToList();
            var sharing = _sharing.WaitAsync(done.Token);
            var first = await Task.WhenAny([.. waits, sharing]);
            await done.CancelAsync();
            foreach (var wait in waits.Append(sharing))
                await wait.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancel.ThrowIfCancellationRequested();
            if (first != sharing)
                return;
            await RenewAsync(cancel);
        }
    }

    /// <inheritdoc/>
    public AccountNews Take()
    {
        var news = own.Take();
        var (touched, changes, isOverflow) = (news.Touched.ToHashSet(StringComparer.Ordinal), news.Changes.ToList(), news.IsOverflow);
        changes.AddRange(_pending);
        _pending.Clear();
        foreach (var other in _others.Values)
            isOverflow |= other.Take(touched, changes);
        return new AccountNews(touched, changes, isOverflow);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        own.Dispose();
        foreach (var other in _others.Values)
            other.Dispose();
    }

    /// <summary>Begins: what is shared now is known to the user.</summary>
    /// <exception cref="MailStoreException">Who shares something, or what, cannot be read.</exception>
    internal async ValueTask BeginAsync(CancellationToken cancel)
    {
        await RenewAsync(cancel);
        _pending.Clear();
    }

    // Finds out anew who shares something with the user: what came and went for him by that is to be told. What can be read is told of, and
    // the rest is tried again.
    private async ValueTask RenewAsync(CancellationToken cancel)
    {
        // What is shared meanwhile is looked at the next time.
        _sharing = watches.SharingChanged;
        MailStoreException? failure = null;
        try
        {
            var now = await visited(cancel);
            foreach (var (prefix, account) in now)
                failure = TryAdd(prefix, account) ?? failure;
            foreach (var gone in _others.Keys.Except(now.Select(one => one.Prefix), StringComparer.Ordinal).ToList())
            {
                _others.Remove(gone, out var watch);
                _pending.AddRange(watch!.Visible.Select(name => new AccountChange(AccountChangeKind.Deleted, name)));
                watch.Dispose();
            }
        }
        catch (MailStoreException e)
        {
            failure = e;
        }

        if (failure is null)
            return;
        _sharing = Task.CompletedTask;
        throw failure;
    }

    private MailStoreException? TryAdd(string prefix, MaildirAccount account)
    {
        if (_others.ContainsKey(prefix))
            return null;
        try
        {
            var watch = new VisitedWatch(prefix, account);
            _others.Add(prefix, watch);
            _pending.AddRange(watch.Visible.Select(name => new AccountChange(AccountChangeKind.Created, name)));
            return null;
        }
        catch (MailStoreException e)
        {
            return e;
        }
    }
}
