using System.Collections.Immutable;

namespace MailOps.Server.Connections;

/// <summary>Hands events to whoever listens. A listener is called on the thread that published and returns quickly; one that throws is not called again.</summary>
public sealed class ServerEvents
{
    private ImmutableArray<Action<ServerEvent>> _listeners = [];

    /// <summary>Adds a listener; disposing the result takes it off.</summary>
    public IDisposable Subscribe(Action<ServerEvent> listener)
    {
        ImmutableInterlocked.Update(ref _listeners, (all, one) => all.Add(one), listener);
        return new Subscription(this, listener);
    }

    /// <summary>Tells every listener.</summary>
    public void Publish(ServerEvent happened)
    {
        foreach (var listener in _listeners)
        {
#pragma warning disable CA1031 // Whatever a listener throws must not reach the session that published.
            try
            {
                listener(happened);
            }
            catch (Exception)
            {
                Remove(listener);
            }
#pragma warning restore CA1031
        }
    }

    private void Remove(Action<ServerEvent> listener) =>
        ImmutableInterlocked.Update(ref _listeners, (all, one) => all.Remove(one), listener);

    private sealed class Subscription(ServerEvents events, Action<ServerEvent> listener) : IDisposable
    {
        public void Dispose() => events.Remove(listener);
    }
}
