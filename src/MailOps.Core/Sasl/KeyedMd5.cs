using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace MailOps.Sasl;

/// <summary>
/// HMAC-MD5 that begins at a kept state (RFC 2195, RFC 2104 section 4): the password is not needed, only what MD5 has made of
/// its padded key. The framework's MD5 begins at the beginning alone, hence this one (RFC 1321).
/// </summary>
internal static class KeyedMd5
{
    /// <summary>Octets of a context.</summary>
    public const int ContextSize = 2 * StateSize;

    private const int BlockSize = 64;
    private const int StateSize = 16;

    private static readonly uint[] Start = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];

    private static readonly int[] Turns = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];

    private static readonly uint[] Sines = [.. Enumerable.Range(1, 64).Select(at => (uint)(Math.Abs(Math.Sin(at)) * 4294967296))];

    /// <summary>The context of a password.</summary>
    public static byte[] ContextOf(string password)
    {
        var key = Encoding.UTF8.GetBytes(password);
#pragma warning disable CA5351 // The mechanism is defined with MD5.
        if (key.Length > BlockSize)
            key = MD5.HashData(key);
#pragma warning restore CA5351

        Span<byte> inner = stackalloc byte[BlockSize];
        Span<byte> outer = stackalloc byte[BlockSize];
        inner.Fill(0x36);
        outer.Fill(0x5c);
        for (var at = 0; at < key.Length; at++)
        {
            inner[at] ^= key[at];
            outer[at] ^= key[at];
        }

        var context = new byte[ContextSize];
        Write(Compress(Start, outer), context);
        Write(Compress(Start, inner), context.AsSpan(StateSize));
        return context;
    }

    /// <summary>HMAC-MD5 of data under the password of a context.</summary>
    public static byte[] Digest(ReadOnlySpan<byte> context, ReadOnlySpan<byte> data)
    {
        Span<byte> inner = stackalloc byte[StateSize];
        Write(Finish(Read(context[StateSize..]), data), inner);
        var digest = new byte[StateSize];
        Write(Finish(Read(context), inner), digest);
        return digest;
    }

    // What is hashed stands behind one block, that of the key.
    private static uint[] Finish(uint[] state, ReadOnlySpan<byte> data)
    {
        var length = (data.Length + 8 + BlockSize) / BlockSize * BlockSize;
        var padded = new byte[length];
        data.CopyTo(padded);
        padded[data.Length] = 0x80;
        BinaryPrimitives.WriteUInt64LittleEndian(padded.AsSpan(length - 8), (ulong)(BlockSize + data.Length) * 8);
        for (var at = 0; at < length; at += BlockSize)
            state = Compress(state, padded.AsSpan(at, BlockSize));
        return state;
    }

    private static uint[] Compress(uint[] state, ReadOnlySpan<byte> block)
    {
        var (a, b, c, d) = (state[0], state[1], state[2], state[3]);
        for (var step = 0; step < 64; step++)
        {
            var (mixed, word) = (step / 16) switch
            {
                0 => ((b & c) | (~b & d), step),
                1 => ((d & b) | (~d & c), ((5 * step) + 1) % 16),
                2 => (b ^ c ^ d, ((3 * step) + 5) % 16),
                _ => (c ^ (b | ~d), 7 * step % 16),
            };
            var sum = unchecked(a + mixed + Sines[step] + BinaryPrimitives.ReadUInt32LittleEndian(block[(4 * word)..]));
            (a, d, c, b) = (d, c, b, unchecked(b + BitOperations.RotateLeft(sum, Turns[(step / 16 * 4) + (step % 4)])));
        }

        return unchecked([state[0] + a, state[1] + b, state[2] + c, state[3] + d]);
    }

    private static uint[] Read(ReadOnlySpan<byte> octets)
    {
        var state = new uint[4];
        for (var at = 0; at < 4; at++)
            state[at] = BinaryPrimitives.ReadUInt32LittleEndian(octets[(4 * at)..]);
        return state;
    }

    private static void Write(uint[] state, Span<byte> octets)
    {
        for (var at = 0; at < 4; at++)
            BinaryPrimitives.WriteUInt32LittleEndian(octets[(4 * at)..], state[at]);
    }
}
