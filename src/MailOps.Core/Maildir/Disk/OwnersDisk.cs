using System.Runtime.InteropServices;

namespace MailOps.Maildir.Disk;

/// <summary>
/// A disk that works in a Maildir as its owner's own programs do. Root takes the owner's place for the length of each call: what it makes
/// belongs to the owner, and a link that the owner laid leads root nowhere that the owner cannot go. Where the Maildir's directory
/// lets a group or all read, so do the files that are made.
/// </summary>
internal sealed partial class OwnersDisk : IMaildirDisk
{
    private const int ReadWrite = 0b110_110_110;
    private const int ReadWriteOfOwner = 0b110_000_000;
    private const int NoFollow = 0x20000;
    private const int NoFollowAt = 0x100;
    private const int EmptyPath = 0x1000;

    private readonly IMaildirDisk _disk;
    private readonly (uint User, uint Group)? _owner;
    private readonly uint _directoryMode;

    private OwnersDisk(IMaildirDisk disk, (uint User, uint Group)? owner, uint directoryMode)
    {
        _disk = disk;
        _owner = owner;
        _directoryMode = directoryMode;
    }

    /// <summary>The disk itself where what it makes is right anyway.</summary>
    /// <exception cref="MailStoreException">Root cannot take the owner's place.</exception>
    internal static unsafe IMaildirDisk Wrap(IMaildirDisk disk, string root)
    {
        if (!OperatingSystem.IsLinux())
            return disk;
        Facts facts;
        if (StatOwner(LinuxCalls.CurrentDirectory, root, 0, LinuxCalls.StatBasic, &facts) != 0)
            return disk;
        var mode = (uint)facts.Mode & 0b111_111_111_111;
        (uint, uint)? owner = null;
        if (Environment.IsPrivilegedProcess && facts.User != 0)
        {
            OwnersPlace.Require(root, (facts.User, facts.Group));
            owner = (facts.User, facts.Group);
        }

        return owner is not null || (mode & ReadWrite) != ReadWriteOfOwner ? new OwnersDisk(disk, owner, mode) : disk;
    }

    public void CreateDirectory(string path)
    {
        using var place = new OwnersPlace(_owner);
        var missing = new Stack<string>();
        for (var one = path; one is not null && _disk.Stat(one) is null; one = Path.GetDirectoryName(one))
            missing.Push(one);
        _disk.CreateDirectory(path);
        foreach (var one in missing)
            SetMode(one, _directoryMode);
    }

    public FileFacts? Stat(string path)
    {
        using var place = new OwnersPlace(_owner);
        return _disk.Stat(path);
    }

    public bool List(string directory, bool directories, NameFound found)
    {
        using var place = new OwnersPlace(_owner);
        return _disk.List(directory, directories, found);
    }

    public byte[]? ReadAll(string path)
    {
        using var place = new OwnersPlace(_owner);
        return _disk.ReadAll(path);
    }

    public int ReadStart(string path, Span<byte> octets)
    {
        using var place = new OwnersPlace(_owner);
        return _disk.ReadStart(path, octets);
    }

    public DiskFile? OpenFile(string path, bool forAppend)
    {
        using var place = new OwnersPlace(_owner);
        return _disk.OpenFile(path, forAppend);
    }

    public bool Create(string path, ReadOnlySpan<ReadOnlyMemory<byte>> content)
    {
        using var place = new OwnersPlace(_owner);
        if (!_disk.Create(path, content))
            return false;
        SetMode(path, _directoryMode & ReadWrite);
        return true;
    }

    public bool Append(string path, ReadOnlySpan<byte> octets)
    {
        using var place = new OwnersPlace(_owner);
        return _disk.Append(path, octets);
    }

    public void Overwrite(string path, ReadOnlySpan<byte> octets)
    {
        using var place = new OwnersPlace(_owner);
        var isNew = _disk.Stat(path) is null;
        _disk.Overwrite(path, octets);
        if (isNew)
            SetMode(path, _directoryMode & ReadWrite);
    }

    public bool Rename(string from, string to)
    {
        using var place = new OwnersPlace(_owner);
        return _disk.Rename(from, to);
    }

    public LinkResult Link(string from, string to)
    {
        using var place = new OwnersPlace(_owner);
        return _disk.Link(from, to);
    }

    public bool Unlink(string path)
    {
        using var place = new OwnersPlace(_owner);
        return _disk.Unlink(path);
    }

    public void DeleteTree(string path)
    {
        using var place = new OwnersPlace(_owner);
        _disk.DeleteTree(path);
    }

    public void SetModified(string path, DateTimeOffset time)
    {
        using var place = new OwnersPlace(_owner);
        _disk.SetModified(path, time);
    }

