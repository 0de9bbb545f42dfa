using System.Buffers.Binary;
using System.Text;

namespace MailOps.Messages;

/// <summary>Reads what a <see cref="RecordWriter"/> wrote.</summary>
internal ref struct RecordReader(ReadOnlySpan<byte> record)
{
    private ReadOnlySpan<byte> _rest = record;

    /// <summary>True when everything was read.</summary>
    public readonly bool IsAtEnd => _rest.IsEmpty;

    public byte Byte()
    {
        var value = _rest[0];
        _rest = _rest[1..];
        return value;
    }

    public long Number()
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var octet = Byte();
            value |= (ulong)(octet & 0x7f) << shift;
            if (octet < 0x80)
                return (long)value;
        }
    }

    public uint Fixed() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ReadOnlySpan<byte> Octets() => Take(checked((int)Number()));

    /// <summary>Text as UTF-8.</summary>
    /// <returns>False if it is missing.</returns>
    public bool Text(out ReadOnlySpan<byte> utf8)
    {
        var length = checked((int)Number());
        utf8 = length == 0 ? default : Take(length - 1);
        return length != 0;
    }

    /// <summary>Text that may be missing.</summary>
    public string? Text() => Text(out var utf8) ? Encoding.UTF8.GetString(utf8) : null;

    /// <summary>So many octets.</summary>
    public ReadOnlySpan<byte> Take(int count)
    {
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
