using System.Text;

namespace MailOps.Messages;

/// <summary>
/// Reads the envelope of a record in the order of RFC 3501 section 7.4.2: <see cref="Text"/> for date and subject, six times
/// <see cref="Addresses"/>, and two texts again.
/// </summary>
internal ref struct EnvelopeReader(ReadOnlySpan<byte> record)
{
    // In place of a list's length: it is that of From, which comes before.
    internal const uint SameAsFrom = uint.MaxValue;

    private RecordReader _reader = new(record);
    private ReadOnlySpan<byte> _from;
    private bool _passedFrom;

    /// <summary>The next text, as UTF-8.</summary>
    /// <returns>False if the field is missing.</returns>
    public bool Text(out ReadOnlySpan<byte> utf8) => _reader.Text(out utf8);

    /// <summary>The next list of addresses.</summary>
    public AddressReader Addresses()
    {
        var length = _reader.Fixed();
        if (length == SameAsFrom)
            return new AddressReader(_from);
        var list = _reader.Take(checked((int)length));
        if (!_passedFrom)
            _from = list;
        _passedFrom = true;
        return new AddressReader(list);
    }

    /// <summary>The whole envelope.</summary>
    public Envelope ToEnvelope()
    {
        var (date, subject) = (_reader.Text(), _reader.Text());
        var from = AddressList(null);
        return new Envelope
        {
            Date = date,
            Subject = subject,
            From = from,
            Sender = AddressList(from),
            ReplyTo = AddressList(from),
            To = AddressList(from),
            Cc = AddressList(from),
            Bcc = AddressList(from),
            InReplyTo = _reader.Text(),
            MessageId = _reader.Text(),
        };
    }

    private List<EnvelopeAddress> AddressList(List<EnvelopeAddress>? from)
    {
        var here = _reader;
        if (_reader.Fixed() == SameAsFrom && from is not null)
            return from;
        _reader = here;
        var addresses = new List<EnvelopeAddress>();
        for (var list = Addresses(); list.MoveNext();)
            addresses.Add(new EnvelopeAddress(TextOf(list.Name, list.HasName), TextOf(list.Route, list.HasRoute), TextOf(list.Mailbox, list.HasMailbox), TextOf(list.Host, list.HasHost)));
        return addresses;
    }

    private static string? TextOf(ReadOnlySpan<byte> utf8, bool isThere) => isThere ? Encoding.UTF8.GetString(utf8) : null;
}
