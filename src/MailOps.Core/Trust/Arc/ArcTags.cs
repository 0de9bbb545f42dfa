using System.Globalization;
using System.Text;

namespace MailOps.Trust.Arc;

/// <summary>Lists of tags, <c>a=rsa-sha256; d=example.org</c> (RFC 6376 section 3.2).</summary>
internal static class ArcTags
{
    private static readonly char[] White = [' ', '\t', '\r', '\n'];

    /// <summary>Reads a list.</summary>
    /// <param name="text">The text, folded or not.</param>
    /// <returns>The tags with white space taken off the ends of their values; null if it is no such list, or has one twice.</returns>
    public static IReadOnlyDictionary<string, string>? TryRead(string text)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        var parts = text.Trim(White).Split(';');
        for (var i = 0; i < parts.Length; i++)
        {
            var part = parts[i].Trim(White);
            // One semicolon may stand at the end.
            if (part.Length == 0 && i == parts.Length - 1 && i > 0)
                break;
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? "" : part[..equals].TrimEnd(White);
            if (name.Length == 0 || !char.IsAsciiLetter(name[0]) || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') || !tags.TryAdd(name, part[(equals + 1)..].Trim(White)))
                return null;
        }

        return tags;
    }

    /// <summary>The instance of a set: 1 to 50 (RFC 8617 section 4.2.1), or null for what is none.</summary>
    public static int? Instance(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && text!.Length <= 2 && number is >= 1 and <= ArcChain.MostSets ? number : null;

    /// <summary>Base64 with white space in it, or null for what is none.</summary>
    public static byte[]? Base64(string? text)
    {
        var bare = string.Concat((text ?? "").Where(c => !White.Contains(c)));
        var octets = new byte[bare.Length];
        return bare.Length > 0 && Convert.TryFromBase64String(bare, octets, out var length) ? octets[..length] : null;
    }

    /// <summary>A field without its line end and with the value of its tag b left out, as it is signed (RFC 6376 section 3.7).</summary>
    /// <param name="line">The field.</param>
    public static byte[] Unsigned(ReadOnlySpan<byte> line)
    {
        line = line.EndsWith("\r\n"u8) ? line[..^2] : line;
        var at = line.IndexOf((byte)':') + 1;
        while (at < line.Length)
        {
            var end = line[at..].IndexOf((byte)';');
            var tag = end < 0 ? line[at..] : line.Slice(at, end);
            var equals = tag.IndexOf((byte)'=');
            if (equals >= 0 && Encoding.ASCII.GetString(tag[..equals]).Trim(White) == "b")
                return [.. line[..(at + equals + 1)], .. line[(at + tag.Length)..]];
            at += tag.Length + 1;
        }

        return line.ToArray();
    }
}
