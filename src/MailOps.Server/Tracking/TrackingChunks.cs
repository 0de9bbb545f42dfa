using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace MailOps.Server.Tracking;

/// <summary>Whole lines of a part of a file, in memory that is the caller's for the length of the call.</summary>
internal delegate T OfLines<T>(ReadOnlySpan<byte> lines);

/// <summary>Goes through a log in pieces, on all processors, and hands on what comes of each in their order. Memory is that of a few pieces.</summary>
internal static class TrackingChunks
{
    private const int Piece = 1 << 20;

    // Longer than any line.
    private const int Overlap = 256 * 1024;

    private static readonly TimeSpan Margin = 2 * TrackingLog.Disorder;

    /// <summary>Runs work on all pieces that may have rows of a time.</summary>
    public static async IAsyncEnumerable<T> RunAsync<T>(string folder, DateTimeOffset? start, DateTimeOffset? end, OfLines<T> work, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        var ahead = new Queue<Task<T>>();
        try
        {
            foreach (var path in Files(folder, start, end))
            {
                using var file = TrackingTimes.Open(path);
                if (file is null)
                    continue;
                var length = RandomAccess.GetLength(file);
                var from = start is { } first ? TrackingTimes.Find(file, length, Shifted(first, -Margin)) : 0;
                var to = end is { } last ? Math.Min(length, TrackingTimes.Find(file, length, Shifted(last, Margin)) + Piece) : length;
                for (var at = from; at < to; at += Piece)
                {
                    cancel.ThrowIfCancellationRequested();
                    var (low, high) = (at, Math.Min(at + Piece, to));
                    ahead.Enqueue(Task.Run(() => Read(file, low, high, work), CancellationToken.None));
                    if (ahead.Count > 2 * Environment.ProcessorCount)
                        yield return await ahead.Dequeue();
                }

                // The file stays open until they are done.
                while (ahead.Count > 0)
                    yield return await ahead.Dequeue();
            }
        }
        finally
        {
            await Task.WhenAll(ahead).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    /// <summary>The files that may have rows of a time, the oldest first.</summary>
    public static IEnumerable<string> Files(string folder, DateTimeOffset? start, DateTimeOffset? end)
    {
        var parts = new List<TrackingPart>();
        if (Directory.Exists(folder))
        {
            foreach (var path in Directory.EnumerateFiles(folder))
            {
                if (TrackingPart.TryParse(Path.GetFileName(path.AsSpan()), out var part))
                    parts.Add(part);
            }
        }

        parts.Sort(TrackingPart.Compare);
        var first = start is { } from ? DateOnly.FromDateTime(from.UtcDateTime) : DateOnly.MinValue;
        var last = end is { } to ? DateOnly.FromDateTime(to.UtcDateTime) : DateOnly.MaxValue;
        return parts.Where(part => part.Day >= first && part.Day <= last).Select(part => Path.Join(folder, part.Name));
    }

    private static DateTimeOffset Shifted(DateTimeOffset time, TimeSpan by) =>
        by < TimeSpan.Zero ? (time - DateTimeOffset.MinValue > -by ? time + by : DateTimeOffset.MinValue) : (DateTimeOffset.MaxValue - time > by ? time + by : DateTimeOffset.MaxValue);

    // The lines that begin in a piece: the last may end behind it.
    private static T Read<T>(SafeFileHandle file, long low, long high, OfLines<T> work)
    {
        var octets = ArrayPool<byte>.Shared.Rent(Piece + Overlap);
        try
        {
            var from = Math.Max(0, low - 1);
            var wanted = (int)(high - from) + Overlap;
            var count = 0;
            // Nearly always the last line ends soon: what is behind it is read only if it does not.
            while (count < wanted && RandomAccess.Read(file, octets.AsSpan(count, Math.Min(wanted, count == 0 ? (int)(high - from) + 4096 : wanted) - count), from + count) is > 0 and var read)
            {
                count += read;
                if (count >= high - from && octets.AsSpan((int)(high - from) - 1, count - (int)(high - from) + 1).Contains((byte)'\n'))
                    break;
            }

            var lines = octets.AsSpan(0, count);
            var begin = low == 0 ? 0 : lines.IndexOf((byte)'\n') + 1;
            var before = (int)Math.Min(high - from, count);
            if ((low > 0 && begin == 0) || begin >= before)
                return work([]);
            // A line that has no end is not whole yet.
            var end = lines[(before - 1)..].IndexOf((byte)'\n');
            end = end >= 0 ? before + end : lines.LastIndexOf((byte)'\n') + 1;
            return work(end > begin ? lines[begin..end] : []);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(octets);
        }
    }
}
