using System.Management.Automation;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;

namespace MailOps.Cmdlets.Runtime;

/// <summary>
/// The bridge between work on the thread pool and the one thread that may write to a pipeline. Work posts actions into a
/// bounded channel and waits when it is full; the pipeline thread takes them out and runs them, and is the only thread
/// that ever waits here.
/// </summary>
internal sealed class PipelinePump : IDisposable
{
    // Deep enough that work seldom waits for the pipeline, shallow enough that a slow consumer slows the work.
    private const int Capacity = 128;

    // How long a body that ignores cancellation is waited for before it is left behind.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private static readonly Action Wake = static () => { };

    private readonly Channel<Action> _actions = Channel.CreateBounded<Action>(new BoundedChannelOptions(Capacity) { SingleReader = true });
    // Never disposed: it holds no timer and no handle, and a body that was left behind, or a late Stop(), may still use it.
    private readonly CancellationTokenSource _stop = new();
    private int _running;
    private bool _disposed;

    /// <summary>Cancelled when the pipeline stops or the command ends.</summary>
    public CancellationToken Stopping => _stop.Token;

    /// <summary>How many works are under way.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>Asks all work to end. Returns at once, from any thread: nothing that reacts to the token runs on the caller's.</summary>
    public void Cancel()
    {
        _ = _stop.CancelAsync();
    }

    /// <summary>Queues an action for the pipeline thread; waits while the queue is full.</summary>
    public async ValueTask PostAsync(Action action)
    {
        try
        {
            await _actions.Writer.WriteAsync(action, Stopping).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            throw new OperationCanceledException(Stopping);
        }
    }

    /// <summary>Runs a function on the pipeline thread and hands its result back. What it throws ends the pipeline, and the caller sees a cancellation.</summary>
    public async Task<T> AskAsync<T>(Func<T> question)
    {
        // Continuations run on the pool: the pipeline thread goes on pumping.
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        await PostAsync(() => answer.SetResult(question())).ConfigureAwait(false);
        return await answer.Task.WaitAsync(Stopping).ConfigureAwait(false);
    }

    /// <summary>
    /// Starts work on the thread pool. What it throws, except our own cancellation, reaches <paramref name="failed"/>, and
    /// its end <paramref name="ended"/>: both on the pipeline thread, in this order, after all that the work posted.
    /// </summary>
    public void Start(Func<CancellationToken, Task> work, Action<Exception> failed, Action? ended = null)
    {
        ThrowIfStopping();
        Interlocked.Increment(ref _running);
        _ = Task.Run(() => WorkAsync(work, failed, ended ?? Wake), CancellationToken.None);
    }

    /// <summary>Runs what is queued, and goes on until fewer than <paramref name="limit"/> works are under way. Call on the pipeline thread.</summary>
    public void PumpUntilBelow(int limit) => Pump(() => Running < limit);

    /// <summary>Starts one work and pumps until it has ended; throws on the pipeline thread what it threw.</summary>
    public void PumpToEndOf(Func<CancellationToken, Task> work)
    {
        ExceptionDispatchInfo? failure = null;
        var ended = false;
        Start(work, thrown => failure = ExceptionDispatchInfo.Capture(thrown), () => ended = true);
        Pump(() => ended);
        failure?.Throw();
    }

    /// <summary>Cancels all work, drops what it still posts, and waits for it to end; work that ignores the token is left behind after a grace period.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;

        Cancel();
        _disposed = true;
        using (var grace = new CancellationTokenSource(Grace))
        {
            while (Running > 0 && TryWait(grace.Token))
                DropQueued();
        }

        _actions.Writer.TryComplete();
        DropQueued();
    }

    private async Task WorkAsync(Func<CancellationToken, Task> work, Action<Exception> failed, Action ended)
    {
#pragma warning disable CA1031 // Everything a body throws is carried to the pipeline thread.
        try
        {
            await work(Stopping).ConfigureAwait(false);
        }
        catch (Exception thrown)
        {
            // Once the pipeline stops nobody hears of errors, and most of them are the stop itself.
            if (!_stop.IsCancellationRequested)
                await TryPostAsync(() => failed(thrown)).ConfigureAwait(false);
        }
#pragma warning restore CA1031
        Interlocked.Decrement(ref _running);
        await TryPostAsync(ended).ConfigureAwait(false);
    }

    private async ValueTask TryPostAsync(Action action)
    {
        try
        {
            await _actions.Writer.WriteAsync(action, CancellationToken.None).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            // The command has ended: nobody is left to tell.
        }
    }

    private void Pump(Func<bool> done)
    {
        try
        {
            while (true)
            {
                // Asked before the queue is emptied: work posts first and ends then, so nothing of it is missed.
                var last = done();
                while (_actions.Reader.TryRead(out var action))
                    action();

                ThrowIfStopping();
                if (last)
                    return;

                // Asked again: the action that just ran may have been the last one, and then nothing would end the wait.
                if (!done() && !TryWait(Stopping))
                    throw new PipelineStoppedException();
            }
        }
        catch
        {
            // Select-Object -First, -ErrorAction Stop and Ctrl+C all leave through here, as exceptions that must reach the engine.
            Dispose();
            throw;
        }
    }

    private void ThrowIfStopping()
    {
        if (_disposed || _stop.IsCancellationRequested)
            throw new PipelineStoppedException();
    }

    private void DropQueued()
    {
        while (_actions.Reader.TryRead(out _))
        {
            // Whoever waits for an answer waits with the token, which is cancelled by now.
        }
    }

    // The one place where a thread waits for asynchronous work: PowerShell gives a cmdlet one thread and no other way to wait on it.
    private bool TryWait(CancellationToken until)
    {
        try
        {
            var ready = _actions.Reader.WaitToReadAsync(until);
            return ready.IsCompletedSuccessfully ? ready.Result : ready.AsTask().GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
