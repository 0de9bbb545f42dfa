using System.Buffers;

namespace MailOps.Messages;

/// <summary>Records of some messages in the order in which they were asked for, in memory that goes back with <see cref="Dispose"/>.</summary>
internal sealed class RecordBatch : IDisposable
{
    private readonly List<(int Start, int Length)> _places = [];
    private byte[] _octets = [];
    private int _length;

    /// <summary>How many messages.</summary>
    public int Count => _places.Count;

    /// <summary>The record of a message; null if the message is gone.</summary>
    public ReadOnlyMemory<byte>? this[int index]
    {
        get
        {
            // Not as one expression: null would be taken for an array, and an empty memory made of it.
            if (_places[index] is { Start: >= 0 } place)
                return _octets.AsMemory(place.Start, place.Length);
            return null;
        }
    }

    /// <summary>Adds a record. Records taken before are no longer valid.</summary>
    public void Add(ReadOnlySpan<byte> record)
    {
        if (_octets.Length - _length < record.Length)
            Grow(record.Length);
        record.CopyTo(_octets.AsSpan(_length));
        _places.Add((_length, record.Length));
        _length += record.Length;
    }

    /// <summary>Adds a message that has no record.</summary>
    public void AddMissing() => _places.Add((-1, 0));

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
