using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MailOps.Server.Tracking;

/// <summary>Finds a text among octets, in any case of ASCII letters: two of its octets, those that are rare there, are looked for at all places of a vector at once.</summary>
internal sealed class OctetNeedle
{
    private const byte CaseBit = 0x20;

    private readonly byte[] _text;
    private readonly byte[] _masks;
    private int _first;
    private int _second;

    /// <summary>A text to look for; not empty.</summary>
    public OctetNeedle(ReadOnlySpan<byte> text)
    {
        _text = text.ToArray();
        _masks = new byte[_text.Length];
        for (var i = 0; i < _text.Length; i++)
        {
            _masks[i] = (byte)(char.IsAsciiLetter((char)_text[i]) ? CaseBit : 0);
            _text[i] |= _masks[i];
        }

        _second = _text.Length - 1;
    }

    /// <summary>How long it is.</summary>
    public int Length => _text.Length;

    /// <summary>Chooses what is looked for first by what is rare in a sample.</summary>
    public void Tune(ReadOnlySpan<byte> sample)
    {
        Span<int> counts = stackalloc int[256];
        foreach (var octet in sample)
            counts[octet | (char.IsAsciiLetter((char)octet) ? CaseBit : 0)]++;
        var order = new int[_text.Length];
        for (var i = 0; i < order.Length; i++)
            order[i] = counts[_text[i]];
        _first = IndexOfLeast(order);
        if (_text.Length == 1)
            return;
        order[_first] = int.MaxValue;
        _second = IndexOfLeast(order);
    }

    /// <summary>The first place of the text, or -1.</summary>
    public int IndexIn(ReadOnlySpan<byte> octets)
    {
        var last = octets.Length - _text.Length;
        var at = 0;
        if (Vector256.IsHardwareAccelerated && last >= Vector256<byte>.Count)
        {
            var (one, oneMask) = (Vector256.Create(_text[_first]), Vector256.Create(_masks[_first]));
            var (other, otherMask) = (Vector256.Create(_text[_second]), Vector256.Create(_masks[_second]));
            ref var start = ref MemoryMarshal.GetReference(octets);
            for (; at <= last - Vector256<byte>.Count + 1; at += Vector256<byte>.Count)
            {
                var hits = Vector256.Equals(Vector256.LoadUnsafe(ref start, (nuint)(at + _first)) | oneMask, one)
                    & Vector256.Equals(Vector256.LoadUnsafe(ref start, (nuint)(at + _second)) | otherMask, other);
                if (hits == Vector256<byte>.Zero)
                    continue;
                for (var bits = hits.ExtractMostSignificantBits(); bits != 0; bits &= bits - 1)
                {
                    var place = at + System.Numerics.BitOperations.TrailingZeroCount(bits);
                    if (IsAt(octets, place))
                        return place;
                }
            }
        }

        for (; at <= last; at++)
        {
            if (IsAt(octets, at))
                return at;
        }

        return -1;
    }

    private bool IsAt(ReadOnlySpan<byte> octets, int place)
    {
        for (var i = 0; i < _text.Length; i++)
        {
            if ((octets[place + i] | _masks[i]) != _text[i])
                return false;
        }

        return true;
    }

    private static int IndexOfLeast(int[] counts)
    {
        var least = 0;
        for (var i = 1; i < counts.Length; i++)
        {
            if (counts[i] < counts[least])
                least = i;
        }

        return least;
    }
}
