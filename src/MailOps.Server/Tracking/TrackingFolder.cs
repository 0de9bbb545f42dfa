using MailOps.Maildir.Disk;

namespace MailOps.Server.Tracking;

/// <summary>The folder of the log and what is kept in it.</summary>
internal sealed class TrackingFolder(IMaildirDisk disk, string path)
{
    /// <summary>The folder.</summary>
    public string Path => path;

    /// <summary>The folder of a store's log.</summary>
    public static string Of(string storePath) => System.IO.Path.Join(storePath, "tracking");

    /// <summary>The files, the oldest first.</summary>
    public List<TrackingPart> Parts()
    {
        var parts = new List<TrackingPart>();
        disk.List(path, directories: false, name =>
        {
            if (TrackingPart.TryParse(name, out var part))
                parts.Add(part);
        });
        parts.Sort(TrackingPart.Compare);
        return parts;
    }

    /// <summary>Where a file is.</summary>
    public string PathOf(TrackingPart part) => System.IO.Path.Join(path, part.Name);

    /// <summary>Opens a file to append to it, and makes it if it is missing.</summary>
    public DiskFile Open(TrackingPart part)
    {
        var name = PathOf(part);
        while (true)
        {
            if (disk.OpenFile(name, forAppend: true) is { } file)
                return file;
            disk.CreateDirectory(path);
            disk.Create(name, [System.Text.Encoding.UTF8.GetBytes(TrackingLine.Head)]);
        }
    }

    /// <summary>Removes what is too old, and the oldest of what is too much. The newest file stays.</summary>
    public void Trim(TrackingOptions options, DateTimeOffset now)
    {
        var parts = Parts();
        var oldest = DateOnly.FromDateTime((now - options.MaxAge).UtcDateTime);
        var sizes = parts.ConvertAll(part => disk.Stat(PathOf(part))?.Length ?? 0);
        var total = sizes.Sum();
        for (var i = 0; i < parts.Count - 1 && (parts[i].Day < oldest || total > options.MaxSize); i++)
        {
            disk.Unlink(PathOf(parts[i]));
            total -= sizes[i];
        }
    }
}
