namespace MailOps.Client.Migration.Batches;

/// <summary>How fast something goes, over the last half minute.</summary>
internal sealed class RateMeter(TimeProvider clock)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Queue<(long Time, long Count)> _marks = new();
    private readonly long _began = clock.GetTimestamp();
    private (long Time, long Count)? _last;
    private long _count;

    /// <summary>So many a second; 0 before the first second is over.</summary>
    public double Rate
    {
        get
        {
            lock (_gate)
            {
                Drop();
                var (time, count) = _marks.TryPeek(out var oldest) ? oldest : (_began, 0);
                var elapsed = clock.GetElapsedTime(time);
                return elapsed < Step ? 0 : Math.Max(0, (_count - count) / elapsed.TotalSeconds);
            }
        }
    }

    /// <summary>So many are done.</summary>
    public void Add(long count)
    {
        lock (_gate)
        {
            if (_last is not { } last || clock.GetElapsedTime(last.Time) >= Step)
            {
                _last = (clock.GetTimestamp(), count);
                _marks.Enqueue(_last.Value);
            }

            _count = count;
            Drop();
        }
    }

    // One mark before the window stays: the rate is over at least that long.
    private void Drop()
    {
        while (_marks.Count > 1 && clock.GetElapsedTime(_marks.ElementAt(1).Time) > Window)
            _marks.Dequeue();
    }
}
