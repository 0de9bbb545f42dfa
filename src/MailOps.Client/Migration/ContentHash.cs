using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace MailOps.Client.Migration;

/// <summary>
/// What tells one message from another: the first half of SHA-256 of its octets, of which a CR before an LF counts nothing, since a server may keep lines as
/// its system does, and neither does whether the last line has an end, which some add. Messages whose octets differ in anything else are different.
/// </summary>
internal sealed class ContentHash : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
    private int _used;
    private long _octets;
    private bool _endsInCr;
    private bool _endsInLf;

    /// <summary>The hash of a whole message.</summary>
    public static UInt128 Of(ReadOnlySpan<byte> octets)
    {
        using var hash = new ContentHash();
        hash.Append(octets);
        return hash.Finish();
    }

    /// <summary>Takes in the next octets.</summary>
    public void Append(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            if (_endsInCr && octets[0] != (byte)'\n')
                Put("\r"u8);
            _endsInCr = false;
            var cr = octets.IndexOf((byte)'\r');
            Put(cr < 0 ? octets : octets[..cr]);
            _endsInCr = cr >= 0;
            octets = cr < 0 ? [] : octets[(cr + 1)..];
        }
    }

    /// <summary>How many octets it would be if every line ended with CRLF. Known after <see cref="Finish"/>.</summary>
    public long CrlfLength => _octets;

    /// <summary>The hash of what was taken in.</summary>
    public UInt128 Finish()
    {
        if (_endsInCr)
            Put("\r"u8);
        _endsInCr = false;
        var length = _octets;
        if (!_endsInLf && _octets > 0)
            Put("\n"u8);
        _octets = length;
        Flush();
        return BinaryPrimitives.ReadUInt128BigEndian(_hash.GetHashAndReset());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _hash.Dispose();
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private void Put(ReadOnlySpan<byte> octets)
    {
        if (octets.IsEmpty)
            return;
        _octets += octets.Length + octets.Count((byte)'\n');
        _endsInLf = octets[^1] == '\n';
        if (octets.Length > _buffer.Length - _used)
            Flush();
        if (octets.Length > _buffer.Length)
        {
            _hash.AppendData(octets);
            return;
        }

        octets.CopyTo(_buffer.AsSpan(_used));
        _used += octets.Length;
    }

    private void Flush()
    {
        _hash.AppendData(_buffer.AsSpan(0, _used));
        _used = 0;
    }
}
