using System.Collections.Concurrent;
using System.Globalization;

namespace MailOps.Bench;

/// <summary>What became of each message of a soak, as its clients were told; and whether the store agrees.</summary>
internal sealed class SoakLedger
{
    /// <summary>The header field that says which message it is.</summary>
    internal const string Field = "X-Soak-Id: ";

    private readonly ConcurrentDictionary<long, byte> accepted = new();
    private readonly ConcurrentDictionary<long, int> deleted = new();
    private readonly ConcurrentDictionary<long, byte> perhapsDeleted = new();
    private readonly ConcurrentDictionary<string, int> counts = new(StringComparer.Ordinal);
    private long last;

    /// <summary>A number for the next message.</summary>
    internal long Next() => Interlocked.Increment(ref last);

    /// <summary>The server has answered for this message.</summary>
    internal void Accept(long id) => accepted[id] = 1;

    /// <summary>QUIT was answered with +OK after these were deleted.</summary>
    internal void Delete(IEnumerable<long> ids)
    {
        foreach (var id in ids)
            deleted.AddOrUpdate(id, 1, static (_, n) => n + 1);
    }

    /// <summary>QUIT was sent and its answer was not read: these may be deleted or not.</summary>
    internal void PerhapsDelete(IEnumerable<long> ids)
    {
        foreach (var id in ids)
            perhapsDeleted[id] = 1;
    }

    /// <summary>Counts what happened.</summary>
    internal void Count(string what) => counts.AddOrUpdate(what, 1, static (_, n) => n + 1);

    /// <summary>Compares with the store, prints what was counted and what is wrong.</summary>
    /// <returns>True if nothing is lost and nothing is there twice.</returns>
    internal bool Check(string store)
    {
        var found = new Dictionary<long, int>();
        foreach (var file in Directory.EnumerateFiles(store, "*", SearchOption.AllDirectories))
        {
            if (Path.GetFileName(Path.GetDirectoryName(file)) is not ("new" or "cur"))
                continue;
            foreach (var line in File.ReadLines(file).TakeWhile(static line => line.Length > 0))
            {
                if (line.StartsWith(Field, StringComparison.Ordinal) && long.TryParse(line[Field.Length..], CultureInfo.InvariantCulture, out var id))
                    found[id] = found.GetValueOrDefault(id) + 1;
            }
        }

        var lost = accepted.Keys.Where(id => !found.ContainsKey(id) && !deleted.ContainsKey(id) && !perhapsDeleted.ContainsKey(id)).Order().ToList();
        var doubled = found.Where(pair => pair.Value + deleted.GetValueOrDefault(pair.Key) > 1).Select(pair => pair.Key)
            .Concat(deleted.Where(pair => pair.Value > 1).Select(pair => pair.Key)).Distinct().Order().ToList();
        foreach (var (what, count) in counts.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            Console.WriteLine($"count\t{count}\t{what}");
        Console.WriteLine($"messages\t{accepted.Count}\t{deleted.Count}\t{found.Count}\t{lost.Count}\t{doubled.Count}");
        Console.WriteLine($"wrong\tlost {string.Join(' ', lost.Take(20))}; doubled {string.Join(' ', doubled.Take(20))}");
        return lost.Count == 0 && doubled.Count == 0;
    }
}
