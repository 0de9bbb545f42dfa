using System.Text;

namespace MailOps.Server.Accounts.Files;

/// <summary>What the files of a store have in common: lines of UTF-8 ended by LF or CRLF.</summary>
internal static class FileLines
{
    public static UTF8Encoding Utf8 { get; } = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The lines with their ends; the last one may have none.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Split(ReadOnlyMemory<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            var end = octets.Span.IndexOf((byte)'\n');
            var length = end < 0 ? octets.Length : end + 1;
            yield return octets[..length];
            octets = octets[length..];
        }
    }

    /// <summary>LF, CRLF or nothing.</summary>
    public static ReadOnlySpan<byte> EndOf(ReadOnlySpan<byte> line) =>
        line.EndsWith("\r\n"u8) ? "\r\n"u8 : line.EndsWith("\n"u8) ? "\n"u8 : default;

    /// <summary>The same octets with an end, if they have none.</summary>
    public static ReadOnlyMemory<byte> Ended(ReadOnlyMemory<byte> line) =>
        line.IsEmpty || line.Span[^1] == (byte)'\n' ? line : (byte[])[.. line.Span, (byte)'\n'];

    /// <summary>Why a line is no text, or null.</summary>
    public static string? ProblemOf(ReadOnlySpan<byte> content) =>
        !System.Text.Unicode.Utf8.IsValid(content) ? "is not UTF-8"
        : content.ContainsAnyInRange((byte)0, (byte)0x08) || content.Contains((byte)'\r') ? "holds control characters"
        : null;

    /// <summary>All lines, one behind the other.</summary>
    public static byte[] Join(IEnumerable<ReadOnlyMemory<byte>> lines)
    {
        using var all = new MemoryStream();
        foreach (var line in lines)
            all.Write(line.Span);
        return all.ToArray();
    }
}
