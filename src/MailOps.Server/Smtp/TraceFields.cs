using System.Text;

namespace MailOps.Server.Smtp;

/// <summary>Reads from the header of a message on its way in where it has been and how it may go on: counts the Received fields, keeps what Delivered-To fields say, and finds TLS-Required.</summary>
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
    private Field _field;

    /// <summary>What a Delivered-To field says.</summary>
    /// <param name="Address">Its value, without white space and angle brackets.</param>
    /// <param name="Hops">How many Received fields stand above it.</param>
    internal readonly record struct Delivery(string Address, int Hops);

    private enum Field
    {
        Other,
        Received,
        DeliveredTo,
        TlsRequired,
    }

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

    /// <summary>True if the sender would rather have it arrive than be secret: TLS-Required: No (RFC 8689 section 3). Known at the end.</summary>
    public bool IsTlsOptional { get; private set; }

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
            _place = HasValue ? Place.Value : Place.Elsewhere;
            return octets;
        }

        EndField();
        _place = octets[0] is (byte)'\r' or (byte)'\n' ? Place.Body : Place.Name;
        _field = (octets[0] | 0x20) switch { 'd' => Field.DeliveredTo, 't' => Field.TlsRequired, _ => Field.Received };
        _matched = 0;
        return octets;
    }

    private ReadOnlySpan<byte> GoOnWithName(ReadOnlySpan<byte> octets)
    {
        var name = _field switch { Field.DeliveredTo => "delivered-to:"u8, Field.TlsRequired => "tls-required:"u8, _ => "received:"u8 };
        if (char.ToLowerInvariant((char)octets[0]) != name[_matched])
        {
            _field = Field.Other;
            _place = Place.Elsewhere;
            return octets;
        }

        if (++_matched == name.Length)
        {
            _place = HasValue ? Place.Value : Place.Elsewhere;
            if (!HasValue)
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
                _field = Field.Other;
                _place = Place.Elsewhere;
                break;
            }

            _value[_length++] = octet;
        }
    }

    private void EndField()
    {
        if (_field is Field.TlsRequired)
            IsTlsOptional |= Ascii.EqualsIgnoreCase(_value.AsSpan(0, _length), "no"u8);
        else if (_field is Field.DeliveredTo && _length > 0 && (_deliveries ??= []).Count < MostDeliveries)
        {
            var value = _value.AsSpan(0, _length);
            _deliveries.Add(new Delivery(Encoding.UTF8.GetString(value is [(byte)'<', .. var inner, (byte)'>'] ? inner : value), Hops));
        }

        _length = 0;
        _field = Field.Other;
    }

    private readonly bool HasValue => _field is Field.DeliveredTo or Field.TlsRequired;
}
