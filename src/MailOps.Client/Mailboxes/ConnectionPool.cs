using MailOps.Wire;

namespace MailOps.Client.Mailboxes;

/// <summary>The connections of a session: opened when they are needed, and used again as long as they last. Safe for all threads.</summary>
/// <param name="open">Opens one.</param>
/// <param name="clock">The clock.</param>
internal sealed class ConnectionPool<T>(Func<CancellationToken, Task<T>> open, TimeProvider clock) : IAsyncDisposable
    where T : class, IPooledConnection
{
    // More is asked for by nobody, and would only be kept from others: servers count connections.
    private const int MostIdle = 4;

    // A server that left says so at the next command at the latest; one that was asked a moment ago is not asked again.
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly Stack<(T Connection, long Since)> _idle = new();
    private bool _isClosed;

    /// <summary>True until it is disposed.</summary>
    public bool IsOpen
    {
        get
        {
            lock (_lock)
                return !_isClosed;
        }
    }

    /// <summary>How many connections wait to be used.</summary>
    public int Idle
    {
        get
        {
            lock (_lock)
                return _idle.Count;
        }
    }

    /// <summary>One that waits and is still there, or a new one.</summary>
    public async Task<T> RentAsync(CancellationToken cancel)
    {
        while (TakeIdle() is var (connection, since))
        {
            var isUsable = false;
            try
            {
                isUsable = clock.GetElapsedTime(since) < Fresh || await connection.IsAliveAsync(cancel).ConfigureAwait(false);
                if (isUsable)
                    return connection;
            }
            finally
            {
                if (!isUsable)
                    await connection.DisposeAsync().ConfigureAwait(false);
            }
        }

        return await open(cancel).ConfigureAwait(false);
    }

    /// <summary>A new one, whatever waits.</summary>
    public Task<T> OpenAsync(CancellationToken cancel) => open(cancel);

    /// <summary>Takes one back, for the next who needs it, or closes it.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="isUsable">False if it can be of use no more.</param>
    public async ValueTask ReturnAsync(T connection, bool isUsable)
    {
        if (isUsable && TryKeep(connection))
            return;
        if (isUsable)
            await LeaveAsync(connection).ConfigureAwait(false);
        else
            await connection.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Says goodbye on the connections that wait; what is in use ends with its use.</summary>
    public async ValueTask DisposeAsync()
    {
        List<T> idle;
        lock (_lock)
        {
            _isClosed = true;
            idle = [.. _idle.Select(one => one.Connection)];
            _idle.Clear();
        }

        foreach (var connection in idle)
            await LeaveAsync(connection).ConfigureAwait(false);
    }

    private static async Task LeaveAsync(T connection)
    {
        try
        {
            await connection.CloseAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (MailSessionException)
        {
            // It is left in any case.
        }

        await connection.DisposeAsync().ConfigureAwait(false);
    }

    private (T Connection, long Since)? TakeIdle()
    {
        lock (_lock)
            return _idle.TryPop(out var one) ? one : null;
    }

    private bool TryKeep(T connection)
    {
        lock (_lock)
        {
            if (_isClosed || _idle.Count >= MostIdle)
                return false;
            _idle.Push((connection, clock.GetTimestamp()));
            return true;
        }
    }
}
