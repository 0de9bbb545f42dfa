namespace MailOps.Core.Tests.Maildir;

/// <summary>The system's clock, ahead by what a test wants.</summary>
internal sealed class ShiftedClock : TimeProvider
{
    private TimeSpan _ahead;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _ahead;

    public override long GetTimestamp() => base.GetTimestamp() + (long)(_ahead.TotalSeconds * TimestampFrequency);

    internal void Advance(TimeSpan time) => _ahead += time;
}
