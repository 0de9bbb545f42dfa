using System.Buffers;

namespace MailOps.Messages;

/// <summary>Digests of some messages in the order in which they were asked for, in memory that goes back with <see cref="Dispose"/>.</summary>
internal sealed class DigestBatch : IDisposable
{
    private readonly List<(int Start, int Length)> _places = [];
    private byte[] _octets = [];
    private int _length;

    /// <summary>How many messages.</summary>
    public int Count => _places.Count;

    /// <summary>The digest of a message; a missing one if the message is gone.</summary>
    public MessageDigest this[int index] => new(_octets.AsMemory(_places[index].Start, _places[index].Length));

    /// <summary>Adds a record, or an empty one for a message that is gone. Digests taken before are no longer valid.</summary>
    public void Add(ReadOnlySpan<byte> record)
    {
        if (_octets.Length - _length < record.Length)
            Grow(record.Length);
        record.CopyTo(_octets.AsSpan(_length));
        _places.Add((_length, record.Length));
        _length += record.Length;
    }

    public void Dispose()
    {
        _places.Clear();
        if (_octets.Length > 0)
            ArrayPool<byte>.Shared.Return(_octets);
        _octets = [];
    }

    private void Grow(int count)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Math.Max(4096, _octets.Length * 2), _length + count));
        _octets.AsSpan(0, _length).CopyTo(larger);
        if (_octets.Length > 0)
            ArrayPool<byte>.Shared.Return(_octets);
        _octets = larger;
    }
}
