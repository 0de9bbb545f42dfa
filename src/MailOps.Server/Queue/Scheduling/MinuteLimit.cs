namespace MailOps.Server.Queue.Scheduling;

/// <summary>At the most so many of something in any 60 seconds. As many may come at once as there is room for. Guarded by the queue's lock.</summary>
/// <param name="most">How many.</param>
internal sealed class MinuteLimit(int most)
{
    // A second that has begun counts as a whole, so that no 60 seconds have more.
    private const int Slots = 61;

    private readonly int[] _counts = new int[Slots];
    private long _last;
    private int _sum;

    /// <summary>One more happens now.</summary>
    public void Count(DateTimeOffset now)
    {
        Forget(now);
        _counts[_last % Slots]++;
        _sum++;
    }

    /// <summary>When there is room for one more: now, or later.</summary>
    public DateTimeOffset RoomAt(DateTimeOffset now)
    {
        Forget(now);
        if (_sum < most)
            return now;
        var left = _sum;
        for (var second = _last - Slots + 1; ; second++)
        {
            left -= _counts[((second % Slots) + Slots) % Slots];
            if (left < most)
                return DateTimeOffset.FromUnixTimeSeconds(second + Slots);
        }
    }

    /// <summary>True if nothing has happened in the last minute: there is nothing to remember.</summary>
    public bool IsIdle(DateTimeOffset now)
    {
        Forget(now);
        return _sum == 0;
    }

    private void Forget(DateTimeOffset now)
    {
        var second = now.ToUnixTimeSeconds();
        // A clock that was set far back begins anew.
        var passed = second < _last - Slots ? Slots : Math.Clamp(second - _last, 0, Slots);
        for (var i = 1; i <= passed; i++)
        {
            ref var count = ref _counts[(((second - passed + i) % Slots) + Slots) % Slots];
            _sum -= count;
            count = 0;
        }

        _last = passed > 0 ? second : _last;
    }
}
