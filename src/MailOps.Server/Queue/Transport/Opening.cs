namespace MailOps.Server.Queue.Transport;

/// <summary>
/// A connection that is coming about. Its place may be needed before the time-outs of the protocol are over: then the host that is being
/// tried is given up, and the next one has its turn; and where nothing waits for the connection any more, all of it ends.
/// </summary>
internal sealed class Opening : IDisposable
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _clock;
    private readonly CancellationToken _stopping;
    private CancellationTokenSource _host;

    /// <summary>Begins with the search for hosts.</summary>
    /// <param name="clock">The clock.</param>
    /// <param name="stopping">Ends all of it.</param>
    public Opening(TimeProvider clock, CancellationToken stopping)
    {
        (_clock, _stopping) = (clock, stopping);
        _host = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Began = clock.GetUtcNow();
    }

    /// <summary>When the host that is being tried had its turn.</summary>
    public DateTimeOffset Began { get; private set; }

    /// <summary>True if that host has been given up.</summary>
    public bool IsGivenUp { get; private set; }

    /// <summary>True if nothing waits for the connection any more.</summary>
    public bool IsAbandoned { get; private set; }

    /// <summary>Ends with what is being waited for now.</summary>
    public CancellationToken Token
    {
        get
        {
            lock (_gate)
                return _host.Token;
        }
    }

    /// <summary>The next host has its turn.</summary>
    public CancellationToken NextHost()
    {
        lock (_gate)
        {
            if (IsGivenUp && !IsAbandoned)
            {
                _host.Dispose();
                _host = CancellationTokenSource.CreateLinkedTokenSource(_stopping);
                IsGivenUp = false;
            }

            Began = _clock.GetUtcNow();
            return _host.Token;
        }
    }

    /// <summary>Gives up the host that is being tried.</summary>
    public void GiveUp() => End(isAbandoned: false);

    /// <summary>Ends all of it.</summary>
    public void Abandon() => End(isAbandoned: true);

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
            _host.Dispose();
    }

    private void End(bool isAbandoned)
    {
        lock (_gate)
        {
            IsGivenUp |= !isAbandoned;
            IsAbandoned |= isAbandoned;
            // What was over in the meantime has been disposed of.
            try
            {
                _host.Cancel();
            }
            catch (ObjectDisposedException)
            {
            }
        }
    }
}
