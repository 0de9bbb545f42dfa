using System.Diagnostics;
using System.Globalization;
using MailOps.Maildir;
using MailOps.Maildir.Folders.Cache;
using MailOps.Messages;

namespace MailOps.Bench.Store;

/// <summary>Reading what lists and searches need of every message of a folder: from the files, and from what was kept of them.</summary>
internal static class DigestBench
{
    internal static async Task<int> RunAsync(string root, int count, int length, int runs)
    {
        var path = Directory.CreateDirectory(Path.Combine(root, "mailops-bench-" + Path.GetRandomFileName())).FullName;
        try
        {
            var inbox = Path.Combine(path, "mail", "example.com", "bench");
            MaildirMaker.Make(inbox, count, length);
            for (var run = 1; run <= runs; run++)
            {
                File.Delete(Path.Combine(inbox, MessageCache.FileName));
                await using var store = new MaildirStore(path);
                var account = await store.OpenAccountAsync("bench@example.com", CancellationToken.None);
                await using var mailbox = await account.OpenAsync(MailboxName.Inbox, readOnly: true, CancellationToken.None);
                Floor(inbox, mailbox!);
                foreach (var kind in (RecordKind[])[RecordKind.Digest, RecordKind.Structure, RecordKind.Preview])
                {
                    await RecordsAsync($"{kind} from the files", kind, mailbox!);
                    await RecordsAsync($"{kind} from the cache", kind, mailbox!);
                }
            }

            return 0;
        }
        finally
        {
            Directory.Delete(path, recursive: true);
        }
    }

    /// <summary>What the machine takes for opening, reading and closing each file, one after the other.</summary>
    private static void Floor(string inbox, IMailbox mailbox)
    {
        using var disk = new MailOps.Maildir.Disk.LinuxDisk();
        var octets = new byte[8192];
        var (clock, before) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        foreach (var message in mailbox.Messages)
            disk.ReadStart(Path.Join(inbox, "cur", message.FileName + ":2,"), octets);
        Tell("open, read, close", mailbox, clock.Elapsed, Environment.CpuUsage.TotalTime - before);
    }

    private static async Task RecordsAsync(string work, RecordKind kind, IMailbox mailbox)
    {
        var (clock, before) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        await using var records = new RecordSequence(mailbox, kind, mailbox.Messages);
        for (var i = 0; i < mailbox.Messages.Count; i++)
        {
            if (await records.NextAsync(CancellationToken.None) is null)
                throw new InvalidOperationException($"Message {i + 1} is gone.");
        }

        Tell(work, mailbox, clock.Elapsed, Environment.CpuUsage.TotalTime - before);
    }

    private static void Tell(string work, IMailbox mailbox, TimeSpan elapsed, TimeSpan processor) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{work,-28} {elapsed.TotalMicroseconds / mailbox.Messages.Count,8:F2} us a message, {processor.TotalMicroseconds / mailbox.Messages.Count,8:F2} us of processor"));
}
