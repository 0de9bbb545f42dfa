using System.Text;
using MimeKit.Text;

namespace MailOps.Client.Messages;

/// <summary>What is read out of HTML.</summary>
internal static class HtmlText
{
    /// <summary>The names of pictures that it has from the message itself: what stands behind <c>cid:</c> in <c>src</c> and <c>background</c> (RFC 2392).</summary>
    public static IEnumerable<string> PicturesOf(string html) => Tags(html)
        .SelectMany(tag => tag.Attributes)
        .Where(attribute => attribute.Id is HtmlAttributeId.Src or HtmlAttributeId.Background && attribute.Value?.StartsWith("cid:", StringComparison.OrdinalIgnoreCase) == true)
        .Select(attribute => Uri.UnescapeDataString(attribute.Value![4..]));

    /// <summary>Its text, a line for each block.</summary>
    public static string Of(string html)
    {
        var text = new StringBuilder();
        HtmlTagId? hidden = null;
        var tokens = new HtmlTokenizer(new StringReader(html)) { DecodeCharacterReferences = true };
        while (tokens.ReadNextToken(out var token))
        {
            switch (token)
            {
                case HtmlTagToken { Id: HtmlTagId.Script or HtmlTagId.Style or HtmlTagId.Title } tag:
                    hidden = tag.IsEndTag || tag.IsEmptyElement ? null : tag.Id;
                    break;
                case HtmlTagToken { Id: HtmlTagId.Br }:
                    text.Append('\n');
                    break;
                case HtmlTagToken tag when IsBlock(tag.Id):
                    EndLine(text);
                    break;
                case HtmlDataToken data when hidden is null && data is not HtmlScriptDataToken:
                    Append(text, data.Data);
                    break;
            }
        }

        return text.ToString().Trim();
    }

    /// <summary>A text as HTML that looks like it.</summary>
    public static string Encode(string text) => System.Net.WebUtility.HtmlEncode(text).ReplaceLineEndings("<br>\r\n");

    private static IEnumerable<HtmlTagToken> Tags(string html)
    {
        var tokens = new HtmlTokenizer(new StringReader(html)) { DecodeCharacterReferences = true };
        while (tokens.ReadNextToken(out var token))
        {
            if (token is HtmlTagToken tag)
                yield return tag;
        }
    }

    private static bool IsBlock(HtmlTagId id) => id is HtmlTagId.P or HtmlTagId.Div or HtmlTagId.TR or HtmlTagId.LI or HtmlTagId.UL or HtmlTagId.OL or HtmlTagId.Table
        or HtmlTagId.H1 or HtmlTagId.H2 or HtmlTagId.H3 or HtmlTagId.H4 or HtmlTagId.H5 or HtmlTagId.H6 or HtmlTagId.BlockQuote or HtmlTagId.Pre or HtmlTagId.HR;

    // White space is one space, and none at the start of a line.
    private static void Append(StringBuilder text, string data)
    {
        foreach (var character in data)
        {
            if (!char.IsWhiteSpace(character) || character == '\u00a0')
                text.Append(character == '\u00a0' ? ' ' : character);
            else if (text.Length > 0 && text[^1] is not ('\n' or ' '))
                text.Append(' ');
        }
    }

    private static void EndLine(StringBuilder text)
    {
        if (text.Length > 0 && text[^1] == ' ')
            text.Length--;
        if (text.Length > 0 && text[^1] != '\n')
            text.Append('\n');
    }
}
