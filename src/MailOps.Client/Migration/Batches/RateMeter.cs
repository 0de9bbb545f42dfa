namespace MailOps.Client.Migration.Batches;

/// <summary>How fast something goes, over the last half minute, or from the last but one time on that anything came.</summary>
internal sealed class RateMeter
{
    /// <summary>What counts.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(30);

    // Marks are a second apart.
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private readonly Queue<(long Time, long Count)> _marks = new();
    private long _last;
    private long _count;

    /// <summary>Begins to count.</summary>
    public RateMeter(TimeProvider clock)
    {
        _clock = clock;
        _marks.Enqueue((_last = clock.GetTimestamp(), 0));
    }

    /// <summary>So many a second; 0 before the first second is over.</summary>
    public double Rate
    {
        get
        {
            lock (_gate)
            {
                Drop();
                var (time, count) = _marks.Peek();
                var elapsed = _clock.GetElapsedTime(time);
                return elapsed < Step ? 0 : (_count - count) / elapsed.TotalSeconds;
            }
        }
    }

    /// <summary>So many more are done.</summary>
    public void Add(long more)
    {
        if (more <= 0)
            return;
        lock (_gate)
        {
            _count += more;
            if (_clock.GetElapsedTime(_last) >= Step)
                _marks.Enqueue((_last = _clock.GetTimestamp(), _count));
            Drop();
        }
    }

    // One mark before the window stays, so that the rate is over at least that long, and two in any case: what is slow is not nothing in between.
    private void Drop()
    {
        while (_marks.Count > 2 && _clock.GetElapsedTime(_marks.ElementAt(1).Time) > Window)
            _marks.Dequeue();
    }
}
