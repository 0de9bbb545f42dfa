using System.Buffers.Binary;
using System.Text;

namespace MailOps.Messages;

/// <summary>Writes what is known of a message as a compact record. Kept and used again for one record after the other.</summary>
internal sealed class RecordWriter
{
    private byte[] _octets = new byte[1024];

    /// <summary>Octets written.</summary>
    public int Length { get; private set; }

    /// <summary>What was written.</summary>
    public ReadOnlySpan<byte> Written => _octets.AsSpan(0, Length);

    /// <summary>As <see cref="Written"/>.</summary>
    public ReadOnlyMemory<byte> WrittenMemory => _octets.AsMemory(0, Length);

    /// <summary>Takes back what was written after a length.</summary>
    public void RewindTo(int length) => Length = length;

    public void Byte(byte value)
    {
        if (Length == _octets.Length)
            Grow(1);
        _octets[Length++] = value;
    }

    /// <summary>A number, seven bits an octet, the lowest first.</summary>
    public void Number(long value)
    {
        for (var rest = (ulong)value; ; rest >>= 7)
        {
            if (rest < 0x80)
            {
                Byte((byte)rest);
                return;
            }

            Byte((byte)(rest | 0x80));
        }
    }

    /// <summary>A number of four octets, which may be set later.</summary>
    public int Fixed(uint value)
    {
        var at = Length;
        BinaryPrimitives.WriteUInt32LittleEndian(Reserve(4), value);
        return at;
    }

    /// <summary>The first octets, to be written over.</summary>
    public Span<byte> Start(int count) => _octets.AsSpan(0, count);

    /// <summary>Sets a number of four octets.</summary>
    public void SetFixed(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(_octets.AsSpan(at), value);

    /// <summary>Octets as they are.</summary>
    public void Raw(ReadOnlySpan<byte> octets) => octets.CopyTo(Reserve(octets.Length));

    /// <summary>Octets with their length before them.</summary>
    public void Octets(ReadOnlySpan<byte> octets)
    {
        Number(octets.Length);
        octets.CopyTo(Reserve(octets.Length));
    }

    /// <summary>Text that may be missing, as UTF-8.</summary>
    public void Text(ReadOnlySpan<byte> utf8)
    {
        Number(utf8.Length + 1);
        utf8.CopyTo(Reserve(utf8.Length));
    }

    /// <summary>Text without the line ends in it.</summary>
    public void UnfoldedText(ReadOnlySpan<byte> ascii)
    {
        if (!ascii.ContainsAny((byte)'\r', (byte)'\n'))
        {
            Text(ascii);
            return;
        }

        Number(ascii.Length - ascii.Count((byte)'\r') - ascii.Count((byte)'\n') + 1);
        foreach (var octet in ascii)
        {
            if (octet is not ((byte)'\r' or (byte)'\n'))
                Byte(octet);
        }
    }

    /// <summary>Text that may be missing.</summary>
    public void Text(string? text)
    {
        if (text is null)
        {
            Byte(0);
            return;
        }

        var count = Encoding.UTF8.GetByteCount(text);
        Number(count + 1);
        Encoding.UTF8.GetBytes(text, Reserve(count));
    }

    private Span<byte> Reserve(int count)
    {
        if (_octets.Length - Length < count)
            Grow(count);
        var room = _octets.AsSpan(Length, count);
        Length += count;
        return room;
    }

    private void Grow(int count) => Array.Resize(ref _octets, Math.Max(_octets.Length * 2, Length + count));
}
