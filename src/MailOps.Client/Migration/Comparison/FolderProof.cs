using System.Buffers.Binary;
using System.Security.Cryptography;

namespace MailOps.Client.Migration.Comparison;

/// <summary>What was compared in one folder, for who keeps a record of it.</summary>
public sealed record FolderProof
{
    /// <summary>The folder's path in the reference; of several that stand for one, all with <c>+</c> between.</summary>
    public required string Folder { get; init; }

    /// <summary>Messages of the reference, without those that a filter leaves out.</summary>
    public required int ReferenceMessages { get; init; }

    /// <summary>Messages of the reference that a filter leaves out: they were not compared.</summary>
    public int Skipped { get; init; }

    /// <summary>Messages of the other mailbox.</summary>
    public required int DifferenceMessages { get; init; }

    /// <summary>Messages of the reference that have their like in the other mailbox.</summary>
    public required int Matched { get; init; }

    /// <summary>SHA-256, in hexadecimal digits, over the hashes of the canonical contents of the reference's messages in ascending order: the same for the same messages in any order.</summary>
    public required string ReferenceDigest { get; init; }

    /// <summary>The same of the other mailbox.</summary>
    public required string DifferenceDigest { get; init; }

    /// <summary>The digest of some messages.</summary>
    internal static string Digest(IEnumerable<ComparedMessage> messages)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> octets = stackalloc byte[16];
        foreach (var canonical in messages.Select(message => message.Canonical).Order())
        {
            BinaryPrimitives.WriteUInt128BigEndian(octets, canonical);
            hash.AppendData(octets);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
