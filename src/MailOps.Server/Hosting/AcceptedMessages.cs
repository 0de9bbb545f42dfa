using MailOps.Server.Connections;

namespace MailOps.Server.Hosting;

/// <summary>The messages that a server took lately, the oldest first, numbered from 0 on. Bounded: who is behind by more sees the ones that are left.</summary>
public sealed class AcceptedMessages
{
    private const int Capacity = 10_000;

    private readonly Lock _lock = new();
    private readonly Queue<MessageAccepted> _messages = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _next;

    /// <summary>The number that the next message gets.</summary>
    public long Next
    {
        get
        {
            lock (_lock)
                return _next;
        }
    }

    /// <summary>The messages from a number on, and a task that completes when there is another.</summary>
    /// <param name="number">The number of the first that is asked for.</param>
    /// <param name="next">The number to ask for next.</param>
    /// <param name="changed">Completes when a message of that number has come.</param>
    public IReadOnlyList<MessageAccepted> From(long number, out long next, out Task changed)
    {
        lock (_lock)
        {
            next = _next;
            changed = _changed.Task;
            return [.. _messages.Skip((int)Math.Max(0, number - (_next - _messages.Count)))];
        }
    }

    /// <summary>Forgets the messages; numbers go on.</summary>
    /// <param name="which">Those that are forgotten.</param>
    internal void Forget(Func<MessageAccepted, bool> which)
    {
        lock (_lock)
        {
            // Places stay, so that numbers do: what is forgotten is a message of nobody.
            var all = _messages.Select(one => which(one) ? Nobody : one).ToArray();
            _messages.Clear();
            foreach (var one in all)
                _messages.Enqueue(one);
        }
    }

    /// <summary>Takes a message in. Returns at once.</summary>
    internal void Add(MessageAccepted accepted)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            if (_messages.Count == Capacity)
                _messages.Dequeue();
            _messages.Enqueue(accepted);
            _next++;
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
    }

    private static readonly MessageAccepted Nobody = new() { MessageId = "", Sender = "", Recipients = [], Size = 0 };
}
