namespace MailOps.Server.Queue.Scheduling;

/// <summary>How often something happened in the last minute, to five seconds.</summary>
internal struct MinuteCount
{
    private const int Slots = 12;
    private const int SecondsOfSlot = 5;

    private int[]? _counts;
    private long _last;

    /// <summary>It happens now.</summary>
    public void Count(DateTimeOffset now)
    {
        _counts ??= new int[Slots];
        Forget(now);
        _counts[_last % Slots]++;
    }

    /// <summary>How often it happened.</summary>
    public int Of(DateTimeOffset now)
    {
        if (_counts is null)
            return 0;
        Forget(now);
        return _counts.Sum();
    }

    private void Forget(DateTimeOffset now)
    {
        var slot = now.ToUnixTimeSeconds() / SecondsOfSlot;
        // A clock that was set far back begins anew.
        var passed = slot < _last - Slots ? Slots : Math.Clamp(slot - _last, 0, Slots);
        for (var i = 1; i <= passed; i++)
            _counts![(slot - passed + i) % Slots] = 0;
        _last = passed > 0 ? slot : _last;
    }
}