    public void Flush(string path)
    {
        using var place = new OwnersPlace(_owner);
        _disk.Flush(path);
    }

    public void Sync(IReadOnlyCollection<string> directories)
    {
        using var place = new OwnersPlace(_owner);
        _disk.Sync(directories);
    }

    public void Dispose() => _disk.Dispose();

    /// <summary>Whom a file belongs to, and its rights; null where systems do not say, or there is none.</summary>
    internal static unsafe (uint User, uint Group, uint Mode)? OwnerOf(string path)
    {
        Facts facts;
        return OperatingSystem.IsLinux() && StatOwner(LinuxCalls.CurrentDirectory, path, NoFollowAt, LinuxCalls.StatBasic, &facts) == 0
            ? (facts.User, facts.Group, facts.Mode & 0b111_111_111_111u)
            : null;
    }

    /// <summary>What lies at a path in the place of a file: "directory", "pipe", "socket" or "device"; null if it is a file or a link, or there is nothing, or systems do not say.</summary>
    /// <param name="path">The path.</param>
    /// <param name="followsLinks">True to look at what a link leads to, false at the link itself.</param>
    internal static unsafe string? NoFileAt(string path, bool followsLinks = false)
    {
        Facts facts;
        if (!OperatingSystem.IsLinux())
            return Directory.Exists(path) ? "directory" : null;
        if (StatOwner(LinuxCalls.CurrentDirectory, path, followsLinks ? 0 : NoFollowAt, LinuxCalls.StatBasic, &facts) != 0)
            return null;
        return (facts.Mode & 0xF000) switch
        {
            0x4000 => "directory",
            0x1000 => "pipe",
            0xC000 => "socket",
            0x2000 or 0x6000 => "device",
            _ => null,
        };
    }

    /// <summary>
    /// Gives a file or directory to an owner, with more rights. Not one that has a second name: that may be a file of somebody else's, to
    /// which the owner of the Maildir laid a link.
    /// </summary>
    /// <returns>False if it may not be, or is something else.</returns>
    internal static unsafe bool TryGive(string root, string path, uint user, uint group, uint rights)
    {
        var top = LinuxCalls.Open(root, LinuxCalls.CloseOnExec, 0);
        var descriptor = LinuxCalls.Open(path, NoFollow | LinuxCalls.NonBlocking | LinuxCalls.CloseOnExec, 0);
        try
        {
            // Where the descriptor leads, whatever links lie on the way: nothing outside the Maildir is touched.
            if (top < 0 || descriptor < 0 || PlaceOf(top) is not { } inside || PlaceOf(descriptor) is not { } place
                || (place != inside && !place.StartsWith(inside.TrimEnd('/') + "/", StringComparison.Ordinal)))
                return false;
            Facts facts;
            if (StatOwner(descriptor, "", EmptyPath, LinuxCalls.StatBasic, &facts) != 0)
                return false;
            var kind = facts.Mode & 0xF000;
            if (!(kind == 0x4000 || (kind == 0x8000 && facts.Links == 1)))
                return false;
            if ((facts.User != user || facts.Group != group) && ChangeOwner(descriptor, user, group) != 0)
                return false;
            return ChangeMode(descriptor, (facts.Mode & 0b111_111_111_111u) | rights) == 0;
        }
        finally
        {
            if (descriptor >= 0)
                _ = LinuxCalls.Close(descriptor);
            if (top >= 0)
                _ = LinuxCalls.Close(top);
        }
    }

    private static string? PlaceOf(int descriptor) => new FileInfo(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"/proc/self/fd/{descriptor}")).LinkTarget;

    // By a descriptor, so that it is the file that was made and not a link that somebody put there since.
    private void SetMode(string path, uint mode)
    {
        if ((_directoryMode & ReadWrite) == ReadWriteOfOwner)
            return;
        var descriptor = LinuxCalls.Open(path, NoFollow | LinuxCalls.NonBlocking | LinuxCalls.CloseOnExec, 0);
        if (descriptor < 0)
            return;
        _ = ChangeMode(descriptor, mode);
        _ = LinuxCalls.Close(descriptor);
    }

    [LibraryImport("libc", EntryPoint = "fchmod", SetLastError = true)]
    private static partial int ChangeMode(int descriptor, uint mode);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    private static partial int ChangeOwner(int descriptor, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int StatOwner(int directory, string path, int flags, uint mask, Facts* buffer);

    /// <summary>The owner's part of struct statx.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Facts
    {
        [FieldOffset(16)]
        internal uint Links;

        [FieldOffset(20)]
        internal uint User;

        [FieldOffset(24)]
        internal uint Group;

        [FieldOffset(28)]
        internal ushort Mode;
    }
}
