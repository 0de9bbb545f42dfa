using MailKit;
using MailKit.Net.Imap;

namespace MailOps.Client.Mailboxes.Watching;

/// <summary>Waits for what a server tells of folders, by the best that it has, and marks those that there may be news of.</summary>
internal sealed class FolderNews : IDisposable
{
    // Well below the half hour after which servers may close (RFC 2177), and below what routers remember.
    private static readonly TimeSpan LongestIdle = TimeSpan.FromMinutes(5);

    private readonly ImapAccount _account;
    private readonly TimeSpan _poll;
    private readonly TimeProvider _clock;
    private readonly Dictionary<IMailFolder, WatchedFolder> _heard = [];
    private CancellationTokenSource? _waiting;
    private string _registered = "";

    public FolderNews(ImapAccount account, TimeSpan poll, TimeProvider clock) => (_account, _poll, _clock) = (account, poll, clock);

    private bool IsIdling => _heard.Count == 1 ? _account.Has(ImapCapabilities.Idle) : _heard.Count > 1 && _account.Has(ImapCapabilities.Idle | ImapCapabilities.Notify);

    /// <summary>Has the server tell of the folders.</summary>
    /// <returns>How they are watched, in words.</returns>
    public async Task<string> PrepareAsync(IReadOnlyList<WatchedFolder> folders, CancellationToken cancel)
    {
        Forget();
        foreach (var folder in folders.Where(folder => !folder.IsGone))
        {
            var opened = await _account.FolderForWatchAsync(folder.Name, cancel).ConfigureAwait(false);
            _heard[opened] = folder;
            opened.CountChanged += Heard;
            opened.UidNextChanged += Heard;
            opened.UidValidityChanged += Heard;
        }

        var names = string.Join('\n', _heard.Values.Select(folder => folder.Name));
        if (_heard.Count > 1 && IsIdling && names != _registered)
        {
            // What came before the server listened to this is not told by it.
            await _account.NotifyAsync([.. _heard.Keys], cancel).ConfigureAwait(false);
            _registered = names;
            foreach (var folder in folders)
                folder.IsDue = !folder.IsGone;
        }

        return IsIdling ? (_heard.Count == 1 ? "The server tells of new messages (IDLE)." : "The server tells of new messages in all folders (NOTIFY).") : $"The server does not tell of new messages by itself: it is asked every {_poll.TotalSeconds:0.###} seconds.";
    }

    /// <summary>Waits until there may be news of a folder; all are looked at anew where the server told nothing for long.</summary>
    public async Task WaitAsync(IReadOnlyList<WatchedFolder> folders, CancellationToken done, CancellationToken cancel)
    {
        if (folders.Any(folder => folder.IsDue))
            return;
        // The library idles in a folder alone.
        var isIdling = IsIdling && _heard.Keys.Any(folder => folder.IsOpen);
        var most = !isIdling || (folders.Any(folder => folder.IsGone) && _poll < LongestIdle) ? _poll : LongestIdle;
        using var time = new CancellationTokenSource(most, _clock);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(done, time.Token);
        _waiting = waiting;
        try
        {
            if (isIdling)
                await _account.IdleAsync(waiting.Token, cancel).ConfigureAwait(false);
            else
                await PauseAsync(waiting.Token, cancel).ConfigureAwait(false);
        }
        finally
        {
            _waiting = null;
        }

        if (folders.Any(folder => folder.IsDue) || done.IsCancellationRequested)
            return;
        // Opened anew, so that a folder that was deleted and made again is seen to be another.
        await _account.LeaveFoldersAsync(_heard.Keys, cancel).ConfigureAwait(false);
        foreach (var folder in folders)
            folder.IsDue = true;
    }

    /// <summary>Ends it in good order: another may use the connection.</summary>
    public async Task EndAsync(CancellationToken cancel)
    {
        Forget();
        if (_registered.Length > 0)
            await _account.EndNotifyAsync(cancel).ConfigureAwait(false);
        _registered = "";
    }

    public void Dispose() => Forget();

    private static async Task PauseAsync(CancellationToken end, CancellationToken cancel)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end, cancel);
        await Task.Delay(Timeout.InfiniteTimeSpan, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancel.ThrowIfCancellationRequested();
    }

    private void Forget()
    {
        foreach (var folder in _heard.Keys)
        {
            folder.CountChanged -= Heard;
            folder.UidNextChanged -= Heard;
            folder.UidValidityChanged -= Heard;
        }

        _heard.Clear();
    }

    // Called by the library while it reads.
    private void Heard(object? sender, EventArgs e)
    {
        if (sender is not IMailFolder folder || !_heard.TryGetValue(folder, out var watched))
            return;
        watched.IsDue = true;
        _waiting?.Cancel();
    }
}
