using System.Buffers.Binary;

namespace MailOps.Messages;

/// <summary>
/// What lists, searches, sorts and threads need of a message, as one record of octets: no text is made of it unless it is
/// asked for. Valid as long as the memory that it lies in.
/// </summary>
/// <param name="Record">The record, as <see cref="DigestBuilder"/> makes it.</param>
internal readonly record struct MessageDigest(ReadOnlyMemory<byte> Record)
{
    // Of the record's form. A record of another is none.
    internal const byte Version = 2;

    // Version, marks, the header's size, the time, its zone, where the fields start.
    internal const int FixedLength = 1 + 1 + 8 + 8 + 2 + 4;

    /// <summary>Octets of the header with its empty line: where the body starts. The message's length if there is no empty line.</summary>
    public long HeaderSize => BinaryPrimitives.ReadInt64LittleEndian(Octets[2..]);

    /// <summary>The time of the first Date field, in its sender's zone; null if it is missing or senseless.</summary>
    public DateTimeOffset? Date => Marks.HasFlag(DigestMarks.Dated)
        ? new DateTimeOffset(BinaryPrimitives.ReadInt64LittleEndian(Octets[10..]), TimeSpan.FromMinutes(BinaryPrimitives.ReadInt16LittleEndian(Octets[18..])))
        : null;

    /// <summary>True if the fields are here octet for octet as they lie in the message. They are not if the header is no ordinary one.</summary>
    public bool IsVerbatim => Marks.HasFlag(DigestMarks.Verbatim);

    /// <summary>The fields that digests keep, in the message's order.</summary>
    public DigestFields Fields => new(Octets[FieldsStart..]);

    /// <summary>The value of the first field of a kind, folded as it lies there.</summary>
    /// <returns>False if there is none.</returns>
    public bool TryField(HeaderField field, out ReadOnlySpan<byte> value)
    {
        for (var fields = Fields; fields.MoveNext();)
        {
            if (fields.Field == field)
            {
                value = fields.Value;
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>A reader that stands at the envelope's start.</summary>
    public EnvelopeReader Envelope => new(Octets[FixedLength..FieldsStart]);

    private DigestMarks Marks => (DigestMarks)Octets[1];

    private int FieldsStart => BinaryPrimitives.ReadInt32LittleEndian(Octets[20..]);

    private ReadOnlySpan<byte> Octets => Record.Span;

    /// <summary>The envelope.</summary>
    public Envelope ToEnvelope() => Envelope.ToEnvelope();

    /// <summary>True if octets are a digest of the form that this program writes.</summary>
    public static bool IsDigest(ReadOnlySpan<byte> record) =>
        record.Length >= FixedLength && record[0] == Version
        && BinaryPrimitives.ReadInt32LittleEndian(record[20..]) is var fields && fields >= FixedLength && fields <= record.Length;
}

/// <summary>What is special about a digest.</summary>
[Flags]
internal enum DigestMarks : byte
{
    None = 0,
    Verbatim = 1,
    Dated = 2,
}
