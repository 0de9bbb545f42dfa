namespace MailOps.Messages;

/// <summary>Goes through the addresses of an envelope's field, see <see cref="EnvelopeAddress"/>. Parts are UTF-8; one that is missing is empty, and told to be so.</summary>
internal ref struct AddressReader(ReadOnlySpan<byte> list)
{
    private RecordReader _reader = new(list);
    private ReadOnlySpan<byte> _name;
    private ReadOnlySpan<byte> _route;
    private ReadOnlySpan<byte> _mailbox;
    private ReadOnlySpan<byte> _host;

    /// <summary>True if no address is left.</summary>
    public readonly bool IsAtEnd => _reader.IsAtEnd;

    public readonly ReadOnlySpan<byte> Name => _name;

    public bool HasName { get; private set; }

    public readonly ReadOnlySpan<byte> Route => _route;

    public bool HasRoute { get; private set; }

    public readonly ReadOnlySpan<byte> Mailbox => _mailbox;

    public bool HasMailbox { get; private set; }

    public readonly ReadOnlySpan<byte> Host => _host;

    public bool HasHost { get; private set; }

    /// <summary>Goes on to the next address.</summary>
    public bool MoveNext()
    {
        if (_reader.IsAtEnd)
            return false;
        HasName = _reader.Text(out _name);
        HasRoute = _reader.Text(out _route);
        HasMailbox = _reader.Text(out _mailbox);
        HasHost = _reader.Text(out _host);
        return true;
    }
}
