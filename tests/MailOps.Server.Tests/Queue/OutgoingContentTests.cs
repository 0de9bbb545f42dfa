using System.Text;
using MailOps.Server.Queue;
using MailOps.Smtp;
using MimeKit;
using Xunit;

namespace MailOps.Server.Tests.Queue;

/// <summary>Chunks (RFC 3030), 8-bit and binary messages on their way out, and what is converted for servers that do not take them (RFC 6152).</summary>
public sealed class OutgoingContentTests : IAsyncDisposable
{
    private const string Text = "Subject: hello\r\n\r\n.dot\r\nbody\r\n";
    private const string EightBit = "Subject: hello\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n";
    private const string Binary = "Subject: hello\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n\0\n.\r\r\n\u0001";

    private readonly QueueFixture _queue = new();
    private readonly NextServer _next = new() { Offers = ["PIPELINING", "8BITMIME", "SIZE 50000000", "CHUNKING", "BINARYMIME"] };

    public OutgoingContentTests() => _queue.Routes["b.example"] = _next.Target;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_server_with_CHUNKING_gets_the_octets_with_BDAT_RFC3030_2(bool pipelines)
    {
        _next.Offers = pipelines ? _next.Offers : ["CHUNKING"];
        await StartAsync(Text);
        Assert.StartsWith("Sent 1 250 ", (await _queue.ToldAsync(1))[0], StringComparison.Ordinal);
        Assert.Equal(Text, Assert.Single(_next.Messages));
        Assert.Contains($"BDAT {Text.Length} LAST", _next.Commands);
        Assert.DoesNotContain("DATA", _next.Commands);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_large_message_goes_in_chunks_and_none_follows_one_that_is_refused(bool refuses)
    {
        var text = "Subject: large\r\n\r\n" + string.Concat(Enumerable.Repeat("0123456789abcdef\r\n", 150_000));
        _next.Answer = line => refuses && line == "BDAT 1048576" ? "552 5.3.4 Too much" : null;
        await StartAsync(text);
        Assert.StartsWith(refuses ? "Failed 1 552 5.3.4 Too much" : "Sent 1 250 ", (await _queue.ToldAsync(1))[0], StringComparison.Ordinal);
        string[] whole = ["BDAT 1048576", "BDAT 1048576", $"BDAT {text.Length - 2_097_152} LAST"];
        Assert.Equal(refuses ? whole[..1] : whole, _next.Commands.Where(line => line.StartsWith("BDAT", StringComparison.Ordinal)));
        Assert.Equal(refuses ? [] : [text], _next.Messages);
        Assert.Equal(refuses, _next.Commands.Contains("RSET"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_the_disk_loses_in_the_middle_is_not_sent_as_a_whole_and_the_next_message_is_no_part_of_it(bool chunked)
    {
        _next.Offers = chunked ? ["CHUNKING"] : ["8BITMIME"];
        await _queue.StartAsync();
        var isLost = false;
        _next.Answer = line =>
        {
            if (isLost || !line.StartsWith("RCPT TO:<lost@", StringComparison.Ordinal))
                return null;
            isLost = true;
            using var file = new FileStream(Directory.GetFiles(_queue.SpoolPath, "*S=9*", SearchOption.AllDirectories).Single(), FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            file.SetLength(40_000);
            return null;
        };
        var lost = "Subject: lost\r\n\r\n" + string.Concat(Enumerable.Repeat("0123456789abcdef\r\n", 5_000));
        await _queue.SendAsync(lost, "a@here.example", "lost@b.example");
        await QueueFixture.UntilAsync(() => isLost, "the loss");
        _queue.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await _queue.SendAsync(Text, "a@here.example", "whole@b.example");
        await QueueFixture.UntilAsync(() => !_next.Messages.IsEmpty, "the other message");
        Assert.Equal([Text], _next.Messages.Select(message => chunked ? message : message.Replace("\r\n..", "\r\n.", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_server_that_does_not_know_the_chunks_it_offered_is_left()
    {
        _next.Answer = line => line.StartsWith("BDAT", StringComparison.Ordinal) ? "500 5.5.1 What" : null;
        await StartAsync(Text);
        Assert.Equal("Failed 1 500 5.5.1 What", (await _queue.ToldAsync(1))[0]);
        Assert.DoesNotContain("RSET", _next.Commands);
        Assert.DoesNotContain("QUIT", _next.Commands);
    }

    [Fact]
    public async Task A_server_that_wants_nobody_gets_no_content()
    {
        _next.Answer = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "550 5.1.1 Unknown" : null;
        await StartAsync(Text);
        Assert.Equal("Failed 1 550 5.1.1 Unknown", (await _queue.ToldAsync(1))[0]);
        Assert.DoesNotContain(_next.Commands, line => line.StartsWith("BDAT", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("BDAT", "")]
    [InlineData("DATA", "")]
    [InlineData("BDAT", "421 4.3.2 Closing")]
    [InlineData("DATA", "421 4.3.2 Closing")]
    public async Task A_recipient_refused_for_good_stays_so_when_the_connection_is_lost(string step, string reply)
    {
        _next.Offers = step == "BDAT" ? _next.Offers : ["PIPELINING"];
        _next.Answer = line => line.StartsWith("RCPT TO:<bob@", StringComparison.Ordinal) ? "550 5.1.1 Unknown" : line.StartsWith(step, StringComparison.Ordinal) ? reply : null;
        await _queue.StartAsync();
        await _queue.SendAsync(Text, "ann@here.example", "carol@b.example", "bob@b.example");
        var told = await _queue.ToldAsync(2);
        Assert.Contains("Failed 2 550 5.1.1 Unknown", told);
        Assert.Contains(told, line => line.StartsWith("Deferred 1 4", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_binary_message_goes_as_it_is_where_both_are_offered_RFC3030_3()
    {
        await StartAsync(Binary, MessageBody.Binary);
        Assert.StartsWith("Sent 1 250 ", (await _queue.ToldAsync(1))[0], StringComparison.Ordinal);
        Assert.Equal(Binary, Assert.Single(_next.Messages));
        Assert.Contains($"MAIL FROM:<ann@here.example> SIZE={Binary.Length} BODY=BINARYMIME", _next.Commands);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_binary_message_is_converted_where_it_is_not_taken(bool takesEightBit)
    {
        _next.Offers = takesEightBit ? ["8BITMIME", "CHUNKING"] : ["SIZE 1000000"];
        await StartAsync(Binary, MessageBody.Binary);
        Assert.StartsWith("Sent 1 250 ", (await _queue.ToldAsync(1))[0], StringComparison.Ordinal);
        var part = Assert.IsType<MimePart>(Taken().Body);
        Assert.Equal(ContentEncoding.Base64, part.ContentTransferEncoding);
        using var octets = new MemoryStream();
        part.Content!.DecodeTo(octets);
        Assert.Equal("\0\n.\r\r\n\u0001", Encoding.Latin1.GetString(octets.ToArray()));
        Assert.Equal(takesEightBit, _next.Commands.Contains("MAIL FROM:<ann@here.example> BODY=8BITMIME"));
    }

    [Theory]
    [InlineData("Gr\u00fc\u00dfe an alle, die es lesen\r\n", 1, ContentEncoding.QuotedPrintable)]
    [InlineData("\u4f60\u597d\u4e16\u754c\r\n", 1, ContentEncoding.Base64)]
    [InlineData("Gr\u00fc\u00dfe an alle, die es lesen\r\n", 20_000, ContentEncoding.QuotedPrintable)]
    public async Task Text_of_8_bits_is_encoded_for_a_server_without_8BITMIME_RFC6152_3(string line, int lines, ContentEncoding encoding)
    {
        var body = string.Concat(Enumerable.Repeat(line, lines));
        _next.Offers = ["PIPELINING", "SIZE 50000000"];
        await StartAsync(EightBit + body, MessageBody.EightBit, "DKIM-Signature: v=1\r\n");
        Assert.StartsWith("Sent 1 250 ", (await _queue.ToldAsync(1))[0], StringComparison.Ordinal);
        var part = Assert.IsType<TextPart>(Taken().Body);
        Assert.Equal(encoding, part.ContentTransferEncoding);
        using var octets = new MemoryStream();
        part.Content!.DecodeTo(octets);
        Assert.Equal(body, Encoding.UTF8.GetString(octets.ToArray()));
        var sent = Assert.Single(_next.Messages);
        Assert.DoesNotContain(sent, c => c > 127);
        Assert.DoesNotContain("DKIM-Signature", sent, StringComparison.Ordinal);
        Assert.Contains($"MAIL FROM:<ann@here.example> SIZE={sent.Length}", _next.Commands);
    }

    [Fact]
    public async Task What_is_7_bit_is_sent_as_it_is_whatever_was_said_of_it()
    {
        _next.Offers = ["PIPELINING"];
        await StartAsync(Text, MessageBody.EightBit, "DKIM-Signature: v=1\r\n");
        await _queue.ToldAsync(1);
        Assert.Equal("DKIM-Signature: v=1\r\n" + Text.Replace(".dot", "..dot", StringComparison.Ordinal), Assert.Single(_next.Messages));
    }

    [Theory]
    [InlineData("multipart/signed; boundary=x", "text/plain", "a part is signed or encrypted")]
    [InlineData("multipart/encrypted; boundary=x", "text/plain", "a part is signed or encrypted")]
    [InlineData("multipart/mixed; boundary=x", "message/partial; id=1; number=1; total=2", "may not be encoded")]
    public async Task What_would_break_comes_back(string whole, string part, string why)
    {
        _next.Offers = ["PIPELINING"];
        await StartAsync($"Subject: hello\r\nMIME-Version: 1.0\r\nContent-Type: {whole}\r\n\r\n--x\r\nContent-Type: {part}\r\nContent-Transfer-Encoding: 8bit\r\n\r\nSubject: x\r\n\r\nGr\u00fc\u00dfe\r\n--x--\r\n", MessageBody.EightBit);
        var told = (await _queue.ToldAsync(1))[0];
        Assert.StartsWith("Failed 1 554 5.6.3 The server does not take 8-bit messages (8BITMIME), and the message cannot be converted: ", told, StringComparison.Ordinal);
        Assert.Contains(why, told, StringComparison.Ordinal);
        Assert.DoesNotContain(_next.Commands, line => line.StartsWith("MAIL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Octets_that_no_encoding_reaches_are_not_sent()
    {
        _next.Offers = ["PIPELINING"];
        await StartAsync("Subject: Gr\u00fc\u00dfe\r\n\r\nbody\r\n", MessageBody.EightBit);
        Assert.Contains("stand in header fields", (await _queue.ToldAsync(1))[0], StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await _queue.DisposeAsync();
        await _next.DisposeAsync();
    }

    private async Task StartAsync(string text, MessageBody body = MessageBody.SevenBit, string? prepend = null)
    {
        await _queue.StartAsync();
        await _queue.SendAsync(text, new Envelope
        {
            Sender = "ann@here.example",
            Recipients = [new EnvelopeRecipient { Address = "bob@b.example", NextHop = "b.example" }],
            Expires = _queue.Clock.GetUtcNow().AddDays(5),
            Body = body,
            Prepend = prepend,
        });
    }

    private MimeMessage Taken() => MimeMessage.Load(new MemoryStream(Encoding.Latin1.GetBytes(Assert.Single(_next.Messages))));
}
