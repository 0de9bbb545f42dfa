using System.Globalization;
using MailOps.Maildir;

namespace MailOps.Bench.Store;

/// <summary>What an open folder costs in memory: the managed heap with one session on it, less the heap before.</summary>
internal static class MemoryBench
{
    internal static async Task<int> RunAsync(string root, int count)
    {
        var cur = Directory.CreateDirectory(Path.Combine(root, "mail", "example.com", "bench", "cur")).FullName;
        for (var i = 0; i < count; i++)
        {
            using var file = File.OpenHandle(Path.Combine(cur, string.Create(CultureInfo.InvariantCulture, $"{1_700_000_000 + i}.M{i % 1_000_000:D6}P1Q{i}.host,S=0,W=0:2,{(i % 3 == 0 ? "S" : "")}")), FileMode.CreateNew, FileAccess.Write);
        }

        await using var store = new MaildirStore(root);
        var account = await store.OpenAccountAsync("bench@example.com", CancellationToken.None);
        await account.CreateAsync("Other", CancellationToken.None);
        await using var other = await account.OpenAsync("Other", readOnly: false, CancellationToken.None);
        var before = Collected();
        await using var mailbox = await account.OpenAsync(MailboxName.Inbox, readOnly: true, CancellationToken.None);
        if (mailbox!.Messages.Count != count)
            throw new InvalidOperationException($"Expected {count} messages, found {mailbox.Messages.Count}.");
        Console.WriteLine((Collected() - before).ToString(CultureInfo.InvariantCulture));
        return 0;
    }

    private static long Collected()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
