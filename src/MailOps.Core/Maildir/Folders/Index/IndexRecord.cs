using System.Runtime.InteropServices;

namespace MailOps.Maildir.Folders.Index;

/// <summary>A message in <c>mailops-index</c>. Its name follows the one before it in the section of names; its info and fields are numbers of strings.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct IndexRecord
{
    internal uint Uid;
    internal ushort NameLength;
    internal byte State;
    internal int Info;
    internal int Extensions;
    internal long Size;
    internal ulong ModSeq;
    internal long ModifiedTicks;

    internal const byte InNew = 1;
    internal const byte Recent = 2;

    internal static int Length => Marshal.SizeOf<IndexRecord>();
}
