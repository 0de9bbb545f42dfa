using System.Buffers;
using System.Text;
using MailOps.Maildir;
using MailOps.Messages;

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
    public static async ValueTask<byte[]> ReadAsync(MessageBlob message, long offset, long length, IReadOnlyList<string> fields, bool without, CancellationToken cancel)
    {
        var size = (int)Math.Min(length, MaxHeader);
        var rented = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            var read = await message.ReadAsync(rented.AsMemory(0, size), offset, cancel);
            return Select(rented.AsSpan(0, read), fields, without);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>The wanted fields of a message's own header out of its digest.</summary>
    /// <param name="digest">The digest, which has the fields as they lie in the message.</param>
    /// <param name="fields">Names of fields that digests keep.</param>
    public static byte[] Select(MessageDigest digest, IReadOnlyList<HeaderField> fields)
    {
        var selected = new ArrayBufferWriter<byte>(256);
        for (var kept = digest.Fields; kept.MoveNext();)
        {
            if (fields.Contains(kept.Field))
                selected.Write(kept.Line);
        }

        selected.Write("\r\n"u8);
        return selected.WrittenSpan.ToArray();
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
