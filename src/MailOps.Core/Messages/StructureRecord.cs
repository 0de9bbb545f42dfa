namespace MailOps.Messages;

/// <summary>Writes and reads the structure of a message as a record.</summary>
internal static class StructureRecord
{
    // Of the record's form. A record of another is none.
    private const byte Version = 2;

    /// <summary>Writes a structure.</summary>
    public static void Write(RecordWriter record, MessageStructure structure)
    {
        record.Byte(Version);
        WriteMessage(record, structure);
    }

    /// <summary>True if octets are a structure of the form that this program writes.</summary>
    public static bool IsStructure(ReadOnlySpan<byte> record) => !record.IsEmpty && record[0] == Version;

    /// <summary>Reads a structure.</summary>
    public static MessageStructure Read(ReadOnlySpan<byte> record)
    {
        var reader = new RecordReader(record[1..]);
        return ReadMessage(ref reader);
    }

    private static void WriteMessage(RecordWriter record, MessageStructure structure)
    {
        var length = record.Fixed(0);
        EnvelopeRecord.Write(record, structure.Envelope);
        record.SetFixed(length, (uint)(record.Length - length - 4));
        WritePart(record, structure.Root);
    }

    private static MessageStructure ReadMessage(ref RecordReader reader)
    {
        var envelope = new EnvelopeReader(reader.Take(checked((int)reader.Fixed()))).ToEnvelope();
        return new MessageStructure(envelope, ReadPart(ref reader));
    }

    private static void WritePart(RecordWriter record, MessagePart part)
    {
        record.Text(part.Type);
        record.Text(part.Subtype);
        WriteParameters(record, part.Parameters);
        record.Text(part.Id);
        record.Text(part.Description);
        record.Text(part.Encoding);
        record.Text(part.Md5);
        record.Text(part.Disposition);
        WriteParameters(record, part.DispositionParameters);
        record.Number(part.Languages.Count);
        foreach (var language in part.Languages)
            record.Text(language);
        record.Text(part.Location);
        record.Number(part.HeaderOffset);
        record.Number(part.BodyOffset);
        record.Number(part.EndOffset);
        record.Number(part.Lines);
        record.Number(part.Children.Count);
        foreach (var child in part.Children)
            WritePart(record, child);
        record.Byte(part.Message is null ? (byte)0 : (byte)1);
        if (part.Message is { } message)
            WriteMessage(record, message);
    }

    private static MessagePart ReadPart(ref RecordReader reader)
    {
        var part = new MessagePart
        {
            Type = reader.Text() ?? "",
            Subtype = reader.Text() ?? "",
            Parameters = ReadParameters(ref reader),
            Id = reader.Text(),
            Description = reader.Text(),
            Encoding = reader.Text() ?? "",
            Md5 = reader.Text(),
            Disposition = reader.Text(),
            DispositionParameters = ReadParameters(ref reader),
            Languages = ReadTexts(ref reader),
            Location = reader.Text(),
            HeaderOffset = reader.Number(),
            BodyOffset = reader.Number(),
            EndOffset = reader.Number(),
            Lines = reader.Number(),
        };
        for (var children = reader.Number(); children > 0; children--)
            part.Children.Add(ReadPart(ref reader));
        if (reader.Byte() != 0)
            part.Message = ReadMessage(ref reader);
        return part;
    }

    private static void WriteParameters(RecordWriter record, IReadOnlyList<MimeParameter> parameters)
    {
        record.Number(parameters.Count);
        foreach (var (name, value) in parameters)
        {
            record.Text(name);
            record.Text(value);
        }
    }

    private static MimeParameter[] ReadParameters(ref RecordReader reader)
    {
        var parameters = new MimeParameter[reader.Number()];
        for (var i = 0; i < parameters.Length; i++)
            parameters[i] = new MimeParameter(reader.Text() ?? "", reader.Text() ?? "");
        return parameters;
    }

    private static string[] ReadTexts(ref RecordReader reader)
    {
        var texts = new string[reader.Number()];
        for (var i = 0; i < texts.Length; i++)
            texts[i] = reader.Text() ?? "";
        return texts;
    }
}
