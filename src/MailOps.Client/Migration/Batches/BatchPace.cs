namespace MailOps.Client.Migration.Batches;

/// <summary>How fast a worker works on one batch, through all its mailboxes. From any thread.</summary>
internal sealed class BatchPace(TimeProvider clock)
{
    private readonly Lock _gate = new();
    private RateMeter _copied = new(clock);
    private RateMeter _proved = new(clock);
    private RateMeter _looked = new(clock);
    private long _rested = clock.GetTimestamp();
    private int _underWay;

    /// <summary>How fast it is now.</summary>
    public MigrationPace Now
    {
        get
        {
            lock (_gate)
                return new MigrationPace(_copied.Rate, _proved.Rate, _looked.Rate);
        }
    }

    /// <summary>A pass over a mailbox begins. After a rest what was before it does not count.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            if (_underWay++ == 0 && clock.GetElapsedTime(_rested) > RateMeter.Window)
                (_copied, _proved, _looked) = (new RateMeter(clock), new RateMeter(clock), new RateMeter(clock));
        }
    }

    /// <summary>Messages were copied, found or refused.</summary>
    public void Copy(long count)
    {
        lock (_gate)
            _copied.Add(count);
    }

    /// <summary>Messages were proved.</summary>
    public void Prove(long count)
    {
        lock (_gate)
            _proved.Add(count);
    }

    /// <summary>A pass is over.</summary>
    /// <param name="didNothing">True if it came to its end and there was nothing to do.</param>
    public void End(bool didNothing)
    {
        lock (_gate)
        {
            _underWay--;
            _rested = clock.GetTimestamp();
            if (didNothing)
                _looked.Add(1);
        }
    }
}
