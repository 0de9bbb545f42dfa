using System.Buffers;
using System.Text;

namespace MailOps.Server.Imap.Fetch;

/// <summary>Takes fields out of a header as they lie there, folded lines and all, for HEADER.FIELDS and HEADER.FIELDS.NOT.</summary>
internal static class HeaderLines
{
    /// <summary>How much of a header is looked through. No program writes a longer one.</summary>
    public const int MaxHeader = 1024 * 1024;

    /// <summary>The wanted fields and the empty line that ends a header.</summary>
    /// <param name="message">The message.</param>
    /// <param name="offset">Where the header starts.</param>
    /// <param name="length">Its octets with its empty line.</param>
    /// <param name="fields">Names, compared without case.</param>
    /// <param name="without">True for all fields except these.</param>
    /// <param name="cancel">Ends the reading.</param>
    public static async ValueTask<byte[]> ReadAsync(Stream message, long offset, long length, IReadOnlyList<string> fields, bool without, CancellationToken cancel)
    {
        var size = (int)Math.Min(length, MaxHeader);
        var rented = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            message.Position = offset;
            var read = await message.ReadAtLeastAsync(rented.AsMemory(0, size), size, throwOnEndOfStream: false, cancel);
            return Select(rented.AsSpan(0, read), fields, without);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static byte[] Select(ReadOnlySpan<byte> header, IReadOnlyList<string> fields, bool without)
    {
        var selected = new ArrayBufferWriter<byte>(Math.Max(64, header.Length));
        var taken = false;
        while (!header.IsEmpty)
        {
            var end = header.IndexOf((byte)'\n') + 1;
            var line = end == 0 ? header : header[..end];
            header = header[line.Length..];
            if (line is [(byte)'\r', (byte)'\n', ..] or [(byte)'\n', ..])
                break;
            // A line that starts with white space goes on with the field above.
            if (line[0] is not ((byte)' ' or (byte)'\t'))
                taken = Named(line, fields) != without;
            if (taken)
                selected.Write(line);
        }

        selected.Write("\r\n"u8);
        return selected.WrittenSpan.ToArray();
    }

    private static bool Named(ReadOnlySpan<byte> line, IReadOnlyList<string> fields)
    {
        var colon = line.IndexOf((byte)':');
        if (colon < 0)
            return false;

        var name = line[..colon].TrimEnd(" \t"u8);
        foreach (var field in fields)
        {
            if (Ascii.EqualsIgnoreCase(name, field))
                return true;
        }

        return false;
    }
}
