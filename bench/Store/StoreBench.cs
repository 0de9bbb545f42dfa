using System.Diagnostics;
using System.Globalization;
using System.Text;
using MailOps.Maildir;

namespace MailOps.Bench.Store;

/// <summary>The Maildir store alone: durable deliveries by many writers beside a sync for each message, and opening of folders.</summary>
internal static class StoreBench
{
    private const string Account = "bench@example.com";
    private const int Size = 4096;

    internal static async Task<int> RunAsync(string[] arguments)
    {
        var root = arguments.Length > 0 ? arguments[0] : Path.GetTempPath();
        var messages = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 20_000;
        var writers = arguments.Length > 2 ? int.Parse(arguments[2], CultureInfo.InvariantCulture) : 20;
        var body = MakeBody();

        Console.WriteLine($"| {"work",-52} | {"figure",20} |");
        Console.WriteLine($"|{new string('-', 54)}|{new string('-', 22)}|");
        for (var round = 1; round <= 3; round++)
        {
            Row($"sync of file and directory, {writers} threads, 4 KiB", await RateAsync(root, path => SyncEachAsync(path, body, messages / 2, writers)));
            Row($"store, {writers} writers, 4 KiB, one account", await RateAsync(root, path => DeliverAsync(path, body, messages, writers, 1)));
            Row($"store, {writers} writers, 4 KiB, 100 accounts", await RateAsync(root, path => DeliverAsync(path, body, messages, writers, 100)));
        }

        foreach (var count in new[] { 1_000, 100_000 })
            await OpenAsync(root, count);
        return 0;
    }

    private static void Row(string work, string figure) => Console.WriteLine($"| {work,-52} | {figure,20} |");

    // Processor time beside the rate: on a machine that is not idle it says more.
    private static async Task<string> RateAsync(string root, Func<string, Task<double>> work)
    {
        var before = Process.GetCurrentProcess().TotalProcessorTime;
        var clock = Stopwatch.StartNew();
        var rate = await InFreshDirectoryAsync(root, work);
        var processor = (Process.GetCurrentProcess().TotalProcessorTime - before) / (rate * clock.Elapsed.TotalSeconds);
        return $"{rate:N0}/s, {processor.TotalMicroseconds:N0} us";
    }

    private static byte[] MakeBody()
    {
        var text = new StringBuilder("From: a@example.com\r\nTo: b@example.com\r\nSubject: bench\r\n\r\n");
        while (text.Length < Size - 2)
            text.Append("The quick brown fox jumps over the lazy dog, again and again.\r\n");
        text.Length = Size - 2;
        return Encoding.ASCII.GetBytes(text.Append("\r\n").ToString());
    }

    // Removed at the end: files that are made just after others were removed cost far more on ext4.
    private static Task<double> InFreshDirectoryAsync(string root, Func<string, Task<double>> work) =>
        work(Directory.CreateDirectory(Path.Combine(root, Path.GetRandomFileName())).FullName);

    private static async Task<double> DeliverAsync(string path, byte[] body, int messages, int writers, int accounts)
    {
        await using var store = new MaildirStore(path);
        for (var i = 0; i < accounts; i++)
            await store.OpenAccountAsync($"u{i}@example.com", CancellationToken.None);
        var next = 0;
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, writers).Select(_ => Task.Run(async () =>
        {
            int number;
            while ((number = Interlocked.Increment(ref next)) <= messages)
            {
                await using var delivery = store.BeginDelivery();
                delivery.Write(body);
                await delivery.CommitAsync([new DeliveryTarget($"u{number % accounts}@example.com")], CancellationToken.None);
            }
        })));
        return messages / clock.Elapsed.TotalSeconds;
    }

    /// <summary>What a store without group commit does: sync the file, rename it, sync the directory, each on a thread of its own.</summary>
    private static async Task<double> SyncEachAsync(string path, byte[] body, int messages, int writers)
    {
        var temporary = Directory.CreateDirectory(Path.Combine(path, "tmp")).FullName;
        var target = Directory.CreateDirectory(Path.Combine(path, "new")).FullName;
        using var disk = new MailOps.Maildir.Disk.LinuxDisk();
        var next = 0;
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, writers).Select(_ => Task.Factory.StartNew(
            () =>
            {
                int number;
                while ((number = Interlocked.Increment(ref next)) <= messages)
                {
                    var name = number.ToString(CultureInfo.InvariantCulture);
                    using (var file = File.OpenHandle(Path.Combine(temporary, name), FileMode.CreateNew, FileAccess.Write))
                    {
                        RandomAccess.Write(file, body, 0);
                        RandomAccess.FlushToDisk(file);
                    }

                    disk.Rename(Path.Combine(temporary, name), Path.Combine(target, name));
                    disk.Flush(target);
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));
        return messages / clock.Elapsed.TotalSeconds;
    }

    private static async Task OpenAsync(string root, int count)
    {
        await InFreshDirectoryAsync(root, async path =>
        {
            var cur = Directory.CreateDirectory(Path.Combine(path, "mail", "example.com", "bench", "cur")).FullName;
            for (var i = 0; i < count; i++)
                await File.WriteAllBytesAsync(Path.Combine(cur, $"{1_700_000_000 + i}.M{i % 1_000_000:D6}P1Q{i}.host,S=0,W=0:2,{(i % 3 == 0 ? "S" : "")}"), []);
            var figures = new List<string>();
            for (var round = 0; round < 3; round++)
            {
                await using var store = new MaildirStore(path);
                var account = await store.OpenAccountAsync(Account, CancellationToken.None);
                figures.Add(await OpenOnceAsync(account, count));
                figures.Add(await OpenOnceAsync(account, count));
            }

            Row($"open {count:N0} messages: first time, again in the process", $"{figures[0]}, {figures[1]} ms");
            Row($"open {count:N0} messages: known UIDs, again in the process", $"{figures[4]}, {figures[5]} ms");
            return 0;
        });
    }

    private static async Task<string> OpenOnceAsync(IMailAccount account, int count)
    {
        var clock = Stopwatch.StartNew();
        await using var mailbox = await account.OpenAsync("INBOX", readOnly: false, CancellationToken.None);
        if (mailbox!.Messages.Count != count)
            throw new InvalidOperationException($"Expected {count} messages, found {mailbox.Messages.Count}.");
        return clock.Elapsed.TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture);
    }
}
