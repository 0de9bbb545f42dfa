using System.Runtime.InteropServices;
using MailOps.Maildir.Disk;
using MailOps.Maildir.Folders.Log;

namespace MailOps.Maildir.Folders.Index;

/// <summary>
/// The beginning of <c>mailops-index</c>: what the folder's files were when it was written. Where one of them is another now, the
/// index is not used. Written and read as it lies in memory, little-endian.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct IndexHeader
{
    /// <summary>"mailops" and the number of the format.</summary>
    internal const ulong Magic = 0x0373_706F_6C69_616D;

    internal ulong Signature;
    internal uint Checksum;
    internal uint Count;
    internal long InfoLength;
    internal long NameLength;
    internal uint UidValidity;
    internal uint NextUid;
    internal uint HighestUid;
    internal uint HighestListed;
    internal uint DurableNext;
    internal uint Reserved;
    internal long NewModified;
    internal long CurModified;
    internal FileMark List;
    internal ulong ListChecksum;
    internal FileMark Keywords;
    internal FileMark MoreKeywords;
    internal FileMark Log;
    internal ChangeLogHeader LogHeader;
    internal ulong HighestModSeq;
    internal Guid Guid;

    internal static int Length => Marshal.SizeOf<IndexHeader>();

    /// <summary>A file as it was.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    internal readonly record struct FileMark(long Length, long Modified, ulong Inode)
    {
        internal static FileMark Of(FileFacts? facts) =>
            facts is { } known ? new FileMark(known.Length, known.Modified.UtcTicks, known.Inode) : new FileMark(-1, 0, 0);
    }
}
