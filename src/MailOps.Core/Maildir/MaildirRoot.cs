using MailOps.Maildir.Disk;
using MailOps.Maildir.Layouts;

namespace MailOps.Maildir;

/// <summary>Tells a Maildir from what is none, with what to do instead.</summary>
internal static class MaildirRoot
{
    private const int MostNamed = 3;

    internal static bool IsMaildir(IMaildirDisk disk, string path) =>
        disk.Stat(Path.Join(path, "cur")) is not null && disk.Stat(Path.Join(path, "new")) is not null;

    /// <exception cref="MailStoreException">The directory is no Maildir.</exception>
    internal static void Require(IMaildirDisk disk, string path)
    {
        if (!IsMaildir(disk, path))
            throw Missing(disk, path);
    }

    /// <exception cref="MailStoreException">Something else is there.</exception>
    internal static void MakeIfMissing(IMaildirDisk disk, string path)
    {
        if (IsMaildir(disk, path))
            return;
        if (disk.Stat(path) is not null && (!disk.List(path, directories: true, static _ => { }) || Contents(disk, path).Count > 0))
            throw new MailStoreException(StoreFault.NoMaildir, $"Cannot make a Maildir at '{path}': something else is there. Name a directory that is empty or does not exist.");
        foreach (var part in (ReadOnlySpan<string>)["tmp", "new", "cur"])
            disk.CreateDirectory(Path.Join(path, part));
    }

    private static MailStoreException Missing(IMaildirDisk disk, string path)
    {
        string why;
        if (disk.Stat(path) is null)
            why = "there is no such directory. Check the path";
        else if (File.Exists(path))
            why = "it is a file. Name the directory that has 'cur', 'new' and 'tmp' in it";
        else if (Path.GetFileName(path) is "cur" or "new" or "tmp" && Path.GetDirectoryName(path) is { } parent && IsMaildir(disk, parent))
            why = $"it is a part of one. Open '{parent}'";
        else if (disk.Stat(Path.Join(path, "cur")) is not null)
            why = "it has 'cur' but no 'new'. If it is a Maildir that lost its empty directories, make 'new' and 'tmp' in it";
        else if (Below(disk, path) is { Count: > 0 } below)
            why = $"but there are some below it: {string.Join(", ", below.Take(MostNamed).Select(name => $"'{name}'"))}{(below.Count > MostNamed ? " and more" : "")}. Open one of those";
        else
            why = "it has no 'cur' and no 'new' in it. Check the path";
        return new MailStoreException(StoreFault.NoMaildir, $"'{path}' is no Maildir: {why}.");
    }

    private static List<string> Below(IMaildirDisk disk, string path)
    {
        var names = new List<string>();
        disk.List(path, directories: true, name => names.Add(name.ToString()));
        return [.. names.Where(name => FolderLayout.IsFolder(disk, Path.Join(path, name))).Order(StringComparer.Ordinal)];
    }

    private static List<string> Contents(IMaildirDisk disk, string path)
    {
        var names = new List<string>();
        disk.List(path, directories: true, name => names.Add(name.ToString()));
        disk.List(path, directories: false, name => names.Add(name.ToString()));
        return names;
    }
}
