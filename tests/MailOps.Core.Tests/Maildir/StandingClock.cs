namespace MailOps.Core.Tests.Maildir;

/// <summary>A clock that measures no time but what a test wants. What it tells as the time of day goes on.</summary>
internal sealed class StandingClock : TimeProvider
{
    private long _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _now);

    internal void Advance(TimeSpan time) => Interlocked.Add(ref _now, time.Ticks);
}
