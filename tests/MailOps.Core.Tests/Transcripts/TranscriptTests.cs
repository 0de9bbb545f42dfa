using MailOps.Transcripts;
using Xunit;

namespace MailOps.Core.Tests.Transcripts;

public class TranscriptTests
{
    private readonly Transcript _transcript = new();

    private string Text => _transcript.ToString();

    [Fact]
    public void It_reads_like_swaks_and_shows_TLS()
    {
        _transcript.Event("Connected.");
        _transcript.Received("220 mx"u8, 8, tls: false);
        _transcript.Sent("EHLO x\r\n"u8, tls: false);
        _transcript.Sent("EHLO x\r\n"u8, tls: true);
        _transcript.Received("250 mx"u8, 8, tls: true);

        Assert.Equal("=== Connected.\n<-  220 mx\n -> EHLO x\n ~> EHLO x\n<~  250 mx", Text);
        Assert.Equal([0, 8, 8, 8, 8], _transcript.Entries.Select(e => e.Bytes));
    }

    [Theory]
    [InlineData("AUTH PLAIN AGpvaG4Ac2VjcmV0", "AUTH PLAIN [hidden]")]
    [InlineData("auth  login am9obg==", "auth  login [hidden]")]
    [InlineData("PASS secret word", "PASS [hidden]")]
    [InlineData("pass secret", "pass [hidden]")]
    [InlineData("APOP john c4c9334bac560ecc979e58001b3e22fb", "APOP john [hidden]")]
    [InlineData("a1 LOGIN john secret", "a1 LOGIN [hidden]")]
    [InlineData("a1 AUTHENTICATE PLAIN AGpvaG4Ac2VjcmV0", "a1 AUTHENTICATE PLAIN [hidden]")]
    [InlineData("AUTH LOGIN", "AUTH LOGIN")]
    [InlineData("USER john", "USER john")]
    [InlineData("MAIL FROM:<pass@example.com>", "MAIL FROM:<pass@example.com>")]
    public void Secrets_in_commands_are_masked_when_recorded(string line, string recorded)
    {
        _transcript.Sent(System.Text.Encoding.ASCII.GetBytes(line + "\r\n"), tls: false);
        Assert.Equal(recorded, Assert.Single(_transcript.Entries).Text);
        Assert.Equal(line.Length + 2, _transcript.Entries[0].Bytes);
    }

    [Fact]
    public void Every_line_of_an_exchange_is_masked_in_both_directions_and_nothing_after_it()
    {
        _transcript.Sent("AUTH LOGIN\r\n"u8, tls: true);
        _transcript.Received("334 VXNlcm5hbWU6"u8, 18, tls: true);
        _transcript.Sent("am9obg==\r\n"u8, tls: true);
        _transcript.Received("334 UGFzc3dvcmQ6"u8, 18, tls: true);
        _transcript.Sent("c2VjcmV0\r\n"u8, tls: true);
        _transcript.Received("235 2.7.0 Ok"u8, 14, tls: true);
        _transcript.Sent("NOOP\r\n"u8, tls: true);

        Assert.Equal(
            ["AUTH LOGIN", "334 [hidden]", "[hidden]", "334 [hidden]", "[hidden]", "235 2.7.0 Ok", "NOOP"],
            _transcript.Entries.Select(e => e.Text), StringComparer.Ordinal);
    }

    [Fact]
    public void A_peer_that_repeats_a_secret_does_not_bring_it_back()
    {
        _transcript.Hide("summersun");
        _transcript.Received("535 wrong password summersun"u8, 30, tls: false);
        Assert.DoesNotContain("summersun", Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Control_characters_are_shown_not_played()
    {
        _transcript.Received("220 \u001b[31mred\0"u8, 14, tls: false);
        Assert.Equal(@"<-  220 \x1B[31mred\x00", Text);
    }

    [Fact]
    public void A_long_message_is_cut_and_its_size_kept()
    {
        _transcript.SentMessage(new byte[20_000].AsSpan(), 5_000_000, tls: false);
        var entry = Assert.Single(_transcript.Entries);
        Assert.Equal(5_000_000, entry.Bytes);
        Assert.EndsWith("[4983616 more octets]", entry.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Octets_that_are_no_UTF8_are_kept_as_Latin1()
    {
        _transcript.Received([.. "250 caf"u8, 0xE9], 10, tls: false);
        Assert.Equal("250 café", _transcript.Entries[0].Text);
    }
}
