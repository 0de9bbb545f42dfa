using System.Globalization;
using System.Text;

namespace MailOps.Maildir.Folders;

/// <summary>
/// What the store remembers about a folder's <c>dovecot-uidlist</c> apart from it (in <c>mailops-uidseal</c>), so that a damaged list
/// never makes a UID come twice: the next UID, and a checksum of the list as it was. The list may have been appended to or
/// replaced by another program since; it may not have been changed in place, and its next UID may not have gone down.
/// </summary>
/// <param name="UidValidity">The UIDVALIDITY.</param>
/// <param name="NextUid">The next UID.</param>
/// <param name="Inode">The list's identity on its file system, 0 if unknown.</param>
/// <param name="Length">The list's octets.</param>
/// <param name="Checksum">Their checksum.</param>
internal readonly record struct UidSeal(uint UidValidity, uint NextUid, ulong Inode, long Length, ulong Checksum)
{
    internal const string FileName = "mailops-uidseal";

    internal const ulong EmptyChecksum = 14695981039346656037;

    /// <summary>FNV-1a, 64 bits: it can go on where it ended when lines are appended. It is against accidents, not attackers.</summary>
    internal static ulong Extend(ulong checksum, ReadOnlySpan<byte> octets)
    {
        foreach (var octet in octets)
            checksum = (checksum ^ octet) * 1099511628211;
        return checksum;
    }

    internal static UidSeal? Parse(ReadOnlySpan<byte> octets)
    {
        var fields = Encoding.ASCII.GetString(octets).Split(' ', '\n');
        return fields.Length >= 7
            && fields[0] == "1"
            && uint.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var validity)
            && uint.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var next)
            && ulong.TryParse(fields[3], NumberStyles.None, CultureInfo.InvariantCulture, out var inode)
            && long.TryParse(fields[4], NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            && ulong.TryParse(fields[5], NumberStyles.None, CultureInfo.InvariantCulture, out var checksum)
            ? new UidSeal(validity, next, inode, length, checksum)
            : null;
    }

    /// <summary>One length whatever the numbers, so that it is overwritten in place within one sector.</summary>
    internal byte[] Format() => Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"1 {UidValidity:D10} {NextUid:D10} {Inode:D20} {Length:D20} {Checksum:D20}\n"));

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
}
