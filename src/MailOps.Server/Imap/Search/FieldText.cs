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
        var characters = ArrayPool<char>.Shared.Rent(value.Length);
        try
        {
            var length = Encoding.ASCII.GetChars(value, characters);
            var unfolded = characters.AsSpan(0, length);
            if (unfolded.ContainsAny('\r', '\n'))
                unfolded = WithoutLineEnds(unfolded);
            return text.IsIn(unfolded);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(characters);
        }
    }

    /// <summary>The value as a reader sees it.</summary>
    public static string Decode(ReadOnlySpan<byte> value) => !Ascii.IsValid(value) || value.IndexOf("=?"u8) >= 0
        ? Header.Unfold(Rfc2047.DecodeText(MessageStructure.ParserOptions, value.ToArray()))
        : Encoding.ASCII.GetString(value);

    private static Span<char> WithoutLineEnds(Span<char> folded)
    {
        var length = 0;
        foreach (var c in folded)
        {
            if (c is not ('\r' or '\n'))
                folded[length++] = c;
        }

        return folded[..length];
    }
}
