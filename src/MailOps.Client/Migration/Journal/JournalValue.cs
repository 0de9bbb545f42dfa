using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;

namespace MailOps.Client.Migration.Journal;

/// <summary>
/// How ids, names and hashes lie in the file. An id that is a number takes a few octets as one, and is in order of its value;
/// a text that UTF-8 or SQLite's C strings would change keeps its UTF-16. Every text comes back as it was, and no two are one.
/// </summary>
internal static class JournalValue
{
    /// <summary>Comes before every id.</summary>
    public static readonly object BeforeAll = -1L;

    /// <summary>A text as SQLite is to hold it: INTEGER, TEXT or BLOB.</summary>
    public static object? Of(string? text)
    {
        if (text is null)
            return null;
        if (text is { Length: > 0 and <= 18 } && (text[0] != '0' || text.Length == 1) && !text.AsSpan().ContainsAnyExceptInRange('0', '9'))
            return long.Parse(text, CultureInfo.InvariantCulture);
        return text.Contains('\0', StringComparison.Ordinal) || !IsWellFormed(text) ? MemoryMarshal.AsBytes(text.AsSpan()).ToArray() : text;
    }

    /// <summary>A hash as 16 octets.</summary>
    public static byte[] Of(UInt128 hash)
    {
        var octets = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(octets, hash);
        return octets;
    }

    /// <summary>The text that <see cref="Of(string?)"/> put into a column.</summary>
    public static string? Text(SqliteDataReader row, int column) => row.GetValue(column) switch
    {
        long number => number.ToString(CultureInfo.InvariantCulture),
        string text => text,
        byte[] octets => new string(MemoryMarshal.Cast<byte, char>(octets)),
        _ => null,
    };

    /// <summary>The hash in a column.</summary>
    public static UInt128 Hash(SqliteDataReader row, int column) => BinaryPrimitives.ReadUInt128BigEndian(row.GetFieldValue<byte[]>(column));

    private static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (!char.IsSurrogatePair(text, i))
                return false;
            i++;
        }

        return true;
    }
}
