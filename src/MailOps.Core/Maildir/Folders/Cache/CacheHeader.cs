using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace MailOps.Maildir.Folders.Cache;

/// <summary>The beginning of a cache file.</summary>
/// <param name="UidValidity">The UIDVALIDITY that its records are of.</param>
/// <param name="Id">The file's identity: another one after it was compacted or made anew.</param>
/// <param name="Key">What records are marked and checked with. A sender cannot know it, so that no message can hold what looks like a record.</param>
internal readonly record struct CacheHeader(uint UidValidity, ulong Id, ulong Key)
{
    public const int Length = 40;

    private static ReadOnlySpan<byte> Magic => "MAILOPS\x01"u8;

    /// <summary>A header for a new file.</summary>
    public static CacheHeader Make(uint uidValidity) => new(uidValidity, Random(), Random());

    /// <summary>The same records in another file.</summary>
    public CacheHeader Renewed() => this with { Id = Random() };

    public static bool TryParse(ReadOnlySpan<byte> octets, out CacheHeader header)
    {
        header = default;
        if (octets.Length < Length || !octets.StartsWith(Magic) || Check(octets) != BinaryPrimitives.ReadUInt32LittleEndian(octets[28..]))
            return false;
        header = new CacheHeader(
            BinaryPrimitives.ReadUInt32LittleEndian(octets[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(octets[12..]),
            BinaryPrimitives.ReadUInt64LittleEndian(octets[20..]));
        return true;
    }

    public byte[] ToOctets()
    {
        var octets = new byte[Length];
        Magic.CopyTo(octets);
        BinaryPrimitives.WriteUInt32LittleEndian(octets.AsSpan(8), UidValidity);
        BinaryPrimitives.WriteUInt64LittleEndian(octets.AsSpan(12), Id);
        BinaryPrimitives.WriteUInt64LittleEndian(octets.AsSpan(20), Key);
        BinaryPrimitives.WriteUInt32LittleEndian(octets.AsSpan(28), Check(octets));
        return octets;
    }

    private static uint Check(ReadOnlySpan<byte> octets)
    {
        var check = uint.MaxValue;
        foreach (var octet in octets[..28])
            check = BitOperations.Crc32C(check, octet);
        return check;
    }

    private static ulong Random() => BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(8));
}
