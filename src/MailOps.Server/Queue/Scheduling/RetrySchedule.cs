namespace MailOps.Server.Queue.Scheduling;

/// <summary>When what was not taken is tried again. Intervals grow, and no two are quite alike, so that what failed together does not come back together.</summary>
internal static class RetrySchedule
{
    private const double Jitter = 0.1;

    /// <summary>For a message: an interval as long as it is old, within the limits.</summary>
    public static DateTimeOffset Next(DateTimeOffset arrived, DateTimeOffset now, QueueOptions options) =>
        now + Vary(TimeSpan.FromTicks(Math.Clamp((now - arrived).Ticks, options.FirstRetry.Ticks, Math.Max(options.FirstRetry.Ticks, options.LongestRetry.Ticks))));

    /// <summary>For a destination that could not be reached so many times in a row: twice as long each time.</summary>
    public static TimeSpan BackOff(int failures, QueueOptions options)
    {
        var doubled = options.FirstBackOff.Ticks * Math.Pow(2, Math.Clamp(failures - 1, 0, 30));
        return Vary(TimeSpan.FromTicks((long)Math.Min(doubled, Math.Max(options.FirstBackOff.Ticks, options.LongestRetry.Ticks))));
    }

    /// <summary>The longest that anything waits for its next try.</summary>
    public static TimeSpan Longest(QueueOptions options) =>
        TimeSpan.FromTicks(Math.Max(options.LongestRetry.Ticks, Math.Max(options.FirstRetry.Ticks, options.FirstBackOff.Ticks))) * (1 + Jitter);

    private static TimeSpan Vary(TimeSpan time) => time * (1 - Jitter + (2 * Jitter * Random.Shared.NextDouble()));
}
