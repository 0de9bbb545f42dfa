namespace MailOps.Server.Queue.Spooling;

/// <summary>Times as a spool's names have room for them.</summary>
internal static class WholeSecond
{
    /// <summary>The first whole second that is not before a time.</summary>
    public static DateTimeOffset AtOrAfter(DateTimeOffset time) =>
        time.Ticks % TimeSpan.TicksPerSecond is > 0 and var part ? time.AddTicks(TimeSpan.TicksPerSecond - part) : time;
}
