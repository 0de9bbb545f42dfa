namespace MailOps.Server.Imap;

/// <summary>Numbers in ranges: ascending, none touches the next, so that each is found in a few steps however a client wrote them.</summary>
internal sealed class NumberRanges
{
    private readonly List<(uint Low, uint High)> _ranges;

    private NumberRanges(List<(uint Low, uint High)> ranges) => _ranges = ranges;

    /// <summary>No number.</summary>
    public static NumberRanges None { get; } = new([]);

    /// <summary>The ranges.</summary>
    public IReadOnlyList<(uint Low, uint High)> Ranges => _ranges;

    /// <summary>Ranges in any order, which may overlap.</summary>
    public static NumberRanges Of(IEnumerable<(uint Low, uint High)> ranges)
    {
        var merged = new List<(uint Low, uint High)>();
        foreach (var next in ranges.OrderBy(range => range.Low))
        {
            if (merged.Count > 0 && (next.Low <= merged[^1].High || next.Low == merged[^1].High + 1))
                merged[^1] = (merged[^1].Low, Math.Max(merged[^1].High, next.High));
            else
                merged.Add(next);
        }

        return new NumberRanges(merged);
    }

    /// <summary>Numbers in any order.</summary>
    public static NumberRanges Of(IEnumerable<uint> numbers) => Of(numbers.Select(number => (number, number)));

    /// <summary>True if the number is one of them.</summary>
    public bool Contains(uint number)
    {
        var (low, high) = (0, _ranges.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_ranges[middle].High < number)
                low = middle + 1;
            else
                high = middle;
        }

        return low < _ranges.Count && _ranges[low].Low <= number;
    }
}
