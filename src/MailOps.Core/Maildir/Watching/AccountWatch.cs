namespace MailOps.Maildir.Watching;

/// <summary>One who watches an account. However slow it is, no more is kept for it than the names of the mailboxes, and a bounded number of changes to them.</summary>
/// <param name="origin">Whose own changes to mailboxes are not told.</param>
/// <param name="close">Ends the watch.</param>
internal sealed class AccountWatch(object? origin, Action<AccountWatch> close) : IAccountWatch
{
    /// <summary>Changes to mailboxes that are kept for one who does not ask.</summary>
    internal const int MostChanges = 10_000;

    private readonly Lock _lock = new();
    private HashSet<string> _touched = new(StringComparer.Ordinal);
    private List<AccountChange> _changes = [];
    private bool _isOverflow;
    private TaskCompletionSource _hasNews = NewSignal();

    /// <inheritdoc/>
    public Task WaitAsync(CancellationToken cancel)
    {
        lock (_lock)
            return _hasNews.Task.WaitAsync(cancel);
    }

    /// <inheritdoc/>
    public AccountNews Take()
    {
        lock (_lock)
        {
            var news = new AccountNews(_touched, _changes, _isOverflow);
            if (_hasNews.Task.IsCompleted)
                (_touched, _changes, _isOverflow, _hasNews) = (new HashSet<string>(StringComparer.Ordinal), [], false, NewSignal());
            return news;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => close(this);

    /// <summary>Messages of a mailbox may have changed.</summary>
    internal void Touch(string mailbox)
    {
        lock (_lock)
        {
            if (_touched.Add(mailbox))
                _hasNews.TrySetResult();
        }
    }

    /// <summary>Something happened to a mailbox.</summary>
    /// <param name="change">What.</param>
    /// <param name="by">Who did it; null for another process.</param>
    internal void Add(AccountChange change, object? by)
    {
        if (by is not null && ReferenceEquals(by, origin))
            return;
        lock (_lock)
        {
            if (_changes.Count < MostChanges)
                _changes.Add(change);
            else
                _isOverflow = true;
            _hasNews.TrySetResult();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
