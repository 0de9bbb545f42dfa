using System.Diagnostics;
using System.Globalization;
using MailOps.Maildir.Disk;

namespace MailOps.Bench.Store;

/// <summary>What the machine's disk gives by itself, without a store or a server: the floor that all figures of receiving stand on.</summary>
internal static class Floor
{
    private const int Size = 4096;
    private const int Group = 20;

    /// <summary>Measures each way for a moment and prints a line for it: the name, a tab, messages a second.</summary>
    internal static int Run(string folder, double seconds)
    {
        using var disk = new LinuxDisk();
        Print("fsync of file and directory, one after the other", Measure(folder, seconds, path => SyncEach(disk, path)));
        Print($"syncfs for {Group} files", Measure(folder, seconds, path => SyncGroup(disk, path)));
        Print("files written and renamed, no sync", Measure(folder, seconds, path => Place(disk, path, 1)));
        return 0;
    }

    private static void Print(string name, double rate) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}\t{rate:0}"));

    private static double Measure(string folder, double seconds, Func<string, int> work)
    {
        var path = Directory.CreateDirectory(Path.Combine(folder, Path.GetRandomFileName())).FullName;
        Directory.CreateDirectory(Path.Combine(path, "tmp"));
        Directory.CreateDirectory(Path.Combine(path, "new"));
        work(path);
        var messages = 0;
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed.TotalSeconds < seconds)
            messages += work(path);

        // Left to the caller to remove: files that are made just after others were removed cost far more on ext4.
        return messages / clock.Elapsed.TotalSeconds;
    }

    private static int SyncEach(LinuxDisk disk, string path)
    {
        var name = Path.GetRandomFileName();
        var from = Path.Combine(path, "tmp", name);
        using (var file = File.OpenHandle(from, FileMode.CreateNew, FileAccess.Write))
        {
            RandomAccess.Write(file, new byte[Size], 0);
            RandomAccess.FlushToDisk(file);
        }

        disk.Rename(from, Path.Combine(path, "new", name));
        disk.Flush(Path.Combine(path, "new"));
        return 1;
    }

    private static int SyncGroup(LinuxDisk disk, string path)
    {
        Place(disk, path, Group);
        disk.Sync([path]);
        return Group;
    }

    private static int Place(LinuxDisk disk, string path, int count)
    {
        var names = new string[count];
        var body = new ReadOnlyMemory<byte>[] { new byte[Size] };
        for (var i = 0; i < count; i++)
        {
            names[i] = Path.GetRandomFileName();
            disk.Create(Path.Combine(path, "tmp", names[i]), body);
        }

        foreach (var name in names)
            disk.Rename(Path.Combine(path, "tmp", name), Path.Combine(path, "new", name));
        return count;
    }
}
