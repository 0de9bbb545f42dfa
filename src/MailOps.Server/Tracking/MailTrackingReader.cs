namespace MailOps.Server.Tracking;

/// <summary>Searches the tracking log of a store, whether a server runs on it or not. Nothing is changed or locked.</summary>
/// <param name="storePath">The store's folder.</param>
public sealed class MailTrackingReader(string storePath)
{
    private static readonly TimeSpan Disorder = 2 * TrackingLog.Disorder;

    private readonly string _folder = TrackingFolder.Of(storePath);

    /// <summary>True if the store has a log.</summary>
    public bool Exists => Directory.Exists(_folder);

    /// <summary>
    /// The rows that are asked for, in the order of their times; where the clock was set back, in that of their writing. Where messages are asked
    /// for, those about a destination that could not be reached are among them while one that was found waits there.
    /// </summary>
    /// <param name="query">Which.</param>
    /// <param name="cancel">Ends the search.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The log may not be read.</exception>
    public async IAsyncEnumerable<MailTrackingEntry> SearchAsync(MailTrackingQuery query, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        // What begins and ends a wait is looked at, asked for or not.
        var waits = query.HasWaits ? new TrackingWaits(query) : null;
        var wide = waits is null ? query : query with { EventIds = [], Sources = [], Start = TrackingWaits.Before(query.Start) };
        var needles = wide.Needles();
        if (waits is not null && needles.Count > 0)
            needles = [.. needles, TrackingWaits.Needle];
        Tune(needles, query);
        // Rows of several writers lie out of order by seconds: each waits until none before it can come.
        var waiting = new PriorityQueue<MailTrackingEntry, (DateTimeOffset, long)>();
        var (newest, number) = (DateTimeOffset.MinValue, 0L);
        await foreach (var rows in TrackingChunks.RunAsync(_folder, wide.Start, wide.End, lines => Search(lines, wide, needles), cancel))
        {
            foreach (var row in rows)
            {
                waiting.Enqueue(row, (row.Timestamp, number++));
                newest = row.Timestamp > newest ? row.Timestamp : newest;
                while (waiting.TryPeek(out var next, out _) && newest - next.Timestamp > Disorder)
                {
                    if (IsAskedFor(waiting.Dequeue(), query, waits))
                        yield return next;
                }
            }
        }

        while (waiting.TryDequeue(out var last, out _))
        {
            if (IsAskedFor(last, query, waits))
                yield return last;
        }
    }

    /// <summary>Puts the rows that are asked for together, and counts them. Memory is that of the groups.</summary>
    /// <param name="query">Which.</param>
    /// <param name="keys">By what; nothing for all in one.</param>
    /// <param name="mostGroups">How many groups there may be; what comes behind them is counted as <c>(others)</c>.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The log may not be read.</exception>
    public async Task<IReadOnlyList<MailTraffic>> MeasureAsync(MailTrackingQuery query, IReadOnlyList<MailTrafficKey> keys, int mostGroups, CancellationToken cancel)
    {
        var needles = query.Needles();
        Tune(needles, query);
        // Each piece takes a table that nobody uses, and gives it back: there are as many as processors.
        var free = new System.Collections.Concurrent.ConcurrentBag<TrafficTable>();
        await foreach (var _ in TrackingChunks.RunAsync(_folder, query.Start, query.End, lines => Count(lines, query, needles, keys, mostGroups, free), cancel))
        {
        }

        var all = new TrafficTable(keys, mostGroups);
        foreach (var table in free)
            all.Add(table);
        return [.. all.Groups()];
    }

    private static bool Count(ReadOnlySpan<byte> lines, MailTrackingQuery query, IReadOnlyList<OctetNeedle> needles, IReadOnlyList<MailTrafficKey> keys, int mostGroups, System.Collections.Concurrent.ConcurrentBag<TrafficTable> free)
    {
        var table = free.TryTake(out var known) ? known : new TrafficTable(keys, mostGroups);
        foreach (var line in new TrackingLines(lines, needles))
        {
            if (query.IsEverything || (TrackingLine.TryRead(lines[line]) is { } row && query.Fits(row)))
                table.Add(lines[line]);
        }

        free.Add(table);
        return true;
    }

    private static bool IsAskedFor(MailTrackingEntry row, MailTrackingQuery query, TrackingWaits? waits)
    {
        if (waits is null)
            return true;
        if (TrackingWaits.IsOfDestination(row))
            return query.FitsTime(row) && waits.AskFor(row);
        waits.Pass(row);
        return query.FitsTime(row) && query.FitsKind(row);
    }

    // Rows of destinations too, where messages are asked for: who waits for them is not known here.
    private static List<MailTrackingEntry> Search(ReadOnlySpan<byte> lines, MailTrackingQuery query, IReadOnlyList<OctetNeedle> needles)
    {
        var found = new List<MailTrackingEntry>();
        foreach (var line in new TrackingLines(lines, needles))
        {
            if (TrackingLine.TryRead(lines[line]) is { } row && (query.Fits(row) || (query.HasWaits && TrackingWaits.IsOfDestination(row) && query.FitsTime(row))))
                found.Add(row);
        }

        return found;
    }

    private void Tune(IReadOnlyList<OctetNeedle> needles, MailTrackingQuery query)
    {
        if (needles.Count == 0 || TrackingChunks.Files(_folder, query.Start, query.End).LastOrDefault() is not { } path)
            return;
        using var file = TrackingTimes.Open(path);
        if (file is null)
            return;
        var sample = new byte[64 * 1024];
        var length = RandomAccess.Read(file, sample, 0);
        foreach (var needle in needles)
            needle.Tune(sample.AsSpan(0, length));
    }
}
