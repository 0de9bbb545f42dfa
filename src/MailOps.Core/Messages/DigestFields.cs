namespace MailOps.Messages;

/// <summary>Goes through the header fields of a digest.</summary>
/// <param name="fields">The fields' part of the record.</param>
internal ref struct DigestFields(ReadOnlySpan<byte> fields)
{
    private RecordReader _reader = new(fields);

    /// <summary>Which field it is.</summary>
    public HeaderField Field { get; private set; }

    /// <summary>The whole field, name and folded value, with its last line end.</summary>
    public ReadOnlySpan<byte> Line { get; private set; }

    /// <summary>What follows the colon.</summary>
    public readonly ReadOnlySpan<byte> Value => Line[(Line.IndexOf((byte)':') + 1)..];

    /// <summary>Goes on to the next field.</summary>
    public bool MoveNext()
    {
        if (_reader.IsAtEnd)
            return false;
        Field = (HeaderField)_reader.Byte();
        Line = _reader.Octets();
        return true;
    }
}
