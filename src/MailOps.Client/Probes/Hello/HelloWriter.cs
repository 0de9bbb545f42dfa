using System.Buffers.Binary;

namespace MailOps.Client.Probes.Hello;

/// <summary>Writes TLS structures: big-endian numbers, and vectors whose length is filled in when they are whole.</summary>
internal sealed class HelloWriter
{
    private readonly List<byte> _bytes = [];

    public int Length => _bytes.Count;

    public HelloWriter U8(byte value)
    {
        _bytes.Add(value);
        return this;
    }

    public HelloWriter U16(ushort value)
    {
        _bytes.Add((byte)(value >> 8));
        _bytes.Add((byte)value);
        return this;
    }

    public HelloWriter Bytes(ReadOnlySpan<byte> value)
    {
        _bytes.AddRange(value);
        return this;
    }

    /// <summary>A vector with a length of one, two or three octets in front (RFC 8446 section 3.4).</summary>
    public HelloWriter Vector(int lengthOctets, Action<HelloWriter> content)
    {
        var inner = new HelloWriter();
        content(inner);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, inner.Length);
        _bytes.AddRange(length[(4 - lengthOctets)..]);
        _bytes.AddRange(inner._bytes);
        return this;
    }

    public HelloWriter Extension(ushort type, Action<HelloWriter> content) => U16(type).Vector(2, content);

    public byte[] ToArray() => [.. _bytes];
}
