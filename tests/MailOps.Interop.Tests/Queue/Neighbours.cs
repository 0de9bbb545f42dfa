using System.Globalization;

namespace MailOps.Interop.Tests.Queue;

/// <summary>What is done with any neighbour.</summary>
internal static class Neighbours
{
    /// <summary>The subjects of the messages in a folder, which are their numbers, in order.</summary>
    public static int[] Numbers(string folder) =>
        Directory.Exists(folder) ? [.. Directory.GetFiles(folder).Select(NumberOf).Order()] : [];

    /// <summary>Waits until as many messages are in a folder, and says which.</summary>
    public static async Task<int[]> ArrivedAsync(string folder, int count, Func<string> log)
    {
        for (var last = (Count: -1, At: Environment.TickCount64); ;)
        {
            var now = Directory.Exists(folder) ? Directory.GetFiles(folder).Length : 0;
            if (now >= count)
                return Numbers(folder);
            if (now != last.Count)
                last = (now, Environment.TickCount64);
            if (Environment.TickCount64 - last.At > 60_000)
                throw new TimeoutException($"{now} of {count} messages are in {folder}, and none has come for a minute. {log()}");
            await Task.Delay(100);
        }
    }

    private static int NumberOf(string file) =>
        int.Parse(File.ReadLines(file).First(line => line.StartsWith("Subject: ", StringComparison.Ordinal)).AsSpan("Subject: ".Length), CultureInfo.InvariantCulture);
}
