using System.Text;
using CsCheck;
using MailOps.Messages;
using MailOps.Server.Imap.Search;
using MimeKit;
using Xunit;

namespace MailOps.Server.Tests.Imap;

public sealed class FieldTextTests
{
    private static readonly string[] Pieces =
        ["Hello", "wörld", " ", "\t", "\r\n ", "=?utf-8?q?J=C3=A4ne?=", "=?iso-8859-1?b?5A==?=", "=?", "?=", "\0", "\v", "\xff", "K", "\x1c", "(", "\"", "=", "?"];

    [Theory]
    [InlineData("Subject: Hello World", "o w", true)]
    [InlineData("Subject: Hello\r\n World", "hello world", true)]
    [InlineData("Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=", "grüß", true)]
    [InlineData("Subject:  end ", "end ", false)]
    [InlineData("Subject: a", "b", false)]
    public void A_text_is_looked_for_in_what_a_reader_sees(string field, string text, bool isThere)
    {
        Assert.Equal(isThere, FieldText.Contains(Encoding.ASCII.GetBytes(field + "\r\n").AsSpan("Subject:".Length), new SearchText(text)));
    }

    [Fact]
    public void It_is_found_where_it_is_in_the_value_that_MimeKit_reads() =>
        Gen.Select(Gen.Int[0, Pieces.Length - 1].Array[0, 12], Gen.Int[0, 20], Gen.Int[1, 6]).Sample(
            (pieces, at, length) =>
            {
                var line = Encoding.Latin1.GetBytes("Subject: " + string.Concat(pieces.Select(i => Pieces[i])) + "\r\n");
                using var stream = new MemoryStream([.. line, .. "\r\n"u8]);
                var value = new MimeParser(MessageStructure.ParserOptions, stream).ParseHeaders(TestContext.Current.CancellationToken)[0].Value;
                var here = at < value.Length ? value.Substring(at, Math.Min(length, value.Length - at)) : "nowhere";
                foreach (var text in (string[])[here, here.ToUpperInvariant(), here + "!", value, " " + value, value + " "])
                    Assert.True(FieldText.Contains(line.AsSpan("Subject:".Length), new SearchText(text)) == UnicodeCasemap.KeyOf(value).Contains(UnicodeCasemap.KeyOf(text), StringComparison.Ordinal), $"'{text}' in '{value}'");
            },
            iter: 20_000);
}
