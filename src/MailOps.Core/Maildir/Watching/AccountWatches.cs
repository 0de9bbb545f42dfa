using System.Collections.Concurrent;
using MailOps.Maildir.Disk;

namespace MailOps.Maildir.Watching;

/// <summary>The accounts of a store that somebody watches as a whole. Where nobody does, a change costs a look at a counter.</summary>
/// <param name="disk">The disk.</param>
/// <param name="clock">The clock.</param>
/// <param name="interval">How often watched accounts are looked at for what other processes do.</param>
internal sealed class AccountWatches(IMaildirDisk disk, TimeProvider clock, TimeSpan interval) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly ConcurrentDictionary<string, WatchedAccount> _accounts = new(StringComparer.Ordinal);
    private TaskCompletionSource _sharing = NewSignal();
    private ITimer? _timer;
    private bool _isClosed;
    private Task _looking = Task.CompletedTask;

    /// <summary>Ends when somebody shares mailboxes with others than before.</summary>
    internal Task SharingChanged => Volatile.Read(ref _sharing).Task;

    /// <summary>Says that somebody shares mailboxes with others than before.</summary>
    internal void TellSharing() => Interlocked.Exchange(ref _sharing, NewSignal()).TrySetResult();

    /// <summary>Watches an account.</summary>
    /// <param name="account">The account.</param>
    /// <param name="origin">Whose own changes to mailboxes are not told.</param>
    internal IAccountWatch Watch(AccountFolders account, object origin)
    {
        var watch = new AccountWatch(origin, closed => Close(account.Path, closed));
        lock (_lock)
        {
            if (!_accounts.TryGetValue(account.Path, out var watched))
            {
                watched = new WatchedAccount(account, disk);
                watched.Begin();
                _accounts[account.Path] = watched;
            }

            watched.Add(watch);
            _timer ??= clock.CreateTimer(_ => Look(), null, interval, interval);
        }

        return watch;
    }

    /// <summary>Messages of a folder may have changed.</summary>
    internal void Touch(string accountPath, string folderPath)
    {
        if (!_accounts.IsEmpty && _accounts.TryGetValue(accountPath, out var account))
            account.Touch(folderPath);
    }

    /// <summary>Messages came into a folder, of an account that lies at its directory or above it.</summary>
    internal void Touch(string folderPath)
    {
        if (_accounts.IsEmpty)
            return;
        for (var path = folderPath; path is not null; path = Path.GetDirectoryName(path))
        {
            if (!_accounts.TryGetValue(path, out var account))
                continue;
            account.Touch(folderPath);
            return;
        }
    }

    /// <summary>Something was done to a mailbox. The account is locked.</summary>
    internal void Publish(string accountPath, AccountChange change, object by)
    {
        if (_accounts.TryGetValue(accountPath, out var account))
            account.Publish(change, by);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // A store may be closed twice.
        if (Interlocked.Exchange(ref _isClosed, true))
            return;
        await _closing.CancelAsync();
        ITimer? timer;
        lock (_lock)
            timer = _timer;
        if (timer is not null)
            await timer.DisposeAsync();
        await _looking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _closing.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Close(string accountPath, AccountWatch watch)
    {
        lock (_lock)
        {
            if (_accounts.TryGetValue(accountPath, out var account) && account.Remove(watch))
                _accounts.TryRemove(accountPath, out _);
        }
    }

    // One round after the other.
    private void Look()
    {
        lock (_lock)
        {
            if (_looking.IsCompleted && !_accounts.IsEmpty && !_closing.IsCancellationRequested)
                _looking = Task.Run(() => LookAsync(_closing.Token));
        }
    }

    private async Task LookAsync(CancellationToken cancel)
    {
        foreach (var account in _accounts.Values)
        {
            try
            {
                await account.LookAsync(cancel);
            }
            catch (MailStoreException)
            {
                // The next round looks again; who uses the account hears of the disk's error.
            }
        }
    }
}
