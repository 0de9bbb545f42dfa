using System.Collections.Concurrent;

namespace MailOps.Maildir.Disk;

/// <summary>
/// A lock that this process holds or tries to take, for all its stores: a lock file with our pid that is not claimed was left by an earlier
/// process with the same pid. A Maildir may be reached by several paths (a link, a bind mount), so the place is claimed
/// as well as the path.
/// </summary>
internal sealed class LockClaim : IDisposable
{
    private static readonly ConcurrentDictionary<string, bool> Paths = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<Place, bool> Places = [];

    private readonly string _path;
    private readonly Place _place;

    private LockClaim(string path, Place place)
    {
        _path = path;
        _place = place;
    }

    /// <summary>Claims a lock.</summary>
    /// <returns>Null if another task of this process has it, by this path or another.</returns>
    internal static LockClaim? TryMake(IMaildirDisk disk, string path)
    {
        if (!Paths.TryAdd(path, value: true))
            return null;
        var isMade = false;
        try
        {
            var place = PlaceOf(disk, path);
            isMade = Places.TryAdd(place, value: true);
            return isMade ? new LockClaim(path, place) : null;
        }
        finally
        {
            if (!isMade)
                Paths.TryRemove(path, out _);
        }
    }

    public void Dispose()
    {
        Places.TryRemove(_place, out _);
        Paths.TryRemove(_path, out _);
    }

    private static Place PlaceOf(IMaildirDisk disk, string path)
    {
        var directory = Path.GetDirectoryName(path)!;
        var inode = disk.Stat(directory)?.Inode ?? 0;

        // Where directories have no identity, the path without its links must do. Places that differ in case alone may be one: to take
        // two for one costs a wait.
        return inode != 0
            ? new Place(inode, Path.GetFileName(path))
            : new Place(0, Path.Join(WithoutLinks(directory), Path.GetFileName(path)).ToUpperInvariant());
    }

    private static string WithoutLinks(string directory)
    {
        if (Path.GetDirectoryName(directory) is not { } parent)
            return directory;
        var place = Path.Join(WithoutLinks(parent), Path.GetFileName(directory));
        try
        {
            return Directory.ResolveLinkTarget(place, returnFinalTarget: true)?.FullName ?? place;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What is missing is no link; what may not be looked at fails when the lock is taken.
            return place;
        }
    }

    private readonly record struct Place(ulong Directory, string Name);
}
