namespace MailOps.Wire;

/// <summary>The time that one step of a conversation may take: a token that ends with the caller's or when the time is over, and tells which.</summary>
internal readonly struct StepTime : IDisposable
{
    private readonly CancellationTokenSource _deadline;
    private readonly CancellationTokenSource _linked;
    private readonly CancellationToken _cancel;

    private StepTime(TimeSpan time, TimeProvider clock, CancellationToken cancel)
    {
        _cancel = cancel;
        _deadline = new CancellationTokenSource(time, clock);
        _linked = CancellationTokenSource.CreateLinkedTokenSource(cancel, _deadline.Token);
    }

    /// <summary>Starts now.</summary>
    public static StepTime Start(TimeSpan time, TimeProvider clock, CancellationToken cancel) => new(time, clock, cancel);

    /// <summary>What the step's waits take.</summary>
    public CancellationToken Token => _linked.Token;

    /// <summary>True if the time ran out, and not the caller's patience.</summary>
    public bool IsOver => _deadline.IsCancellationRequested && !_cancel.IsCancellationRequested;

    /// <summary>Starts the time anew: the other side does its part, if slowly.</summary>
    public void Restart(TimeSpan time) => _deadline.CancelAfter(time);

    /// <inheritdoc/>
    public void Dispose()
    {
        _linked.Dispose();
        _deadline.Dispose();
    }
}
