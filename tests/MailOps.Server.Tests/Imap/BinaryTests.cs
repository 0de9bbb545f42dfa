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
    [InlineData("append inbox ~{5+}\r\na:1\r2\r\n", "a OK [APPENDUID", "CR alone is kept")]
    [InlineData("append inbox ~{4+}\r\na:1\r\r\n", "a OK [APPENDUID", "CR at the end is kept")]
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

    private const string Message = """
        From: a@example.com
        Content-Type: multipart/mixed; boundary=x

        --x
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: quoted-printable

        caf=C3=A9 =
        long
        line
        --x
        Content-Type: application/octet-stream
        Content-Transfer-Encoding: BASE64

        AAECAwQ=
        --x
        Content-Type: application/octet-stream
        Content-Transfer-Encoding: base64

        aGVs
        bG8=
        --x
        Content-Type: application/octet-stream
        Content-Transfer-Encoding: x-rot13

        uryyb
        --x
        Content-Type: message/rfc822

        Subject: inner
        Content-Transfer-Encoding: base64

        aGVsbG8=
        --x--

        """;

    [Theory]
    [InlineData("binary.peek[1]", "BINARY[1] {16}\r\ncaf\u00c3\u00a9 long\r\nline", "Quoted-printable, RFC3516_4_2")]
    [InlineData("binary.size[1]", "BINARY.SIZE[1] 16", "The size is that of the decoded octets, RFC3516_4_3")]
    [InlineData("binary.peek[1]<3.4>", "BINARY[1]<3> {4}\r\n\u00c3\u00a9 l", "Partial counts decoded octets, RFC3516_4_2")]
    [InlineData("binary.peek[1]<99.4>", "BINARY[1]<99> {0}\r\n", "Beyond the end is nothing, RFC3501_6_4_5")]
    [InlineData("binary.peek[2]", "BINARY[2] ~{5}\r\n\0\u0001\u0002\u0003\u0004", "NUL makes it a literal8, RFC3516_4_3")]
    [InlineData("binary.peek[2]<1.9>", "BINARY[2]<1> {4}\r\n\u0001\u0002\u0003\u0004", "What is told has no NUL, RFC3516_4_3")]
    [InlineData("binary.size[2]", "BINARY.SIZE[2] 5", "Base64, RFC3516_4_3")]
    [InlineData("(binary.peek[3] binary.size[3])", "BINARY[3] {5}\r\nhello BINARY.SIZE[3] 5", "Several items, RFC3516_7")]
    [InlineData("binary.peek[5.1]", "BINARY[5.1] {5}\r\nhello", "A part of a message within, RFC3501_6_4_5")]
    [InlineData("binary.peek[9]", "BINARY[9] NIL", "A part that is not there, RFC3516_7 nstring")]
    [InlineData("binary.size[9]", "BINARY.SIZE[9] 0", "A part that is not there has nothing")]
    [InlineData("binary[3]", "FLAGS (\\Seen) BINARY[3] {5}\r\nhello", "Without PEEK it sets Seen, RFC3516_4_2")]
    public async Task FETCH_tells_parts_without_their_encoding(string items, string expected, string rule)
    {
        Assert.NotEmpty(rule);
        await using var server = new ImapServer();
        server.Deliver(Message);
        await using var client = await server.SelectAsync();
        Assert.Contains("BINARY", (await client.RunAsync("c capability"))[0].Split(' '));
        Assert.Equal([$"* 1 FETCH ({expected})", "a OK Fetched"], await client.RunAsync($"a fetch 1 {items}"));
    }

    [Theory]
    [InlineData("text/plain", "a\r\nb\r\n")]
    [InlineData("text/plain; charset=utf-16le", "a\nb\r\n")]
    [InlineData("application/octet-stream", "a\nb\r\n")]
    public async Task Lines_of_encoded_text_end_with_CRLF_RFC3516_6(string type, string expected)
    {
        await using var server = new ImapServer();
        server.Deliver($"Content-Type: {type}\nContent-Transfer-Encoding: base64\n\n{Convert.ToBase64String("a\nb\r\n"u8)}\n");
        await using var client = await server.SelectAsync();
        Assert.Equal($"* 1 FETCH (BINARY[1] {{{expected.Length}}}\r\n{expected} BINARY.SIZE[1] {expected.Length})", (await client.RunAsync("a fetch 1 (binary.peek[1] binary.size[1])"))[0]);
    }

    [Fact]
    public async Task The_whole_message_and_what_has_no_encoding_are_as_they_are_RFC3516_4_2()
    {
        await using var server = new ImapServer();
        server.Deliver(Message);
        await using var client = await server.SelectAsync();
        foreach (var section in new[] { "", "5" })
        {
            var body = (await client.RunAsync($"a fetch 1 body.peek[{section}]"))[0];
            Assert.Equal(body.Replace("BODY[", "BINARY[", StringComparison.Ordinal), (await client.RunAsync($"a fetch 1 binary.peek[{section}]"))[0]);
        }

        Assert.Equal((await client.RunAsync("a fetch 1 rfc822.size"))[0].Replace("RFC822.SIZE", "BINARY.SIZE[]", StringComparison.Ordinal), (await client.RunAsync("a fetch 1 binary.size[]"))[0]);
    }

    [Theory]
    [InlineData("binary.peek[4]", "a NO [UNKNOWN-CTE]", "RFC3516_4_3")]
    [InlineData("(flags binary.size[4])", "a NO [UNKNOWN-CTE]", "RFC3516_4_3")]
    [InlineData("binary[1.mime]", "a BAD", "RFC3516_7 section-binary")]
    [InlineData("binary[text]", "a BAD", "RFC3516_7 section-binary")]
    [InlineData("binary[0]", "a BAD", "RFC3501_9 nz-number")]
    [InlineData("binary[1.]", "a BAD", "RFC3501_9 section-part")]
    [InlineData("binary", "a BAD", "RFC3516_7")]
    [InlineData("binary.size[1]<0.1>", "a BAD", "RFC3516_7")]
    [InlineData("binary[1]<0.0>", "a BAD", "RFC3516_7 partial")]
    public async Task FETCH_refuses_what_it_cannot_decode_or_read(string items, string expected, string rule)
    {
        Assert.NotEmpty(rule);
        await using var server = new ImapServer();
        server.Deliver(Message);
        await using var client = await server.SelectAsync();
        Assert.StartsWith(expected, Assert.Single(await client.RunAsync($"a fetch 1 {items}")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 2_000_000)]
    [InlineData(1_000_001, 70_000)]
    [InlineData(1_999_990, 100)]
    public async Task A_large_part_is_decoded_in_pieces(int start, int count)
    {
        var octets = new byte[2_000_000];
        new Random(1).NextBytes(octets);
        await using var server = new ImapServer();
        server.Deliver("Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n" + Convert.ToBase64String(octets, Base64FormattingOptions.InsertLineBreaks) + "\n");
        await using var client = await server.SelectAsync();
        Assert.Equal("* 1 FETCH (BINARY.SIZE[1] 2000000)", (await client.RunAsync("a fetch 1 binary.size[1]"))[0]);
        var part = octets.AsSpan(start, Math.Min(count, octets.Length - start)).ToArray();
        Assert.Equal($"* 1 FETCH (BINARY[1]<{start}> {(part.Contains((byte)0) ? "~" : "")}{{{part.Length}}}\r\n{System.Text.Encoding.Latin1.GetString(part)})", (await client.RunAsync($"b fetch 1 binary.peek[1]<{start}.{count}>"))[0]);
    }
}
