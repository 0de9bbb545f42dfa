using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace MailOps.Server.Queue.Spooling;

/// <summary>
/// What stands behind a message in its file: a line that says so, the envelope, and what became of it since, each as one line of JSON. A line
/// that a cut of the power tore is no JSON and is passed over.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Envelope))]
[JsonSerializable(typeof(SpoolRecord))]
internal sealed partial class SpoolText : JsonSerializerContext
{
    private const byte LineEnd = (byte)'\n';

    // So that people can read addresses: nothing here is ever part of a page or a script.
    private static SpoolText? _readable;

    private static SpoolText Readable => _readable ??= new SpoolText(new JsonSerializerOptions(Default.GeneratedSerializerOptions!) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private static ReadOnlySpan<byte> Mark => "\n-- MailOps queue entry 1: the message above, its envelope, what became of it --\n"u8;

    /// <summary>What is written behind a message that enters the queue.</summary>
    public static byte[] Begin(Envelope envelope) =>
        [.. Mark, .. JsonSerializer.SerializeToUtf8Bytes(envelope, Readable.Envelope), LineEnd];

    /// <summary>The lines of records, behind an empty one: a line before them that was torn ends there.</summary>
    public static byte[] Lines(IReadOnlyList<SpoolRecord> records)
    {
        var lines = new MemoryStream(256 * records.Count);
        lines.WriteByte(LineEnd);
        foreach (var record in records)
        {
            JsonSerializer.Serialize(lines, record, Readable.SpoolRecord);
            lines.WriteByte(LineEnd);
        }

        return lines.ToArray();
    }

    /// <summary>Reads what stands behind a message.</summary>
    /// <returns>False if it is no whole envelope: then nobody was ever promised that the message would be sent, or the file was damaged since.</returns>
    public static bool TryRead(ReadOnlySpan<byte> text, out Envelope envelope, out List<SpoolRecord> records)
    {
        (envelope, records) = (null!, []);
        if (!text.StartsWith(Mark) || !TryTakeLine(text[Mark.Length..], out var line, out var rest) || !TryParse(line, Readable.Envelope, out envelope!))
            return false;
        if (envelope.Recipients.Count == 0 || envelope.Recipients.Contains(null!))
            return false;

        while (TryTakeLine(rest, out line, out rest))
        {
            if (TryParse(line, Readable.SpoolRecord, out var record) && !record!.Recipients.IsDefault)
                records.Add(record);
        }

        return true;
    }

    private static bool TryTakeLine(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> line, out ReadOnlySpan<byte> rest)
    {
        var end = text.IndexOf(LineEnd);
        line = end < 0 ? [] : text[..end];
        rest = end < 0 ? [] : text[(end + 1)..];
        return end >= 0;
    }

    private static bool TryParse<T>(ReadOnlySpan<byte> line, JsonTypeInfo<T> type, out T? value)
        where T : class
    {
        try
        {
            value = JsonSerializer.Deserialize(line, type);
        }
        catch (JsonException)
        {
            value = null;
        }

        return value is not null;
    }
}
