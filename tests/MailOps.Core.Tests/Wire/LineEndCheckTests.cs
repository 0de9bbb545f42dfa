using System.Text;
using MailOps.Wire;
using Xunit;

namespace MailOps.Tests.Wire;

/// <summary>The rule of line ends over counted octets, whatever pieces they come in.</summary>
public sealed class LineEndCheckTests
{
    [Theory]
    [InlineData("", LineEndCheck.Outcome.Fine)]
    [InlineData("a\r\nb", LineEndCheck.Outcome.Fine)]
    [InlineData("\r\n.\r\n\r\n", LineEndCheck.Outcome.Fine)]
    [InlineData("a\nb", LineEndCheck.Outcome.BareLineEnd)]
    [InlineData("\n", LineEndCheck.Outcome.BareLineEnd)]
    [InlineData("a\rb", LineEndCheck.Outcome.BareLineEnd)]
    [InlineData("a\r\r\n", LineEndCheck.Outcome.BareLineEnd)]
    [InlineData("a\r", LineEndCheck.Outcome.BareLineEnd)]
    [InlineData("a\0b", LineEndCheck.Outcome.Nul)]
    [InlineData("a\r\n\n", LineEndCheck.Outcome.BareLineEnd)]
    public void The_same_is_found_in_pieces_of_every_size(string text, LineEndCheck.Outcome expected)
    {
        var octets = Encoding.Latin1.GetBytes(text);
        for (var size = 1; size <= Math.Max(1, octets.Length); size++)
        {
            var check = default(LineEndCheck);
            var found = octets.Chunk(size).Select(piece => check.Feed(piece)).FirstOrDefault(outcome => outcome is not LineEndCheck.Outcome.Fine);
            Assert.Equal(expected, found is LineEndCheck.Outcome.Fine ? check.End() : found);
        }
    }
}
