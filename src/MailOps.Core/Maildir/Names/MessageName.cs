using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Text;

namespace MailOps.Maildir.Names;

/// <summary>
/// A message's base name as octets in a block that it shares with others: a folder of a million messages holds a million of
/// them, and as strings they would cost twice as much.
/// </summary>
/// <param name="block">The octets of many names.</param>
/// <param name="start">Where this one begins.</param>
/// <param name="length">Its octets.</param>
internal readonly struct MessageName(byte[] block, int start, int length) : IEquatable<MessageName>
{
    private const uint Prime = 0x9E3779B1;

    internal ReadOnlySpan<byte> Octets => block.AsSpan(start, length);

    internal int Length => length;

    /// <summary>For one who keeps many names and has no room for gaps between fields. Names of files are at most 255 octets, lines of a damaged list may be longer.</summary>
    internal (byte[] Block, int Start, ushort Length) Parts => (block, start, (ushort)length);

    internal static MessageName Of(string name)
    {
        var octets = Encoding.UTF8.GetBytes(name);
        return new MessageName(octets, 0, octets.Length);
    }

    /// <summary>A hash of a name. Names come from delivering programs, and nobody gains by making them collide in his own mailbox.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static int Hash(ReadOnlySpan<byte> octets)
    {
        var hash = (uint)octets.Length;
        while (octets.Length >= 8)
        {
            var eight = BitConverter.ToUInt64(octets);
            hash = (System.Numerics.BitOperations.RotateLeft(hash, 5) ^ (uint)eight) * Prime;
            hash = (System.Numerics.BitOperations.RotateLeft(hash, 5) ^ (uint)(eight >> 32)) * Prime;
            octets = octets[8..];
        }

        foreach (var octet in octets)
            hash = (hash ^ octet) * Prime;
        return (int)(hash ^ (hash >> 15));
    }

    /// <summary>A size in the name, by its letter: <c>S</c> on disk, <c>W</c> as sent. -1 if it is not there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal long SizeIn(char letter)
    {
        for (var rest = Octets; ;)
        {
            var comma = rest.IndexOf((byte)',');
            if (comma < 0)
                return -1;
            rest = rest[(comma + 1)..];
            if (rest.Length < 3 || rest[0] != letter || rest[1] != '=')
                continue;
            if (Utf8Parser.TryParse(rest[2..], out ulong size, out _) && size <= long.MaxValue && rest[2] is >= (byte)'0' and <= (byte)'9')
                return (long)size;
        }
    }

    public bool Equals(MessageName other) => Octets.SequenceEqual(other.Octets);

    public override bool Equals(object? obj) => obj is MessageName other && Equals(other);

    public override int GetHashCode() => Hash(Octets);

    public override string ToString() => Encoding.UTF8.GetString(Octets);
}
