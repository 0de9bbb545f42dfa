using System.Buffers;
using System.Text;
using MailOps.Messages;
using MimeKit;
using MimeKit.Utils;

namespace MailOps.Server.Imap.Search;

/// <summary>Looks for a text in the value of a header field as a reader sees it: unfolded, encoded words decoded.</summary>
internal static class FieldText
{
    /// <summary>True if the text is there, without regard to case.</summary>
    public static bool Contains(ReadOnlySpan<byte> value, SearchText text)
    {
        if (!Ascii.IsValid(value) || value.IndexOf("=?"u8) >= 0)
            return text.IsIn(Decode(value));

        value = value.Trim(" \t\r\n\v\f"u8);
        if (!value.ContainsAny((byte)'\r', (byte)'\n'))
            return text.IsIn(value);
        var unfolded = ArrayPool<byte>.Shared.Rent(value.Length);
        try
        {
            return text.IsIn(Unfold(value, unfolded));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(unfolded);
        }
    }

    /// <summary>The value as a reader sees it.</summary>
    public static string Decode(ReadOnlySpan<byte> value) => !Ascii.IsValid(value) || value.IndexOf("=?"u8) >= 0
        ? Header.Unfold(Rfc2047.DecodeText(MessageStructure.ParserOptions, value.ToArray()))
        : Encoding.ASCII.GetString(value);

    private static ReadOnlySpan<byte> Unfold(ReadOnlySpan<byte> folded, Span<byte> unfolded)
    {
        var length = 0;
        foreach (var octet in folded)
        {
            if (octet is not ((byte)'\r' or (byte)'\n'))
                unfolded[length++] = octet;
        }

        return unfolded[..length];
    }
}
