using System.Buffers.Binary;

namespace MailOps.Maildir.Folders.Log;

/// <summary>The beginning of a log: 40 octets, little-endian.</summary>
/// <param name="UidValidity">The UIDVALIDITY that its UIDs belong to.</param>
/// <param name="Salt">A random number that ties records to this file.</param>
/// <param name="Floor">Expunges up to this mod-sequence are forgotten.</param>
/// <param name="Highest">The highest mod-sequence when the file was written; records may have gone on from there.</param>
/// <param name="Records">How many records follow at the least: a file that was cut between two records has fewer.</param>
[System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Sequential, Pack = 1)]
internal readonly record struct ChangeLogHeader(uint UidValidity, uint Salt, ulong Floor, ulong Highest, uint Records)
{
    internal const int Length = 40;

    private static ReadOnlySpan<byte> Magic => "mailops\x02"u8;

    internal void Write(Span<byte> target)
    {
        Magic.CopyTo(target);
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], UidValidity);
        BinaryPrimitives.WriteUInt32LittleEndian(target[12..], Salt);
        BinaryPrimitives.WriteUInt64LittleEndian(target[16..], Floor);
        BinaryPrimitives.WriteUInt64LittleEndian(target[24..], Highest);
        BinaryPrimitives.WriteUInt32LittleEndian(target[32..], Records);
        BinaryPrimitives.WriteUInt32LittleEndian(target[36..], ChangeRecord.Checksum(target[..36], 0));
    }

    internal static ChangeLogHeader? TryRead(ReadOnlySpan<byte> octets) =>
        octets.Length >= Length
        && octets.StartsWith(Magic)
        && BinaryPrimitives.ReadUInt32LittleEndian(octets[36..]) == ChangeRecord.Checksum(octets[..36], 0)
            ? new ChangeLogHeader(
                BinaryPrimitives.ReadUInt32LittleEndian(octets[8..]),
                BinaryPrimitives.ReadUInt32LittleEndian(octets[12..]),
                BinaryPrimitives.ReadUInt64LittleEndian(octets[16..]),
                BinaryPrimitives.ReadUInt64LittleEndian(octets[24..]),
                BinaryPrimitives.ReadUInt32LittleEndian(octets[32..]))
            : null;
}
