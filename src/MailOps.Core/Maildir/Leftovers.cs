using System.Diagnostics;
using MailOps.Maildir.Disk;
using MailOps.Maildir.Names;

namespace MailOps.Maildir;

/// <summary>What a crash left in a scratch directory.</summary>
internal static class Leftovers
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(36);

    /// <summary>
    /// In a store's own scratch directory, everything that nobody can need any more: what a process left that is gone, and what was both begun
    /// and changed last more than 36 hours ago. APPEND gives its file the time of the message, which may be years ago; what
    /// locks are made of was begun when its process was.
    /// </summary>
    internal static void RemoveFromStore(IMaildirDisk disk, string scratch) => Remove(disk, scratch, (name, path) =>
        UniqueNames.IsLeftBehind(name, IsAlive)
        || ((!UniqueNames.TryBegun(name, out var begun) || IsOver(begun)) && disk.Stat(path) is { } facts && IsOver(facts.Modified)));

    /// <summary>
    /// In a Maildir's <c>tmp</c>, which other programs use too: only what this program named, whose process is gone, and which was begun more
    /// than 36 hours ago, the time after which every Maildir program may remove it.
    /// </summary>
    internal static void RemoveFromMaildir(IMaildirDisk disk, string tmp) => Remove(disk, tmp, (name, _) =>
        UniqueNames.IsLeftBehind(name, IsAlive) && UniqueNames.TryBegun(name, out var begun) && IsOver(begun));

    private static bool IsOver(DateTimeOffset time) => DateTimeOffset.UtcNow - time > Lifetime;

    private static void Remove(IMaildirDisk disk, string scratch, IsOld isOld)
    {
        var old = new List<(string Path, bool IsDirectory)>();
        foreach (var isDirectory in (ReadOnlySpan<bool>)[false, true])
        {
            disk.List(scratch, isDirectory, name =>
            {
                var path = Path.Join(scratch, name);
                if (isOld(name, path))
                    old.Add((path, isDirectory));
            });
        }

        foreach (var (path, isDirectory) in old)
        {
            if (isDirectory)
                disk.DeleteTree(path);
            else
                disk.Unlink(path);
        }
    }

    private static bool IsAlive(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return !process.HasExited;
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            return false;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return true;
        }
    }

    private delegate bool IsOld(ReadOnlySpan<char> name, string path);
}
