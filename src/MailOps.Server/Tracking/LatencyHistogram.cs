using System.Numerics;

namespace MailOps.Server.Tracking;

/// <summary>How often times were how long, in steps of a sixteenth of their octave: a few hundred counts, however many times.</summary>
internal sealed class LatencyHistogram
{
    private const int StepBits = 4;
    private const int Steps = 1 << StepBits;

    // Up to 2^40 milliseconds; grown as it is needed.
    private const int MostBuckets = (40 - StepBits + 1) * Steps;

    private int[] _counts = [];
    private long _total;

    /// <summary>The longest.</summary>
    public TimeSpan Max { get; private set; }

    /// <summary>True if there was one.</summary>
    public bool HasAny => _total > 0;

    /// <summary>Counts a time.</summary>
    public void Add(double seconds)
    {
        var milliseconds = (long)Math.Clamp(Math.Round(seconds * 1000), 0, 1e12);
        Count(BucketOf(milliseconds), 1);
        var time = TimeSpan.FromMilliseconds(milliseconds);
        Max = time > Max ? time : Max;
    }

    /// <summary>Counts the times of another as well.</summary>
    public void Add(LatencyHistogram other)
    {
        for (var i = 0; i < other._counts.Length; i++)
        {
            if (other._counts[i] > 0)
                Count(i, other._counts[i]);
        }

        Max = other.Max > Max ? other.Max : Max;
    }

    /// <summary>The time that a share of all do not exceed.</summary>
    public TimeSpan At(double share)
    {
        var left = (long)Math.Ceiling(share * _total);
        for (var i = 0; i < _counts.Length; i++)
        {
            left -= _counts[i];
            if (left <= 0)
                return TimeSpan.FromMilliseconds(Math.Min(MiddleOf(i), Max.TotalMilliseconds));
        }

        return Max;
    }

    private static int BucketOf(long value)
    {
        if (value < 2 * Steps)
            return (int)value;
        var shift = BitOperations.Log2((ulong)value) - StepBits;
        return Math.Min(MostBuckets - 1, (shift * Steps) + (int)(value >> shift));
    }

    private static double MiddleOf(int bucket)
    {
        if (bucket < 2 * Steps)
            return bucket;
        var shift = (bucket / Steps) - 1;
        return ((long)(bucket - (shift * Steps)) << shift) + ((1L << shift) / 2.0);
    }

    private void Count(int bucket, int count)
    {
        if (bucket >= _counts.Length)
            Array.Resize(ref _counts, Math.Min(MostBuckets, (bucket | (Steps - 1)) + 1));
        _counts[bucket] += count;
        _total += count;
    }
}
