namespace MailOps.Server.Accounts;

/// <summary>
/// Runs password hashing on threads of its own, a few at once: a flood of logins waits here and takes no thread from the
/// pool that serves connections.
/// </summary>
internal sealed class HashWorkers
{
    private readonly SemaphoreSlim _free;

    /// <summary>One worker less than there are processors, one at the least, eight at the most: each may hold tens of megabytes.</summary>
    public HashWorkers()
        : this(Math.Clamp(Environment.ProcessorCount - 1, 1, 8))
    {
    }

    public HashWorkers(int count) => _free = new SemaphoreSlim(count);

    /// <summary>Runs work when a worker is free.</summary>
    public async ValueTask<T> RunAsync<T>(Func<T> work, CancellationToken cancel)
    {
        await _free.WaitAsync(cancel);
        try
        {
            // A thread costs a thousandth of a hash; a kept one would cost its stack all the time.
            return await Task.Factory.StartNew(work, cancel, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
        }
        finally
        {
            _free.Release();
        }
    }
}
