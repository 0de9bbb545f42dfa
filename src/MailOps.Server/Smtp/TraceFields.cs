using System.Text;

namespace MailOps.Server.Smtp;

/// <summary>Reads from the header of a message on its way in where it has been: counts the Received fields, and keeps what Delivered-To fields say.</summary>
internal struct TraceFields
{
    // The newest stand first; a message that was delivered more often has too many Received fields.
    private const int MostDeliveries = 100;

    // RFC 5321 section 4.5.3.1: 64 octets, a sign and 255. What is longer is no address.
    private const int MostOctets = 512;

    private List<Delivery>? _deliveries;
    private byte[]? _value;
    private int _length;
    private int _matched;
    private Place _place;
    private bool _isDelivery;

    /// <summary>What a Delivered-To field says.</summary>
    /// <param name="Address">Its value, without white space and angle brackets.</param>
    /// <param name="Hops">How many Received fields stand above it.</param>
    internal readonly record struct Delivery(string Address, int Hops);

    private enum Place
    {
        LineStart,
        Name,
        Value,
        Elsewhere,
        Body,
    }

    /// <summary>How many Received fields there are so far.</summary>
    public int Hops { get; private set; }

    /// <summary>Takes the next octets of the message; what comes behind the header is not looked at.</summary>
    public void Take(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty && _place is not Place.Body)
        {
            octets = _place switch
            {
                Place.LineStart => BeginLine(octets),
                Place.Name => GoOnWithName(octets),
                _ => GoOnWithLine(octets),
            };
        }
    }

    /// <summary>Says that nothing more comes: the message may have been all header.</summary>
    /// <returns>The Delivered-To fields, of very many the first.</returns>
    public IReadOnlyList<Delivery> End()
    {
        EndField();
        _place = Place.Body;
        return _deliveries ?? (IReadOnlyList<Delivery>)[];
    }

    private ReadOnlySpan<byte> BeginLine(ReadOnlySpan<byte> octets)
    {
        // It goes on with the field before it.
        if (octets[0] is (byte)' ' or (byte)'\t')
        {
            _place = _isDelivery ? Place.Value : Place.Elsewhere;
            return octets;
        }

        EndField();
        _place = octets[0] is (byte)'\r' or (byte)'\n' ? Place.Body : Place.Name;
        _isDelivery = octets[0] is (byte)'d' or (byte)'D';
        _matched = 0;
        return octets;
    }

    private ReadOnlySpan<byte> GoOnWithName(ReadOnlySpan<byte> octets)
    {
        var name = _isDelivery ? "delivered-to:"u8 : "received:"u8;
        if (char.ToLowerInvariant((char)octets[0]) != name[_matched])
        {
            _isDelivery = false;
            _place = Place.Elsewhere;
            return octets;
        }

        if (++_matched == name.Length)
        {
            _place = _isDelivery ? Place.Value : Place.Elsewhere;
            if (!_isDelivery)
                Hops++;
        }

        return octets[1..];
    }

    private ReadOnlySpan<byte> GoOnWithLine(ReadOnlySpan<byte> octets)
    {
        var end = octets.IndexOf((byte)'\n');
        var line = end < 0 ? octets : octets[..end];
        if (_place is Place.Value)
            Keep(line);
        if (end < 0)
            return default;
        _place = Place.LineStart;
        return octets[(end + 1)..];
    }

    private void Keep(ReadOnlySpan<byte> octets)
    {
        _value ??= new byte[MostOctets];
        foreach (var octet in octets)
        {
            if (octet is (byte)' ' or (byte)'\t' or (byte)'\r')
                continue;
            if (_length == MostOctets)
            {
                _isDelivery = false;
                _place = Place.Elsewhere;
                break;
            }

            _value[_length++] = octet;
        }
    }

    private void EndField()
    {
        if (_isDelivery && _length > 0 && (_deliveries ??= []).Count < MostDeliveries)
        {
            var value = _value.AsSpan(0, _length);
            _deliveries.Add(new Delivery(Encoding.UTF8.GetString(value is [(byte)'<', .. var inner, (byte)'>'] ? inner : value), Hops));
        }

        _length = 0;
        _isDelivery = false;
    }
}
