using System.Text;
using CsCheck;
using MailOps.Wire;
using Xunit;

namespace MailOps.Tests.Wire;

public sealed class NormalizingDecoderTests
{
    private static readonly string[] Parts = ["\r\n", "\n", "\r", ".", "..", "a", "\r\n.\r\n", "\r\r\n"];
    private static readonly Gen<string> Octets = Gen.Int[0, Parts.Length - 1].Array[0, 12].Select(chosen => string.Concat(chosen.Select(i => Parts[i])));

    [Theory]
    [InlineData("a\n.\n", "a\r\n.\r\n")]
    [InlineData("a\n.\r\n", "a\r\n.\r\n")]
    [InlineData("a\r\n.\n", "a\r\n.\r\n")]
    [InlineData("a\r\n.\rx", "a\r\n.\r\nx")]
    [InlineData("a\r.\r\n", "a\r\n.\r\n")]
    [InlineData("a\r\n.\r\r\n", "a\r\n.\r\n")]
    [InlineData("a\r\r\nb\r\rc", "a\r\nb\r\n\r\nc")]
    [InlineData(".\n", ".\r\n")]
    [InlineData("a\n..b\n", "a\r\n.b\r\n")]
    public void Line_ends_that_are_none_become_CRLF_and_end_nothing(string sent, string expected)
    {
        for (var piece = 1; piece <= sent.Length; piece++)
            Assert.Equal((DotStuffedDecoder.Outcome.More, expected, ""), Decode(sent, piece));
    }

    [Fact]
    public void It_ends_where_CRLF_dot_CRLF_is_and_nowhere_else() => Octets.Sample(sent =>
    {
        var end = ("\r\n" + sent).IndexOf("\r\n.\r\n", StringComparison.Ordinal);
        var rest = end < 0 ? "" : sent[(end + 3)..];
        var outcome = end < 0 ? DotStuffedDecoder.Outcome.More : DotStuffedDecoder.Outcome.Done;
        for (var piece = 1; piece <= Math.Max(1, sent.Length); piece++)
        {
            var decoded = Decode(sent, piece);
            Assert.Equal((outcome, rest), (decoded.Outcome, decoded.Behind));
            Assert.DoesNotContain("\n", decoded.Text.Replace("\r\n", "", StringComparison.Ordinal), StringComparison.Ordinal);
            Assert.Equal(Decode(sent, Math.Max(1, sent.Length)), decoded);
        }
    });

    [Fact]
    public void What_is_right_comes_out_as_from_the_strict_decoder() =>
        Gen.String[Gen.Char[".ab"], 0, 4].Array[0, 6].Select(lines => string.Concat(lines.Select(line => line + "\r\n"))).Sample(sent =>
        {
            var strict = new StringBuilder();
            var outcome = default(DotStuffedDecoder).Decode(Encoding.ASCII.GetBytes(sent), octets => strict.Append(Encoding.ASCII.GetString(octets)), out var consumed);
            Assert.Equal((outcome, strict.ToString(), sent[consumed..]), Decode(sent, 3));
        });

    [Fact]
    public void A_NUL_stops_it_and_CRs_without_end_are_not_held()
    {
        Assert.Equal(DotStuffedDecoder.Outcome.Nul, Decode("a\r\0", 2).Outcome);
        Assert.True(Decode(new string('\r', 1000), 7).Text.Length > 1900);
    }

    private static (DotStuffedDecoder.Outcome Outcome, string Text, string Behind) Decode(string sent, int piece)
    {
        var decoder = new NormalizingDecoder(isDotted: true);
        var text = new StringBuilder();
        var octets = Encoding.ASCII.GetBytes(sent);
        for (var at = 0; at < octets.Length; at += piece)
        {
            var outcome = decoder.Decode(octets.AsSpan(at, Math.Min(piece, octets.Length - at)), given => text.Append(Encoding.ASCII.GetString(given)), out var consumed);
            if (outcome is not DotStuffedDecoder.Outcome.More)
                return (outcome, text.ToString(), sent[(at + consumed)..]);
        }

        return (DotStuffedDecoder.Outcome.More, text.ToString(), "");
    }
}
