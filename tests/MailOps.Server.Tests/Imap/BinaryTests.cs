using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>Parts as they were before they were encoded, and messages of any octets (BINARY, RFC 3516, RFC 9051 section 6.4.5).</summary>
public sealed class BinaryTests
{
    [Theory]
    [InlineData("append inbox ~{5+}\r\na:1\r\n\r\n", "a OK [APPENDUID", "A literal8 is a message, RFC3516_7")]
    [InlineData("append inbox (\\Seen) \"17-Feb-2024 01:02:03 +0100\" ~{5+}\r\na:1\r\n\r\n", "a OK [APPENDUID", "It has flags and a date, RFC3516_7")]
    [InlineData("append inbox {5+}\r\na:1\r\n ~{5+}\r\nb:2\r\n\r\n", "a OK [APPENDUID 1000 1:2]", "It may be one of several, RFC3502")]
    [InlineData("append inbox ~{5+}\r\na:1\r\0\r\n", "a NO [UNKNOWN-CTE]", "NUL cannot be kept, RFC3516_4_4")]
    [InlineData("append inbox ~{5+}\r\na:1\n2\r\n", "a NO [UNKNOWN-CTE]", "LF alone may be data that would be lost, RFC3516_4_4")]
    [InlineData("append inbox ~{5+}\r\na:1\r2\r\n", "a NO [UNKNOWN-CTE]", "CR alone may be data that would be lost, RFC3516_4_4")]
    [InlineData("append inbox ~{4+}\r\na:1\r\r\n", "a NO [UNKNOWN-CTE]", "CR at the end may be data that would be lost, RFC3516_4_4")]
    [InlineData("append inbox {5+}\r\na:1\n2\r\n", "a OK [APPENDUID", "A literal has lines of text")]
    [InlineData("append inbox {5+}\r\na:1\0\n\r\n", "a NO [CANNOT]", "NUL is for literal8 alone, RFC3501_9")]
    [InlineData("append inbox {5+}\r\na:1\r\n ~{5+}\r\na:1\r\0\r\n", "a NO [UNKNOWN-CTE]", "One refuses all, RFC3502_6_3_11")]
    [InlineData("append inbox ~\r\n", "a BAD", "A literal8 has its length, RFC3516_7")]
    [InlineData("append ~{5+}\r\ninbox {3+}\r\na:1\r\n", "a BAD", "A mailbox is no literal8, RFC3501_9")]
    public async Task APPEND_takes_literal8(string sent, string expected, string rule)
    {
        Assert.NotEmpty(rule);
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        await client.SendAsync("a " + sent + "b noop\r\n");
        Assert.StartsWith(expected, await client.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal(expected.Contains("OK", StringComparison.Ordinal), server.Inbox.Messages.Length > 0);
    }

    [Fact]
    public async Task A_literal8_is_asked_for_RFC3516_7()
    {
        await using var server = new ImapServer();
        await using var client = await server.SelectAsync();
        await client.SendAsync("a append inbox ~{5}\r\n");
        Assert.StartsWith("+ ", await client.ReadLineAsync(), StringComparison.Ordinal);
        await client.SendAsync("a:\xff\r\n\r\n");
        Assert.StartsWith("a OK", (await client.ReadToTagAsync("a"))[^1], StringComparison.Ordinal);
        Assert.Equal("* 1 FETCH (BODY[] {5}\r\na:\xff\r\n)", (await client.RunAsync("b fetch 1 body.peek[]"))[0]);
    }
}
