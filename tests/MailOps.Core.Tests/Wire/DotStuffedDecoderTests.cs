using System.Text;
using CsCheck;
using MailOps.Wire;
using Xunit;

namespace MailOps.Tests.Wire;

public sealed class DotStuffedDecoderTests
{
    [Theory]
    [InlineData("\r\n.\r\n", "\r\n")]
    [InlineData(".\r\n", "")]
    [InlineData("a\r\n.\r\n", "a\r\n")]
    [InlineData("..a\r\n.\r\n", ".a\r\n")]
    [InlineData(".a\r\n.\r\n", "a\r\n")]
    [InlineData("a\r\n..\r\nb\r\n.\r\n", "a\r\n.\r\nb\r\n")]
    [InlineData("a.\r\n.b.\r\n\r\n.\r\n", "a.\r\nb.\r\n\r\n")]
    public void Data_is_unstuffed_and_ends_at_the_final_dot(string sent, string expected)
    {
        // However the network cuts it.
        for (var piece = 1; piece <= sent.Length; piece++)
        {
            var (outcome, text, rest) = Decode(sent + "QUIT\r\n", piece);
            Assert.Equal(DotStuffedDecoder.Outcome.Done, outcome);
            Assert.Equal(expected, text);
            Assert.Equal("QUIT\r\n", rest);
        }
    }

    [Theory]
    [InlineData("a\n.\n")]
    [InlineData("a\n.\r\n")]
    [InlineData("a\r\n.\n")]
    [InlineData("a\r\n.\rMAIL")]
    [InlineData("a\r.\r\n")]
    [InlineData("a\r\r\n.\r\n")]
    [InlineData("\n.\r\n")]
    [InlineData("a\r\n\n.\r\n")]
    public void Every_other_line_end_stops_the_decoder_RFC5321_2_3_8(string sent)
    {
        for (var piece = 1; piece <= sent.Length; piece++)
            Assert.Equal(DotStuffedDecoder.Outcome.BareLineEnd, Decode(sent, piece).Outcome);
    }

    [Theory]
    [InlineData("a\0b\r\n.\r\n")]
    [InlineData("\0\r\n.\r\n")]
    public void A_NUL_stops_the_decoder(string sent)
    {
        for (var piece = 1; piece <= sent.Length; piece++)
            Assert.Equal(DotStuffedDecoder.Outcome.Nul, Decode(sent, piece).Outcome);
    }

    [Fact]
    public void What_is_stuffed_comes_out_as_it_was_whatever_it_was()
    {
        var line = Gen.String[Gen.Char[".ab"], 0, 4];
        Gen.Select(line.Array[0, 6], Gen.Int[1, 7]).Sample((lines, piece) =>
        {
            var message = string.Concat(lines.Select(one => one + "\r\n"));
            var stuffed = string.Concat(lines.Select(one => (one.StartsWith('.') ? "." : "") + one + "\r\n")) + ".\r\n";
            var (outcome, text, rest) = Decode(stuffed + "NEXT", piece);
            return outcome == DotStuffedDecoder.Outcome.Done && text == message && rest == "NEXT";
        });
    }

    private static (DotStuffedDecoder.Outcome Outcome, string Text, string Left) Decode(string sent, int piece)
    {
        var octets = Encoding.Latin1.GetBytes(sent);
        var decoder = default(DotStuffedDecoder);
        var text = new StringBuilder();
        for (var at = 0; at < octets.Length; at += piece)
        {
            var chunk = octets.AsSpan(at, Math.Min(piece, octets.Length - at));
            var outcome = decoder.Decode(chunk, given => text.Append(Encoding.Latin1.GetString(given)), out var consumed);
            if (outcome is not DotStuffedDecoder.Outcome.More)
                return (outcome, text.ToString(), Encoding.Latin1.GetString(octets.AsSpan(at + consumed)));
            Assert.Equal(chunk.Length, consumed);
        }

        return (DotStuffedDecoder.Outcome.More, text.ToString(), "");
    }
}
