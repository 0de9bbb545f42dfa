using System.Management.Automation;

namespace MailOps.Cmdlets.Runtime;

/// <summary>
/// The base of every cmdlet and the only bridge between asynchronous code and the pipeline. Cmdlets start work with
/// <see cref="Start{TIn, TOut}(IEnumerable{TIn}, Func{TIn, CancellationToken, Task{TOut}})"/> or
/// <see cref="Run(Func{CancellationToken, Task})"/>; the work says what it has with the <c>…Async</c> methods, from any
/// thread. Ctrl+C, <c>Select-Object -First</c> and <c>-ErrorAction Stop</c> cancel the work's token and wait for it.
/// A cmdlet that overrides <see cref="EndProcessing"/> calls the base method, which waits for what was started.
/// </summary>
public abstract class MailCmdlet : PSCmdlet, IDisposable
{
    private static readonly AsyncLocal<MailCmdlet?> Running = new();

    private readonly PipelinePump _pump = new();
    private readonly ProgressThrottle _progress = new(TimeProvider.System);

    /// <summary>The cmdlet whose work is under way: what outlives a cmdlet, such as a session, asks the pipeline of the one that uses it.</summary>
    internal static MailCmdlet? Current => Running.Value;

    /// <summary>Cancelled when the pipeline stops, however it stops.</summary>
    protected CancellationToken Cancellation => _pump.Stopping;

    /// <summary>How many works of <c>Start</c> may be under way at once. One, unless the cmdlet says otherwise; see <see cref="ConcurrentMailCmdlet"/>.</summary>
    protected virtual int Concurrency => 1;

    /// <summary>
    /// Starts work for each item as it arrives, at most <see cref="Concurrency"/> at once, and writes what each returns
    /// as soon as it is there. Returns when the last item has been started; what is under way is waited for at the end
    /// of the pipeline. A failure is an error of that item (see <see cref="ErrorRecords"/>) and the others go on.
    /// </summary>
    /// <param name="items">What to work on; null means nothing.</param>
    /// <param name="work">The work. A null result is not written; a list is written item by item.</param>
    protected void Start<TIn, TOut>(IEnumerable<TIn>? items, Func<TIn, CancellationToken, Task<TOut>> work) =>
        StartEach(items, async (item, cancel) => await OutputAsync(await work(item, cancel).ConfigureAwait(false)).ConfigureAwait(false));

    /// <inheritdoc cref="Start{TIn, TOut}(IEnumerable{TIn}, Func{TIn, CancellationToken, Task{TOut}})"/>
    protected void Start<TIn, TOut>(IEnumerable<TIn>? items, Func<TIn, CancellationToken, ValueTask<TOut>> work) =>
        StartEach(items, async (item, cancel) => await OutputAsync(await work(item, cancel).ConfigureAwait(false)).ConfigureAwait(false));

    /// <summary>Starts work for each item as the other overloads do, and writes each element of its stream as it comes.</summary>
    /// <param name="items">What to work on; null means nothing.</param>
    /// <param name="work">The work; null elements are not written.</param>
    protected void Start<TIn, TOut>(IEnumerable<TIn>? items, Func<TIn, CancellationToken, IAsyncEnumerable<TOut>> work) =>
        StartEach(items, (item, cancel) => OutputAllAsync(work(item, cancel), cancel));

    /// <summary>Starts work for each item as the other overloads do; the work writes its own output.</summary>
    /// <param name="items">What to work on; null means nothing.</param>
    /// <param name="work">The work.</param>
    protected void Start<TIn>(IEnumerable<TIn>? items, Func<TIn, CancellationToken, Task> work) => StartEach(items, work);

    /// <summary>Runs one work to its end before it returns. What it throws ends the command with a terminating error.</summary>
    /// <param name="work">The work; it writes its own output.</param>
    protected void Run(Func<CancellationToken, Task> work)
    {
        try
        {
            _pump.PumpToEndOf(cancel => AsCurrent(work, cancel));
        }
        catch (Exception thrown) when (!ErrorRecords.IsFlowControl(thrown))
        {
            ThrowTerminatingError(ErrorRecords.From(thrown, targetObject: null));
        }
    }

    /// <summary>Runs one work to its end and hands its result to the caller, who is on the pipeline thread; nothing is written.</summary>
    /// <param name="work">The work.</param>
    protected T Await<T>(Func<CancellationToken, Task<T>> work)
    {
        T result = default!;
        Run(async cancel => result = await work(cancel).ConfigureAwait(false));
        return result;
    }

    /// <summary>Writes each element of a stream as it comes, and returns at its end. What it throws ends the command with a terminating error.</summary>
    /// <param name="stream">Makes the stream.</param>
    protected void Stream<T>(Func<CancellationToken, IAsyncEnumerable<T>> stream) =>
        Run(cancel => OutputAllAsync(stream(cancel), cancel));

