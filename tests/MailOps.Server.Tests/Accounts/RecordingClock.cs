using System.Collections.Concurrent;

namespace MailOps.Server.Tests.Accounts;

/// <summary>A clock whose timers fire at once and whose time moves by hand: tests see what was waited for without waiting.</summary>
internal sealed class RecordingClock : TimeProvider
{
    private long _ticks = 1;

    public ConcurrentQueue<TimeSpan> Waits { get; } = new();

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public void Advance(TimeSpan time) => Interlocked.Add(ref _ticks, time.Ticks);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Waits.Enqueue(dueTime);
        return base.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
