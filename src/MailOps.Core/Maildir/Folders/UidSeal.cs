using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace MailOps.Maildir.Folders;

/// <summary>
/// What the store remembers about a folder's <c>dovecot-uidlist</c> apart from it (in <c>mailops-uidseal</c>), so that a damaged list
/// never makes a UID come twice: the next UID, and a checksum of the list as it was. The list may have been appended to or
/// replaced by another program since; it may not have been changed in place, and its next UID may not have gone down. Of a list
/// that a cut of the power shortened, that part is right which was durable when the seal was written.
/// </summary>
/// <param name="UidValidity">The UIDVALIDITY.</param>
/// <param name="NextUid">The next UID.</param>
/// <param name="Inode">The list's identity on its file system, 0 if unknown.</param>
/// <param name="Length">The list's octets.</param>
/// <param name="Checksum">Their checksum.</param>
/// <param name="Durable">What of it was on disk for certain.</param>
internal readonly record struct UidSeal(uint UidValidity, uint NextUid, ulong Inode, long Length, ulong Checksum, DurableList Durable)
{
    internal const string FileName = "mailops-uidseal";

    internal const ulong EmptyChecksum = 14695981039346656037;

    /// <summary>FNV-1a, 64 bits: it can go on where it ended when lines are appended. It is against accidents, not attackers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static ulong Extend(ulong checksum, ReadOnlySpan<byte> octets)
    {
        foreach (var octet in octets)
            checksum = (checksum ^ octet) * 1099511628211;
        return checksum;
    }

    internal static UidSeal? Parse(ReadOnlySpan<byte> octets)
    {
        var fields = Encoding.ASCII.GetString(octets).Split(' ', '\n');
        return fields.Length >= 10
            && fields[0] == "2"
            && TryNumber<uint>(fields[1], out var validity)
            && TryNumber<uint>(fields[2], out var next)
            && TryNumber<ulong>(fields[3], out var inode)
            && TryNumber<long>(fields[4], out var length)
            && TryNumber<ulong>(fields[5], out var checksum)
            && TryNumber<uint>(fields[6], out var durableNext)
            && TryNumber<long>(fields[7], out var durableLength)
            && TryNumber<ulong>(fields[8], out var durableChecksum)
            ? new UidSeal(validity, next, inode, length, checksum, new DurableList(durableNext, durableLength, durableChecksum))
            : null;
    }

    /// <summary>One length whatever the numbers, so that it is overwritten in place within one sector.</summary>
    internal byte[] Format() => Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"2 {UidValidity:D10} {NextUid:D10} {Inode:D20} {Length:D20} {Checksum:D20} {Durable.NextUid:D10} {Durable.Length:D20} {Durable.Checksum:D20}\n"));

    /// <summary>True if the list can be what became of the sealed one.</summary>
    internal bool Allows(UidList list, ReadOnlySpan<byte> octets, ulong inode)
    {
        if (list.UidValidity != UidValidity)
            return list.UidValidity > UidValidity;
        if (list.NextUid < NextUid)
            return false;
        if (inode == 0 || inode != Inode)
            return true;
        return octets.Length >= Length && Extend(EmptyChecksum, octets[..(int)Length]) == Checksum;
    }

    /// <summary>True if this is the sealed list, and what a cut of the power damaged of it was never told to anybody.</summary>
    internal bool AllowsCut(ReadOnlySpan<byte> octets, ulong inode) =>
        inode != 0
        && inode == Inode
        && Durable.Length > 0
        && octets.Length >= Durable.Length
        && Extend(EmptyChecksum, octets[..(int)Durable.Length]) == Durable.Checksum;

    private static bool TryNumber<T>(string text, out T number)
        where T : struct, System.Numerics.IBinaryInteger<T> =>
        T.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}

/// <summary>The part of a list that a sync covered.</summary>
/// <param name="NextUid">All messages with lower UIDs are on disk, content and name.</param>
/// <param name="Length">Octets of the list.</param>
/// <param name="Checksum">Their checksum.</param>
internal readonly record struct DurableList(uint NextUid, long Length, ulong Checksum);
