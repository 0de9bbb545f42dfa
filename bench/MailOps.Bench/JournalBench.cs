using System.Diagnostics;
using System.Globalization;
using MailOps.Client.Migration.Journal;

namespace MailOps.Bench;

/// <summary>The journal of a copy of many messages: what noting them costs, and looking them up in the next run.</summary>
internal static class JournalBench
{
    /// <summary>Prints a figure on each line: name, number, unit.</summary>
    /// <param name="file">The journal, which does not exist yet.</param>
    /// <param name="count">How many messages are copied.</param>
    /// <param name="batch">How many are begun, and completed, with one call.</param>
    internal static async Task<int> RunAsync(string file, int count, int batch)
    {
        await using (var journal = CopyJournal.Open(file, "a", "b"))
        {
            var folder = Folder(journal, "1");
            var watch = Stopwatch.StartNew();
            for (var first = 1; first <= count; first += batch)
            {
                var ids = Ids(first, Math.Min(batch, count - first + 1));
                folder.Begin([.. ids.Select(id => (id, new UInt128((ulong)id.Length * 0x9E3779B97F4A7C15, (ulong)first), 4096L))]);
                folder.Complete([.. ids.Select(id => (id, (string?)("1" + id), "\\Seen"))]);
            }

            Say("begun and completed", count / watch.Elapsed.TotalSeconds, "messages/s");
        }

        Say("size of the file", new FileInfo(file).Length / (double)count, "octets/message");
        var opening = Stopwatch.StartNew();
        await using (var journal = CopyJournal.Open(file, "a", "b"))
        {
            Say("opened and checked", opening.Elapsed.TotalMilliseconds, "ms");
            var folder = Folder(journal, "1");
            Measure("counted", () => folder.Count, 1);
            Measure("looked up, 1000 at once", () => Enumerable.Range(0, count / 1000).Sum(page => (long)folder.Find(Ids((page * 1000) + 1, 1000)).Count), count);
            Measure("listed", () => folder.Entries().LongCount(), count);
            Measure("ids on the target listed", () => folder.TargetIds().LongCount(), count);
            Measure("the source numbers anew", () => Folder(journal, "2").Count, 1);
            Measure("the target is made anew", () => journal.Folder("INBOX", "2", "INBOX", "2").Count, 1);
        }

        Say("memory at the most", Process.GetCurrentProcess().PeakWorkingSet64 / 1048576.0, "MiB");
        return 0;
    }

    private static JournalFolder Folder(CopyJournal journal, string sourceEpoch) => journal.Folder("INBOX", sourceEpoch, "INBOX", "1");

    private static List<string> Ids(int first, int count) => [.. Enumerable.Range(first, count).Select(id => id.ToString(CultureInfo.InvariantCulture))];

    private static void Measure(string what, Func<long> work, int messages)
    {
        var watch = Stopwatch.StartNew();
        work();
        if (messages > 1)
            Say(what, messages / watch.Elapsed.TotalSeconds, "messages/s");
        else
            Say(what, watch.Elapsed.TotalMilliseconds, "ms");
    }

    private static void Say(string what, double figure, string unit) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}\t{figure:0.#}\t{unit}"));
}
