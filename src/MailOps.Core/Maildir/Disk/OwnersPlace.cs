using System.Globalization;
using System.Runtime.InteropServices;

namespace MailOps.Maildir.Disk;

/// <summary>
/// A user's place in file systems, taken by the calling thread alone and left when it is disposed, on the same thread: the user and the group
/// (setfsuid(2)), and no supplementary groups. Those of root would open to a link that the user laid what only root's groups may read.
/// </summary>
internal readonly unsafe ref partial struct OwnersPlace
{
    private const int MostOnStack = 64;

    // Changes nothing, and tells who the thread is (setfsuid(2)).
    private const uint Nobody = uint.MaxValue;

    // Of the calling thread; the function of the C library changes all threads (setgroups(2), "C library/kernel differences").
    private static readonly nint SetGroupsNumber = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 116,
        Architecture.Ppc64le => 81,
        Architecture.X86 or Architecture.Arm or Architecture.Armv6 or Architecture.S390x => 206,
        _ => 159,
    };

    private readonly bool _isTaken;
    private readonly uint _userBefore;
    private readonly uint _groupBefore;
    private readonly uint[]? _groupsBefore;

    /// <exception cref="MailStoreException">The system does not let the process leave its groups.</exception>
    internal OwnersPlace((uint User, uint Group)? owner)
    {
        if (owner is not { } taken)
            return;
        _groupsBefore = LeaveGroups(taken);
        _isTaken = true;
        _groupBefore = SetFileGroup(taken.Group);
        _userBefore = SetFileUser(taken.User);
    }

    /// <summary>Makes sure that the place can be taken at all.</summary>
    /// <exception cref="MailStoreException">It cannot.</exception>
    internal static void Require(string root, (uint User, uint Group) owner)
    {
        using var place = new OwnersPlace(owner);
        if (SetFileUser(Nobody) != owner.User || SetFileGroup(Nobody) != owner.Group)
            throw Refused(owner, $"the owner of '{root}'");
    }

    public void Dispose()
    {
        if (!_isTaken)
            return;
        _ = SetFileUser(_userBefore);
        _ = SetFileGroup(_groupBefore);
        if (_groupsBefore is { } groups)
        {
            fixed (uint* first = groups)
                _ = SystemCall(SetGroupsNumber, groups.Length, (nint)first);
        }
    }

    // Null if there were none but the owner's own: within a place that is taken already, above all.
    private static uint[]? LeaveGroups((uint User, uint Group) owner)
    {
        var found = stackalloc uint[MostOnStack];
        var count = GetGroups(MostOnStack, found);
        var groups = count >= 0 ? new ReadOnlySpan<uint>(found, count) : AllGroups();
        if (!groups.ContainsAnyExcept(owner.Group))
            return null;
        var before = groups.ToArray();
        return SystemCall(SetGroupsNumber, 0, 0) == 0 ? before : throw Refused(owner, "the owner of a Maildir");
    }

    private static uint[] AllGroups()
    {
        var groups = new uint[Math.Max(GetGroups(0, null), 0)];
        fixed (uint* first = groups)
            return groups[..Math.Max(GetGroups(groups.Length, first), 0)];
    }

    private static MailStoreException Refused((uint User, uint Group) owner, string whose) => new(
        StoreFault.NotWritable,
        string.Create(CultureInfo.InvariantCulture, $"Cannot take the place of {whose}, the user {owner.User}: the system does not let this process change its user and groups (a user namespace, or capabilities that were taken away). Run it as that user."));

    [LibraryImport("libc", EntryPoint = "setfsuid")]
    private static partial uint SetFileUser(uint user);

    [LibraryImport("libc", EntryPoint = "setfsgid")]
    private static partial uint SetFileGroup(uint group);

    [LibraryImport("libc", EntryPoint = "getgroups")]
    private static partial int GetGroups(int size, uint* groups);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(nint number, nint size, nint groups);
}
