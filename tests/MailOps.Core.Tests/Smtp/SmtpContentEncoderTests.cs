using System.Text;
using CsCheck;
using MailOps.Smtp;
using Xunit;

namespace MailOps.Core.Tests.Smtp;

public class SmtpContentEncoderTests
{
    [Theory]
    [InlineData("", ".\r\n")]
    [InlineData("a", "a\r\n.\r\n")]
    [InlineData("a\r\n", "a\r\n.\r\n")]
    [InlineData("a\nb\n", "a\r\nb\r\n.\r\n")]
    [InlineData("a\rb", "a\r\nb\r\n.\r\n")]
    [InlineData("a\r\r\nb", "a\r\n\r\nb\r\n.\r\n")]
    [InlineData("a\r", "a\r\n.\r\n")]
    [InlineData("\n\r", "\r\n\r\n.\r\n")]
    [InlineData(".", "..\r\n.\r\n")]
    [InlineData("..\n.x", "...\r\n..x\r\n.\r\n")]
    [InlineData("a.\n", "a.\r\n.\r\n")]
    [InlineData("a\r\n.\r\nQUIT\r\n", "a\r\n..\r\nQUIT\r\n.\r\n")]
    public void Line_ends_become_CRLF_and_dots_are_doubled_RFC5321_4_5_2(string message, string sent) =>
        Assert.Equal(sent, Encode(message, message.Length + 1, asIs: false));

    [Theory]
    [InlineData("", ".\r\n")]
    [InlineData("a\n.b", "a\n.b\r\n.\r\n")]
    [InlineData("a\n", "a\n\r\n.\r\n")]
    [InlineData("a\r\n", "a\r\n.\r\n")]
    [InlineData("a\r", "a\r\r\n.\r\n")]
    public void As_is_adds_the_end_and_nothing_else(string message, string sent)
    {
        Assert.Equal(sent, Encode(message, message.Length + 1, asIs: true));
        Assert.Equal(sent, Encode(message, 1, asIs: true));
    }

    [Fact]
    public void Chunks_make_no_difference_and_no_message_can_end_early() =>
        Gen.Select(Gen.Char[".\r\nab"].Array[0, 40], Gen.Int[1, 7]).Sample((characters, chunk) =>
        {
            var message = new string(characters);
            var whole = Encode(message, message.Length + 1, asIs: false);
            return whole == Encode(message, chunk, asIs: false)
                && ("\r\n" + whole).IndexOf("\r\n.\r\n", StringComparison.Ordinal) == whole.Length - 3
                && !whole.Replace("\r\n", "", StringComparison.Ordinal).AsSpan().ContainsAny('\r', '\n');
        });

    private static string Encode(string message, int chunkSize, bool asIs)
    {
        var encoder = new SmtpContentEncoder(asIs);
        var sent = new StringBuilder();
        var octets = Encoding.Latin1.GetBytes(message);
        for (var at = 0; at < octets.Length; at += chunkSize)
        {
            var chunk = octets.AsSpan(at, Math.Min(chunkSize, octets.Length - at));
            var room = new byte[SmtpContentEncoder.MaxLength(chunk.Length)];
            sent.Append(Encoding.Latin1.GetString(room, 0, encoder.Encode(chunk, room)));
        }

        return sent.Append(Encoding.Latin1.GetString(encoder.End())).ToString();
    }
}
