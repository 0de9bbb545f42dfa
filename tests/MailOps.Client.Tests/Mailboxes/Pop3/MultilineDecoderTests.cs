using System.Text;
using CsCheck;
using MailOps.Client.Mailboxes.Wire;
using Xunit;

namespace MailOps.Client.Tests.Mailboxes.Pop3;

/// <summary>Multi-line responses of POP3 (RFC 1939 section 3), in pieces of any size.</summary>
public class MultilineDecoderTests
{
    [Theory]
    [InlineData(".\r\n", "")]
    [InlineData("a\r\n.\r\n", "a\r\n")]
    [InlineData("..\r\n...x\r\n.\r\n", ".\r\n..x\r\n")]
    [InlineData("\r\n..\r\n\r\n.\r\n", "\r\n.\r\n\r\n")]
    [InlineData("a.\r\n.b\r\n.\r\n", "a.\r\nb\r\n")]
    [InlineData("bare\n..lf\r\n.\n", "bare\n.lf\r\n")]
    [InlineData("cr\r.x\r\n..\rx\r\n.\r\n", "cr\r.x\r\n.\rx\r\n")]
    [InlineData(".\rx\r\n.\r\n", "\rx\r\n")]
    [InlineData("nul\0and\xff\r\n.\r\n", "nul\0and\xff\r\n")]
    public void A_response_has_the_octets_that_were_meant_and_ends_at_its_dot(string sent, string meant)
    {
        for (var size = 1; size <= sent.Length; size++)
            Assert.Equal(meant, Decode(sent + "+OK next\r\n", size, out var rest) + (rest == "+OK next\r\n" ? "" : "|" + rest));
    }

    [Fact]
    public void Whatever_is_stuffed_comes_back_in_pieces_of_any_size() =>
        Gen.Select(Gen.Int[0, 7].Select(i => new[] { "\r\n", ".", "..", "a", "\n", "\r\n.", "text", "\0" }[i]).List[0, 40], Gen.Int[1, 9]).Sample((parts, size) =>
        {
            var text = string.Concat(parts) + "\r\n";
            var stuffed = (text.StartsWith('.') ? "." : "") + text.Replace("\n.", "\n..", StringComparison.Ordinal);
            Assert.Equal(text, Decode(stuffed + ".\r\n", size, out _));
        }, iter: 3000);

    private static string Decode(string sent, int size, out string rest)
    {
        var decoder = default(MultilineDecoder);
        var octets = Encoding.Latin1.GetBytes(sent);
        var (output, text) = (new byte[size + 1], new StringBuilder());
        for (var at = 0; at < octets.Length;)
        {
            var isOver = decoder.Decode(octets.AsSpan(at, Math.Min(size, octets.Length - at)), output, out var consumed, out var written);
            text.Append(Encoding.Latin1.GetString(output, 0, written));
            at += consumed;
            if (!isOver)
                continue;
            rest = Encoding.Latin1.GetString(octets, at, octets.Length - at);
            return text.ToString();
        }

        throw new InvalidOperationException("The end was not found.");
    }
}
