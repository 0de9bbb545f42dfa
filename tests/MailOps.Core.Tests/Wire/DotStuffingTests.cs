using System.IO.Pipelines;
using System.Text;
using MailOps.Wire;
using Xunit;

namespace MailOps.Tests.Wire;

public sealed class DotStuffingTests
{
    [Theory]
    [InlineData("", ".\r\n")]
    [InlineData("a\r\n", "a\r\n.\r\n")]
    [InlineData("a", "a\r\n.\r\n")]
    [InlineData("a\r", "a\r\n.\r\n")]
    [InlineData(".\r\n", "..\r\n.\r\n")]
    [InlineData("a\r\n.b\r\n..c\r\n", "a\r\n..b\r\n...c\r\n.\r\n")]
    public async Task Lines_that_start_with_a_dot_get_another(string message, string expected) =>
        Assert.Equal(expected, await EncodeAsync(message, bodyLines: null));

    [Theory]
    [InlineData(0, "S: x\r\n\r\n.\r\n")]
    [InlineData(1, "S: x\r\n\r\none\r\n.\r\n")]
    [InlineData(2, "S: x\r\n\r\none\r\n..two\r\n.\r\n")]
    [InlineData(9, "S: x\r\n\r\none\r\n..two\r\n\r\nfour\r\n.\r\n")]
    public async Task TOP_counts_the_lines_of_the_body_RFC1939_7(int lines, string expected) =>
        Assert.Equal(expected, await EncodeAsync("S: x\r\n\r\none\r\n.two\r\n\r\nfour\r\n", lines));

    [Fact]
    public async Task A_message_of_dots_alone_survives_however_it_is_cut()
    {
        var message = string.Concat(Enumerable.Repeat(".\r\n", 50_000));
        var encoded = await EncodeAsync(message, bodyLines: null);
        Assert.Equal(string.Concat(Enumerable.Repeat("..\r\n", 50_000)) + ".\r\n", encoded);
    }

    [Fact]
    public async Task A_small_message_and_its_final_dot_leave_together_and_a_large_one_as_it_is_read()
    {
        var sent = new MemoryStream();
        var output = PipeWriter.Create(sent);
        await output.WriteDotStuffedAsync(new MemoryStream(new byte[1000]), bodyLines: null, beforeFlush: null, CancellationToken.None);
        Assert.Equal(0, sent.Length);
        await output.WriteDotStuffedAsync(new MemoryStream(new byte[1_000_000]), bodyLines: null, beforeFlush: null, CancellationToken.None);
        Assert.InRange(sent.Length, 900_000, 1_001_010);
    }

    [Fact]
    public async Task Whatever_a_read_gives_the_message_arrives_as_a_whole()
    {
        var random = new Random(5321);
        for (var turn = 0; turn < 500; turn++)
        {
            var message = string.Concat(Enumerable.Range(0, random.Next(200)).Select(_ => random.Next(6) switch { 0 => ".", 1 or 2 => "\r\n", 3 => "\r\n.", _ => "words" }));
            var expected = message.Replace("\n.", "\n..", StringComparison.Ordinal);
            if (message.StartsWith('.'))
                expected = "." + expected;
            expected += message.Length == 0 || message.EndsWith('\n') ? ".\r\n" : "\r\n.\r\n";
            Assert.Equal(expected, await EncodeAsync(new Trickle(Encoding.Latin1.GetBytes(message), random), bodyLines: null));
        }
    }

    private static Task<string> EncodeAsync(string message, int? bodyLines) => EncodeAsync(new MemoryStream(Encoding.Latin1.GetBytes(message)), bodyLines);

    private static async Task<string> EncodeAsync(Stream message, int? bodyLines)
    {
        var sent = new MemoryStream();
        var output = PipeWriter.Create(sent);
        await output.WriteDotStuffedAsync(message, bodyLines, beforeFlush: null, CancellationToken.None);
        await output.FlushAsync();
        return Encoding.Latin1.GetString(sent.ToArray());
    }

    // Gives a few octets at a time.
    private sealed class Trickle(byte[] content, Random random) : MemoryStream(content)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, random.Next(1, 9))]);
    }
}
