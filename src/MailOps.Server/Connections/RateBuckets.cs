using System.Globalization;

namespace MailOps.Server.Connections;

/// <summary>
/// What one address or account does, in a leaky bucket for each kind: each time adds one, and over the period a full bucket drains, evenly.
/// For many threads at once, without a lock.
/// </summary>
/// <param name="limits">What each bucket holds, by <see cref="RateKind"/>; 0 for no limit.</param>
/// <param name="period">How long a full one drains.</param>
/// <param name="whose">Whose they are, in words.</param>
/// <param name="per">The period, in words.</param>
/// <param name="clock">The time.</param>
internal sealed class RateBuckets(int[] limits, TimeSpan period, string whose, string per, TimeProvider clock)
{
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);

    // When each is empty, as a timestamp of the clock.
    private readonly long[] _emptyAt = new long[limits.Length];

    /// <summary>Counts one, if there is room.</summary>
    /// <returns>Null, or what there is to say if there is none.</returns>
    public RateExcess? Take(RateKind kind)
    {
        var limit = limits[(int)kind];
        if (limit == 0)
            return null;

        var one = (long)(period.TotalSeconds * clock.TimestampFrequency / limit);
        var now = clock.GetTimestamp();
        while (true)
        {
            var before = Volatile.Read(ref _emptyAt[(int)kind]);
            var after = Math.Max(before, now) + one;
            if (after - now > one * limit)
                return Excess(kind, limit, TimeSpan.FromSeconds((double)(after - now - (one * limit)) / clock.TimestampFrequency));
            if (Interlocked.CompareExchange(ref _emptyAt[(int)kind], after, before) == before)
                return null;
        }
    }

    /// <summary>Counts one as soon as there is room.</summary>
    /// <param name="kind">What.</param>
    /// <param name="excess">What was said when there was none.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async ValueTask WaitAsync(RateKind kind, RateExcess? excess, CancellationToken cancel)
    {
        while (excess is not null)
        {
            await Task.Delay(excess.Wait, clock, cancel);
            excess = Take(kind);
        }
    }

    private RateExcess Excess(RateKind kind, int limit, TimeSpan wait)
    {
        var seconds = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds));
        var what = kind switch
        {
            RateKind.Connections => "connections",
            RateKind.Commands => "commands",
            RateKind.Messages => "messages",
            _ => "recipients",
        };
        return new RateExcess(
            string.Create(CultureInfo.InvariantCulture, $"too many {what} from {whose}, at most {limit} {per}, try again in {seconds} second{(seconds == 1 ? "" : "s")}"),
            wait < ShortestWait ? ShortestWait : wait);
    }
}
