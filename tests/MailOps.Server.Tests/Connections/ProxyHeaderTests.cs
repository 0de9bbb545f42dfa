using System.Text;
using CsCheck;
using MailOps.Server.Connections;
using Xunit;

namespace MailOps.Server.Tests.Connections;

/// <summary>PROXY headers as HAProxy's specification has them, and what is none.</summary>
public sealed class ProxyHeaderTests
{
    private const string Signature = "0D0A0D0A000D0A515549540A";

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 56324 25\r\n", "192.0.2.1:56324")]
    [InlineData("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255:65535")]
    [InlineData("PROXY TCP6 2001:db8::1 ::1 1 0\r\n", "[2001:db8::1]:1")]
    [InlineData("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n", "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535")]
    [InlineData("PROXY UNKNOWN\r\n", null)]
    [InlineData("PROXY UNKNOWN whatever the proxy says here\r\n", null)]
    public async Task A_line_names_the_client(string line, string? expected)
    {
        var header = await ReadAsync(Encoding.ASCII.GetBytes(line));
        Assert.Null(header.Problem);
        Assert.Equal(expected, header.Source?.ToString());
        Assert.True(header.IsForClient);
    }

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 56324 25\n", "the line does not end with CRLF")]
    [InlineData("PROXY UNKNOWN 123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456\r\n", "the line does not end with CRLF within 107 octets")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 56324\r\n", "the line is not PROXY TCP4 or TCP6")]
    [InlineData("PROXY TCP4  192.0.2.1 192.0.2.2 56324 25\r\n", "the line is not PROXY TCP4 or TCP6")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 56324 25 \r\n", "the line is not PROXY TCP4 or TCP6")]
    [InlineData("PROXY UDP4 192.0.2.1 192.0.2.2 56324 25\r\n", "the line is not PROXY TCP4 or TCP6")]
    [InlineData("PROXY tcp4 192.0.2.1 192.0.2.2 56324 25\r\n", "the line is not PROXY TCP4 or TCP6")]
    [InlineData("PROXY TCP4 2001:db8::1 ::1 56324 25\r\n", "an address is not one of TCP4")]
    [InlineData("PROXY TCP6 192.0.2.1 192.0.2.2 56324 25\r\n", "an address is not one of TCP6")]
    [InlineData("PROXY TCP4 192.0.2.256 192.0.2.2 56324 25\r\n", "an address is not one of TCP4")]
    [InlineData("PROXY TCP4 127.1 192.0.2.2 56324 25\r\n", "an address is not one of TCP4")]
    [InlineData("PROXY TCP4 192.0.2.1 mail 56324 25\r\n", "an address is not one of TCP4")]
    [InlineData("PROXY TCP6 fe80::1%eth0 ::1 56324 25\r\n", "an address is not one of TCP6")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 65536 25\r\n", "a port is not a number from 0 to 65535")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 -1 25\r\n", "a port is not a number from 0 to 65535")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 56324 025\r\n", "a port is not a number from 0 to 65535")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 56324 2", "the connection ended before the header did")]
    [InlineData("PROX", "the connection ended before the header did")]
    [InlineData("", "the connection ended before the header did")]
    [InlineData("EHLO a\r\n", "what came first is no PROXY header")]
    [InlineData("proxy TCP4 192.0.2.1 192.0.2.2 56324 25\r\n", "what came first is no PROXY header")]
    [InlineData("\r\n\r\nPROXY UNKNOWN\r\n", "what came first is no PROXY header")]
    public async Task A_line_that_is_none_says_why(string line, string problem)
    {
        var header = await ReadAsync(Encoding.ASCII.GetBytes(line));
        Assert.StartsWith(problem, header.Problem, StringComparison.Ordinal);
        Assert.Null(header.Source);
    }

    [Theory]
    [InlineData("21 11 000C C0000201 C0000202 DC04 0019", "192.0.2.1:56324", true)]
    [InlineData("21 11 0013 C0000201 C0000202 DC04 0019 04 0004 00000000", "192.0.2.1:56324", true)]
    [InlineData("21 21 0024 20010DB8000000000000000000000001 00000000000000000000000000000001 0001 0019", "[2001:db8::1]:1", true)]
    [InlineData("20 00 0000", null, false)]
    [InlineData("20 11 000C C0000201 C0000202 DC04 0019", null, false)]
    [InlineData("21 00 0000", null, true)]
    public async Task A_block_names_the_client(string block, string? expected, bool isForClient)
    {
        var header = await ReadAsync(Block(block));
        Assert.Null(header.Problem);
        Assert.Equal(expected, header.Source?.ToString());
        Assert.Equal(isForClient, header.IsForClient);
    }

    [Theory]
    [InlineData("11 11 000C C0000201 C0000202 DC04 0019", "the version is not 2")]
    [InlineData("22 11 000C C0000201 C0000202 DC04 0019", "the command is neither LOCAL nor PROXY")]
    [InlineData("21 12 000C C0000201 C0000202 DC04 0019", "the protocol is not TCP")]
    [InlineData("21 41 000C C0000201 C0000202 DC04 0019", "the protocol is not TCP")]
    [InlineData("21 11 0008 C0000201 C0000202", "the block is shorter than its addresses")]
    [InlineData("21 21 000C C0000201 C0000202 DC04 0019", "the block is shorter than its addresses")]
    [InlineData("21 31 000C C0000201 C0000202 DC04 0019", "the block is shorter than its addresses")]
    [InlineData("21 11 000C C0000201 C0000202", "the connection ended before the header did")]
    [InlineData("21 11", "the connection ended before the header did")]
    public async Task A_block_that_is_none_says_why(string block, string problem)
    {
        var header = await ReadAsync(Block(block));
        Assert.StartsWith(problem, header.Problem, StringComparison.Ordinal);
        Assert.Null(header.Source);
    }

    [Fact]
    public async Task A_client_of_a_Unix_socket_is_not_known()
    {
        var header = await ReadAsync([.. Block("21 31 00D8"), .. new byte[216]]);
        Assert.Equal(new ProxyHeader(null, null, IsForClient: true), header);
    }

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 56324 25\r\n")]
    [InlineData("PROXY UNKNOWN\r\n")]
    public async Task Not_one_octet_behind_the_header_is_read(string line)
    {
        foreach (var header in new[] { Encoding.ASCII.GetBytes(line), Block("21 11 0013 C0000201 C0000202 DC04 0019 04 0004 00000000") })
        {
            using var stream = new MemoryStream([.. header, .. "EHLO a\r\n"u8]);
            Assert.Null((await ProxyHeaderReader.ReadAsync(stream, CancellationToken.None)).Problem);
            Assert.Equal(header.Length, stream.Position);
        }
    }

    [Fact]
    public async Task Random_octets_never_break_the_reader() =>
        await Gen.Select(Gen.OneOf(Gen.Const(""), Gen.Const("PROXY "), Gen.Const("PROXY TCP4 "), Gen.Const("\r\n\r\n\0\r\nQUIT\n")), Gen.Byte.Array[0, 80]).SampleAsync(async (start, octets) =>
        {
            using var stream = new MemoryStream([.. Encoding.Latin1.GetBytes(start), .. octets]);
            var header = await ProxyHeaderReader.ReadAsync(stream, CancellationToken.None);
            return header.Problem is null || header.Source is null;
        });

    private static byte[] Block(string rest) => Convert.FromHexString(Signature + rest.Replace(" ", "", StringComparison.Ordinal));

    private static async Task<ProxyHeader> ReadAsync(byte[] octets) =>
        await ProxyHeaderReader.ReadAsync(new MemoryStream(octets), CancellationToken.None);
}