    /// <summary>Writes an object to the pipeline; waits while the pipeline is busy. Null is not written, a list is written item by item, bytes and text as they are.</summary>
    /// <param name="value">The object.</param>
    protected ValueTask OutputAsync(object? value) =>
        value is null ? ValueTask.CompletedTask : _pump.PostAsync(() => WriteObject(value, enumerateCollection: value is not byte[]));

    /// <summary>Writes an error; the command goes on unless the caller's ErrorAction says otherwise.</summary>
    /// <param name="error">The error.</param>
    protected ValueTask ErrorAsync(ErrorRecord error) => _pump.PostAsync(() => WriteError(error));

    /// <summary>Writes an exception as an error, with the id and category that <see cref="ErrorRecords"/> gives it.</summary>
    /// <param name="thrown">The exception.</param>
    /// <param name="targetObject">What was being worked on.</param>
    protected ValueTask ErrorAsync(Exception thrown, object? targetObject) => ErrorAsync(ErrorRecords.From(thrown, targetObject));

    /// <summary>Writes a finding as an error.</summary>
    /// <param name="errorId">A stable id in Pascal case, such as <c>MxLookupTimedOut</c>; scripts rely on it.</param>
    /// <param name="category">The category.</param>
    /// <param name="message">What was wrong, where, and what to do.</param>
    /// <param name="targetObject">What was being worked on.</param>
    protected ValueTask ErrorAsync(string errorId, ErrorCategory category, string message, object? targetObject) =>
        ErrorAsync(ErrorRecords.Finding(errorId, category, message, targetObject));

    /// <summary>Writes a line that is seen with <c>-Verbose</c>.</summary>
    /// <param name="text">The line; no secrets.</param>
    protected ValueTask VerboseAsync(string text) => _pump.PostAsync(() => WriteVerbose(text));

    /// <summary>Writes a warning.</summary>
    /// <param name="text">The warning.</param>
    protected ValueTask WarningAsync(string text) => _pump.PostAsync(() => WriteWarning(text));

    /// <summary>
    /// Shows progress, at most a few times per second for each activity: records in between are dropped, the one that
    /// completes an activity is not. Activities that are still open when the command ends are completed then.
    /// </summary>
    /// <param name="progress">The record.</param>
    protected ValueTask ProgressAsync(ProgressRecord progress) =>
        _progress.ShouldShow(progress) ? _pump.PostAsync(() => WriteProgress(progress)) : ValueTask.CompletedTask;

    /// <summary>Asks whether to go on, as <c>ShouldProcess</c> does on the pipeline thread: honours <c>-WhatIf</c> and <c>-Confirm</c>.</summary>
    /// <param name="target">What would change.</param>
    /// <param name="action">What would be done to it.</param>
    protected Task<bool> ShouldProcessAsync(string target, string action) => OnPipelineAsync(() => ShouldProcess(target, action));

    /// <summary>Asks a question that <c>-Force</c> would answer, as <c>ShouldContinue</c> does.</summary>
    /// <param name="query">The question.</param>
    /// <param name="caption">Its heading.</param>
    protected Task<bool> ShouldContinueAsync(string query, string caption) => OnPipelineAsync(() => ShouldContinue(query, caption));

    /// <summary>Runs a function on the pipeline thread, for script blocks and whatever else belongs there. What it throws ends the command.</summary>
    /// <param name="function">The function; short, since no output flows while it runs.</param>
    protected internal Task<T> OnPipelineAsync<T>(Func<T> function) => _pump.AskAsync(function);

    /// <summary>Waits for all that was started and writes what it brings.</summary>
    protected override void EndProcessing()
    {
        _pump.PumpUntilBelow(1);
        foreach (var open in _progress.TakeOpen())
            WriteProgress(open);
    }

    /// <summary>Ctrl+C and Stop(): cancels the work. The pipeline thread, wherever it waits, does the rest.</summary>
    protected override void StopProcessing() => _pump.Cancel();

    /// <summary>Cancels what still runs and waits for it. PowerShell calls this when the pipeline is over.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Cancels what still runs and waits for it.</summary>
    /// <param name="disposing">True from <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
            _pump.Dispose();
    }

    private void StartEach<TIn>(IEnumerable<TIn>? items, Func<TIn, CancellationToken, Task> work)
    {
        foreach (var item in items ?? [])
        {
            _pump.PumpUntilBelow(Math.Max(1, Concurrency));
            _pump.Start(cancel => AsCurrent(c => work(item, c), cancel), thrown => WriteError(ErrorRecords.From(thrown, item)));
        }
    }

    private Task AsCurrent(Func<CancellationToken, Task> work, CancellationToken cancel)
    {
        Running.Value = this;
        return work(cancel);
    }

    private async Task OutputAllAsync<T>(IAsyncEnumerable<T> values, CancellationToken cancel)
    {
        await foreach (var value in values.WithCancellation(cancel).ConfigureAwait(false))
            await OutputAsync(value).ConfigureAwait(false);
    }
}
