using System.Buffers.Binary;
using System.Text;

namespace MailOps.Messages;

/// <summary>Makes digests, one after the other. Ordinary headers are read from their octets alone; what is odd is read by MimeKit.</summary>
internal sealed class DigestBuilder
{
    /// <summary>A longer header is odd.</summary>
    internal const int MaxOrdinary = MessageStructure.MaxFieldLength;

    private readonly RecordWriter _record = new();

    // Where the fields of an envelope lie in the header: the first of each name, and how many there are.
    private readonly (int Start, int End, int Count)[] _fields = new (int, int, int)[(int)HeaderField.MessageId + 1];

    /// <summary>The digest made last, until the next one is.</summary>
    public ReadOnlySpan<byte> Record => _record.Written;

    /// <summary>As <see cref="Record"/>.</summary>
    public ReadOnlyMemory<byte> RecordMemory => _record.WrittenMemory;

    /// <summary>Makes the digest of a message with an ordinary header.</summary>
    /// <param name="octets">The message from its first octet on, line ends as CRLF, at least to the end of its header.</param>
    /// <returns>False if the header is not ordinary, or not all here.</returns>
    public bool TryBuild(ReadOnlySpan<byte> octets)
    {
        if (octets.Length > MaxOrdinary)
            octets = octets[..MaxOrdinary];
        Begin();
        Array.Clear(_fields);
        var scanner = new HeaderScanner(octets);
        for (var start = 0; scanner.MoveNext(); start = scanner.Passed)
        {
            var field = HeaderFieldNames.Find(scanner.Name);
            if (field is HeaderField.None or > HeaderField.MessageId)
                continue;
            ref var place = ref _fields[(int)field];
            if (place.Count++ == 0)
                (place.Start, place.End) = (start + scanner.Name.Length + 1, scanner.Passed);
        }

        if (scanner.IsOdd)
            return false;
        var header = octets[..scanner.Passed];
        WriteEnvelope(header);
        BeginFields();
        for (scanner = new HeaderScanner(header); scanner.MoveNext();)
        {
            if (HeaderFieldNames.Find(scanner.Name) is var field and not HeaderField.None)
                AddField(field, scanner.Line);
        }

        End(header.Length, First(header, HeaderField.Date, out var date) ? DateScanner.Read(date) : null, DigestMarks.Verbatim);
        return true;
    }

    /// <summary>Makes the digest of what MimeKit read.</summary>
    public void Build(MessageHeader header)
    {
        Begin();
        EnvelopeRecord.Write(_record, header.Envelope);
        BeginFields();
        foreach (var (field, line) in header.Fields)
            AddField(field, line);
        End(header.BodyOffset, header.Date, DigestMarks.None);
    }

    private void Begin()
    {
        _record.RewindTo(0);
        for (var i = 0; i < MessageDigest.FixedLength; i++)
            _record.Byte(0);
    }

    private void BeginFields() => _record.SetFixed(20, (uint)_record.Length);

    private void AddField(HeaderField field, ReadOnlySpan<byte> line)
    {
        _record.Byte((byte)field);
        _record.Octets(line);
    }

    private void End(long headerSize, DateTimeOffset? date, DigestMarks marks)
    {
        var start = _record.Start(MessageDigest.FixedLength);
        start[0] = MessageDigest.Version;
        start[1] = (byte)(date is null ? marks : marks | DigestMarks.Dated);
        BinaryPrimitives.WriteInt64LittleEndian(start[2..], headerSize);
        if (date is not { } time)
            return;
        BinaryPrimitives.WriteInt64LittleEndian(start[10..], time.Ticks);
        BinaryPrimitives.WriteInt16LittleEndian(start[18..], (short)time.TotalOffsetMinutes);
    }

    private void WriteEnvelope(ReadOnlySpan<byte> header)
    {
        WriteText(header, HeaderField.Date);
        WriteText(header, HeaderField.Subject);
        WriteAddresses(header, HeaderField.From, isFromIfEmpty: false);
        WriteAddresses(header, HeaderField.Sender, isFromIfEmpty: true);
        WriteAddresses(header, HeaderField.ReplyTo, isFromIfEmpty: true);
        WriteAddresses(header, HeaderField.To, isFromIfEmpty: false);
        WriteAddresses(header, HeaderField.Cc, isFromIfEmpty: false);
        WriteAddresses(header, HeaderField.Bcc, isFromIfEmpty: false);
        WriteText(header, HeaderField.InReplyTo);
        WriteText(header, HeaderField.MessageId);
    }

    private bool First(ReadOnlySpan<byte> header, HeaderField field, out ReadOnlySpan<byte> value)
    {
        var (start, end, count) = _fields[(int)field];
        value = header[start..end];
        return count > 0;
    }

    private void WriteText(ReadOnlySpan<byte> header, HeaderField field)
    {
        if (!First(header, field, out var value))
            _record.Byte(0);
        else if (Ascii.IsValid(value))
            _record.UnfoldedText(value.Trim(" \t\r\n\v\f"u8));
        else
            _record.Text(HeaderFields.TextOf(value.ToArray()));
    }

    private void WriteAddresses(ReadOnlySpan<byte> header, HeaderField field, bool isFromIfEmpty)
    {
        var start = _record.Length;
        if (!First(header, field, out var value))
            _record.Fixed(isFromIfEmpty ? EnvelopeReader.SameAsFrom : 0);
        else if (_fields[(int)field].Count > 1 && field is HeaderField.To or HeaderField.Cc or HeaderField.Bcc)
            EnvelopeRecord.Write(_record, EnvelopeAddresses.Read(Joined(header, field)));
        else if (!AddressScanner.TryWrite(value, _record))
            EnvelopeRecord.Write(_record, EnvelopeAddresses.Read(value.ToArray()));
        if (!isFromIfEmpty || _record.Length > start + 4)
            return;
        _record.RewindTo(start);
        _record.Fixed(EnvelopeReader.SameAsFrom);
    }

    // Further recipients are added to the first, as in HeaderFields.
    private static byte[] Joined(ReadOnlySpan<byte> header, HeaderField field)
    {
        var joined = new List<byte>();
        for (var scanner = new HeaderScanner(header); scanner.MoveNext();)
        {
            if (HeaderFieldNames.Find(scanner.Name) != field)
                continue;
            if (joined.Count > 0)
                joined.Add((byte)',');
            joined.AddRange(scanner.Value);
        }

        return [.. joined];
    }
}
