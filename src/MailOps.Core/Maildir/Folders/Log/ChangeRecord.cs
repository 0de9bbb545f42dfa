using System.Buffers.Binary;
using System.Numerics;
using MailOps.Maildir.Names;

namespace MailOps.Maildir.Folders.Log;

/// <summary>
/// One line of the change log: what the messages of a range of UIDs, which follow each other without a gap, became at a mod-sequence.
/// </summary>
/// <param name="ModSeq">The mod-sequence.</param>
/// <param name="First">The first UID.</param>
/// <param name="Last">The last UID.</param>
/// <param name="Letters">The flags they have since; without meaning if they were expunged.</param>
/// <param name="IsExpunge">True if they were expunged.</param>
internal readonly record struct ChangeRecord(ulong ModSeq, uint First, uint Last, MessageLetters Letters, bool IsExpunge)
{
    /// <summary>Octets of a record on disk: mod-sequence 8, first 4, last 4, flags 8, checksum 4, little-endian.</summary>
    internal const int Length = 28;

    private const ulong ExpungeBit = 1ul << 63;

    /// <summary>Writes the record; the salt ties it to its file, so that old blocks of another file are never taken for records.</summary>
    internal void Write(Span<byte> target, uint salt)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(target, ModSeq);
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], First);
        BinaryPrimitives.WriteUInt32LittleEndian(target[12..], Last);
        BinaryPrimitives.WriteUInt64LittleEndian(target[16..], IsExpunge ? ExpungeBit : Letters.Bits);
        BinaryPrimitives.WriteUInt32LittleEndian(target[24..], Checksum(target[..24], salt));
    }

    internal static bool TryRead(ReadOnlySpan<byte> octets, uint salt, out ChangeRecord record)
    {
        var bits = BinaryPrimitives.ReadUInt64LittleEndian(octets[16..]);
        record = new ChangeRecord(
            BinaryPrimitives.ReadUInt64LittleEndian(octets),
            BinaryPrimitives.ReadUInt32LittleEndian(octets[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(octets[12..]),
            new MessageLetters(bits & ~ExpungeBit),
            (bits & ExpungeBit) != 0);
        return BinaryPrimitives.ReadUInt32LittleEndian(octets[24..]) == Checksum(octets[..24], salt)
            && record.First > 0
            && record.First <= record.Last
            && record.ModSeq is > 0 and <= long.MaxValue;
    }

    internal static uint Checksum(ReadOnlySpan<byte> octets, uint salt)
    {
        var sum = ~salt;
        for (; octets.Length >= 8; octets = octets[8..])
            sum = BitOperations.Crc32C(sum, BinaryPrimitives.ReadUInt64LittleEndian(octets));
        foreach (var octet in octets)
            sum = BitOperations.Crc32C(sum, octet);
        return ~sum;
    }
}
