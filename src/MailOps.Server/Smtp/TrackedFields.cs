using System.Text;
using MailOps.Smtp;

namespace MailOps.Server.Smtp;

/// <summary>Keeps the Message-ID and the Subject of a message on its way in, as they are delivered but for control characters: the first of each, of long ones the beginning.</summary>
internal sealed class TrackedFields
{
    private const int MostOctets = 1024;

    private readonly byte[] _name = new byte["message-id:".Length];
    private byte[]? _value;
    private int _nameLength;
    private int _length;
    private Place _place;
    private Field _field;

    private enum Place
    {
        LineStart,
        Name,
        Value,
        Elsewhere,
        Body,
    }

    private enum Field
    {
        None,
        MessageId,
        Subject,
    }

    /// <summary>The Message-ID field, or null.</summary>
    public string? MessageId { get; private set; }

    /// <summary>The Subject field, on one line and not decoded; null if there is none.</summary>
    public string? Subject { get; private set; }

    /// <summary>Takes the next octets; what comes behind the header is not looked at.</summary>
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
    public void End()
    {
        EndField();
        _place = Place.Body;
    }

    private ReadOnlySpan<byte> BeginLine(ReadOnlySpan<byte> octets)
    {
        if (octets[0] is (byte)' ' or (byte)'\t')
        {
            _place = _field is Field.None ? Place.Elsewhere : Place.Value;
            return octets;
        }

        EndField();
        _nameLength = 0;
        // Whatever begins with another letter is passed over at the speed of IndexOf.
        _place = octets[0] switch
        {
            (byte)'\r' or (byte)'\n' => Place.Body,
            (byte)'m' or (byte)'M' or (byte)'s' or (byte)'S' => Place.Name,
            _ => Place.Elsewhere,
        };
        return octets;
    }

    private ReadOnlySpan<byte> GoOnWithName(ReadOnlySpan<byte> octets)
    {
        var octet = octets[0];
        if (octet == '\n' || _nameLength == _name.Length)
        {
            _place = Place.Elsewhere;
            return octets;
        }

        _name[_nameLength++] = (byte)(octet | (char.IsAsciiLetterUpper((char)octet) ? 0x20 : 0));
        if (octet != ':')
            return octets[1..];
        var name = _name.AsSpan(0, _nameLength);
        _field = name.SequenceEqual("message-id:"u8) && MessageId is null ? Field.MessageId : name.SequenceEqual("subject:"u8) && Subject is null ? Field.Subject : Field.None;
        _place = _field is Field.None ? Place.Elsewhere : Place.Value;
        return octets[1..];
    }

    private ReadOnlySpan<byte> GoOnWithLine(ReadOnlySpan<byte> octets)
    {
        var end = octets.IndexOf((byte)'\n');
        var line = end < 0 ? octets : octets[..end];
        if (_place is Place.Value)
        {
            _value ??= new byte[MostOctets];
            var kept = line.TrimEnd((byte)'\r');
            kept = kept[..Math.Min(kept.Length, MostOctets - _length)];
            kept.CopyTo(_value.AsSpan(_length));
            _length += kept.Length;
        }

        if (end < 0)
            return default;
        _place = Place.LineStart;
        return octets[(end + 1)..];
    }

    private void EndField()
    {
        if (_field is not Field.None)
        {
            var text = SmtpReply.Plain(Encoding.UTF8.GetString(_value.AsSpan(0, _length)).Trim());
            if (_field is Field.Subject)
                Subject = text;
            else
                MessageId = text;
        }

        _field = Field.None;
        _length = 0;
    }
}
