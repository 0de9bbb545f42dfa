using System.Collections.Concurrent;
using MailOps.Maildir;

namespace MailOps.Server.Queue.Administration;

/// <summary>
/// The queue of a store while no server has it, for all of this process who work on it: one at a time. It is kept for a moment after each, since
/// often the next comes at once, and then let go by itself: whoever looks at what was found for long holds up nobody.
/// </summary>
internal sealed class RestingPlace
{
    private static readonly TimeSpan Lingers = TimeSpan.FromMilliseconds(250);
    private static readonly ConcurrentDictionary<string, RestingPlace> Places = new(StringComparer.Ordinal);

    private readonly string _storePath;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Timer _timer;
    private RestingQueue? _queue;

    private RestingPlace(string storePath)
    {
        _storePath = storePath;
        _timer = new Timer(_ => _ = LetGoAsync());
    }

    /// <summary>The place of a store.</summary>
    /// <param name="storePath">The store's folder as a whole path.</param>
    public static RestingPlace Of(string storePath) => Places.GetOrAdd(storePath, path => new RestingPlace(path));

    /// <summary>Works on the queue, if nobody else has it.</summary>
    /// <returns>False if somebody has.</returns>
    /// <exception cref="MailStoreException">The disk does not do its part.</exception>
    public async Task<(bool IsTaken, T? Result)> TryAsync<T>(Func<IQueueAccess, Task<T>> work, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            _queue ??= await RestingQueue.TryOpenAsync(_storePath, TimeProvider.System);
            return _queue is null ? (false, default) : (true, await work(_queue));
        }
        finally
        {
            _timer.Change(Lingers, Timeout.InfiniteTimeSpan);
            _turn.Release();
        }
    }

    /// <summary>Lets the queue go, once who works on it has done.</summary>
    public async ValueTask LetGoAsync()
    {
        await _turn.WaitAsync();
        try
        {
            if (_queue is not null)
                await _queue.DisposeAsync();
            _queue = null;
        }
        finally
        {
            _turn.Release();
        }
    }
}
