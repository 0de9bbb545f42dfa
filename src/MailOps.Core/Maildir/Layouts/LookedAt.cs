using MailOps.Maildir.Disk;

namespace MailOps.Maildir.Layouts;

/// <summary>
/// Directories as they were before they were read. A directory that another program renames while its parent is read may show neither
/// under its old name nor under its new one; only parents that stood still tell what there is.
/// </summary>
internal sealed class LookedAt(IMaildirDisk disk)
{
    // The kernel stamps directories with the time of its last tick: two changes within one tick look like one.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    private readonly List<(string Path, FileFacts? Facts)> _directories = [];
    private readonly DateTimeOffset _started = DateTimeOffset.UtcNow;

    /// <summary>Call it before the directory is read.</summary>
    internal void Add(string directory) => _directories.Add((directory, disk.Stat(directory)));

    /// <summary>True if no directory changed since it was added, as far as its time tells.</summary>
    internal bool IsUnchanged() => _directories.TrueForAll(one => disk.Stat(one.Path) == one.Facts);

    /// <summary>True if no directory changed since it was added, nor so shortly before that a change could not be told.</summary>
    internal bool StoodStill() => _directories.TrueForAll(one =>
        disk.Stat(one.Path) == one.Facts && (one.Facts is not { } facts || (_started - facts.Modified).Duration() >= Tick));
}
