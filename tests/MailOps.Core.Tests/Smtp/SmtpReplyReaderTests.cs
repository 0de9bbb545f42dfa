using System.IO.Pipelines;
using System.Text;
using MailOps.Smtp;
using MailOps.Transcripts;
using MailOps.Wire;
using Xunit;

namespace MailOps.Core.Tests.Smtp;

public class SmtpReplyReaderTests
{
    [Theory]
    [InlineData("250 Ok\r\n", "250 Ok")]
    [InlineData("250 Ok\n", "250 Ok")]
    [InlineData("250\r\n", "250 ")]
    [InlineData("250 \r\n", "250 ")]
    [InlineData("250-a\r\n250-\r\n250 c\r\n", "250 a  c")]
    [InlineData("250 2.1.5 Ok\r\n", "250 2.1.5 Ok")]
    [InlineData("550-5.7.1 no\r\n550 5.7.1 way\r\n", "550 5.7.1 no way")]
    [InlineData("250 5.1.1 class does not match\r\n", "250 5.1.1 class does not match")]
    public async Task Replies_are_read_as_RFC5321_allows_them(string wire, string reply) =>
        Assert.Equal(reply, (await ReadAsync(wire)).ToString());

    [Fact]
    public async Task The_enhanced_code_is_a_value_and_not_in_the_text()
    {
        var reply = await ReadAsync("550-5.7.1 no\r\n550 5.7.1 way\r\n");
        Assert.Equal(new EnhancedStatusCode(5, 7, 1), reply.Enhanced);
        Assert.Equal(["no", "way"], reply.Lines);
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n", "is not SMTP: \"HTTP/1.1 400 Bad Request\"")]
    [InlineData("\r\n", "is not SMTP")]
    [InlineData("25\r\n", "is not SMTP")]
    [InlineData("250_Ok\r\n", "is not SMTP")]
    [InlineData("950 Ok\r\n", "is not SMTP")]
    [InlineData("\u0015\u0003\u0001\0\u0002\u0002\n", "implicit TLS")]
    [InlineData("250-a\r\n550 b\r\n", "changes its code from 250 to 550")]
    public async Task Garbage_is_an_error_that_shows_it(string wire, string says)
    {
        var error = await Assert.ThrowsAsync<MailSessionException>(() => ReadAsync(wire));
        Assert.Equal(MailSessionFault.ProtocolViolation, error.Fault);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "instead of replying to MAIL FROM")]
    [InlineData("250-a\r\n", "in the middle of its reply to MAIL FROM")]
    [InlineData("250 O", "in the middle of a line of its reply to MAIL FROM (\"250 O\")")]
    public async Task A_peer_that_closes_is_told_apart_by_where_it_did(string wire, string says)
    {
        var error = await Assert.ThrowsAsync<MailSessionException>(() => ReadAsync(wire));
        Assert.Equal(MailSessionFault.ConnectionLost, error.Fault);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reply_line_of_one_mebibyte_is_refused_without_reading_it_all()
    {
        var wire = new MemoryStream(Encoding.ASCII.GetBytes("250 " + new string('x', 1024 * 1024) + "\r\n"));
        var input = PipeReader.Create(wire, new StreamPipeReaderOptions(bufferSize: 4096));
        var error = await Assert.ThrowsAsync<MailSessionException>(async () => await SmtpReplyReader.ReadAsync(input, "EHLO", enhanced: false, null, tls: false, default));
        Assert.Contains("more than 8192 octets", error.Message, StringComparison.Ordinal);
        Assert.True(wire.Position < 64 * 1024);
    }

    [Fact]
    public async Task A_reply_of_many_long_lines_is_refused_and_of_one_that_is_taken_some_is_shown()
    {
        var line = "250-" + new string('x', 996) + "\r\n";
        var error = await Assert.ThrowsAsync<MailSessionException>(() => ReadAsync(string.Concat(Enumerable.Repeat(line, 70)) + "250 \r\n"));
        Assert.Contains("more than 65536 characters", error.Message, StringComparison.Ordinal);
        var reply = await ReadAsync(string.Concat(Enumerable.Repeat(line, 60)) + "250 end\r\n");
        Assert.Equal(61, reply.Lines.Length);
        Assert.Equal("250 " + new string('x', 996) + ' ' + new string('x', 996) + ' ' + "xxxxxx…", reply.ToString());
        Assert.Equal(reply.ToString(), reply.Kept().ToString());
        Assert.Equal(2001, Assert.Single(reply.Kept().Lines).Length);
    }

    [Fact]
    public async Task A_reply_without_an_end_is_refused()
    {
        var error = await Assert.ThrowsAsync<MailSessionException>(() => ReadAsync(string.Concat(Enumerable.Repeat("250-x\r\n", 10_000))));
        Assert.Contains("more than 256 lines", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_line_is_recorded_also_the_one_that_is_garbage()
    {
        var transcript = new Transcript();
        await Assert.ThrowsAsync<MailSessionException>(() => ReadAsync("250-a\r\nwhat\r\n", transcript));
        Assert.Equal("<-  250-a\n<-  what", transcript.ToString());
    }

    [Fact]
    public void Capabilities_are_keywords_with_parameters()
    {
        var offered = SmtpCapabilities.Of(new SmtpReply(250, null, ["mx.example hello", "SIZE 1000", "auth plain Login", "AUTH=LOGIN CRAM-MD5", "8BITMIME", ""]));
        Assert.Equal("mx.example", offered.ServerName);
        Assert.Equal(1000, offered.MaxMessageSize);
        Assert.Equal(["PLAIN", "LOGIN", "CRAM-MD5"], offered.AuthMechanisms);
        Assert.True(offered.Offers("8bitmime"));
        Assert.False(offered.Offers("mx.example"));
    }

    [Theory]
    [InlineData("SIZE")]
    [InlineData("SIZE 0")]
    [InlineData("SIZE many")]
    public void A_size_that_limits_nothing_is_null_RFC1870_4(string line) =>
        Assert.Null(SmtpCapabilities.Of(new SmtpReply(250, null, ["mx", line])).MaxMessageSize);

    private static async Task<SmtpReply> ReadAsync(string wire, Transcript? transcript = null) =>
        await SmtpReplyReader.ReadAsync(PipeReader.Create(new MemoryStream(Encoding.Latin1.GetBytes(wire))), "MAIL FROM", enhanced: true, transcript, tls: false, default);
}
