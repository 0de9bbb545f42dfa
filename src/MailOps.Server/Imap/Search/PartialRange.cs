namespace MailOps.Server.Imap.Search;

/// <summary>Places among what was found, counted from 1, or from the end if they are below 0 (RFC 9394): <c>1:100</c>, <c>-1:-100</c>.</summary>
/// <param name="First">The lower one, however the client wrote them; the one nearer the end if they count from there.</param>
/// <param name="Last">The other one.</param>
internal readonly record struct PartialRange(long First, long Last)
{
    /// <summary>Reads a range. Both of its ends count from the same side.</summary>
    public static bool TryParse(ref ImapReader reader, out PartialRange range)
    {
        range = default;
        var fromEnd = reader.Is('-');
        if (!reader.Number(out var first) || first == 0 || !reader.Is(':') || reader.Is('-') != fromEnd || !reader.Number(out var last) || last == 0)
            return false;
        var (low, high) = (Math.Min(first, last), Math.Max(first, last));
        range = fromEnd ? new PartialRange(-(long)low, -(long)high) : new PartialRange(low, high);
        return true;
    }

    /// <summary>Where the range begins among so many, counted from 0, and how many it has of them.</summary>
    public (int Start, int Count) Of(int count)
    {
        var (start, end) = First < 0 ? (count + Last, count + First + 1) : (First - 1, Last);
        (start, end) = (Math.Max(start, 0), Math.Min(end, count));
        return start < end ? ((int)start, (int)(end - start)) : (0, 0);
    }

    /// <summary>The range as a reply tells it.</summary>
    public override string ToString() => FormattableString.Invariant($"{First}:{Last}");
}
