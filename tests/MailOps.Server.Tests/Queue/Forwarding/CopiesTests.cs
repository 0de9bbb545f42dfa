using System.Globalization;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Spooling;
using MailOps.Smtp;
using Xunit;

namespace MailOps.Server.Tests.Queue.Forwarding;

/// <summary>One message of the queue, and the copies that its recipients get by different addresses here.</summary>
public sealed class CopiesTests : IAsyncDisposable
{
    private const string Text = "Subject: hello\r\n\r\nbody\r\n";
    private const string Field = "Delivered-To: sales@here.example\r\n";

    private readonly QueueFixture _queue = new();
    private readonly NextServer _next = new();

    public CopiesTests() => _queue.Routes["b.example"] = _next.Target;

    [Theory]
    [InlineData("PIPELINING", "8BITMIME", "SIZE 1000000")]
    [InlineData("CHUNKING", "8BITMIME", "SIZE 1000000")]
    public async Task Each_has_a_transaction_with_its_own_field_its_own_size_and_its_own_sender(params string[] offers)
    {
        _next.Offers = offers;
        await _queue.StartAsync();
        await SendAsync(Text, To("ann"), To("bob", "sales@here.example"), To("carl"), To("dora", "sales@here.example"), To("eve", "team@here.example", "SRS0=x@here.example"));
        await _queue.EmptyAsync();
        Assert.Equal(
            [("ann@b.example,carl@b.example", Text), ("bob@b.example,dora@b.example", Field + Text), ("eve@b.example", "Delivered-To: team@here.example\r\n" + Text)],
            _next.Taken.Select(one => (string.Join(',', one.Recipients), one.Text)));
        Assert.Equal(
            [$"MAIL FROM:<a@far.example> SIZE={Text.Length} BODY=8BITMIME", $"MAIL FROM:<a@far.example> SIZE={Text.Length + Field.Length} BODY=8BITMIME", $"MAIL FROM:<SRS0=x@here.example> SIZE={Text.Length + 33} BODY=8BITMIME"],
            _next.Commands.Where(line => line.StartsWith("MAIL", StringComparison.Ordinal)));
        Assert.Equal(1, _next.Connections);
        if (offers[0] == "CHUNKING")
            Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"BDAT {Text.Length + Field.Length} LAST"), _next.Commands);
    }

    [Fact]
    public async Task A_copy_is_converted_for_a_server_that_takes_no_8_bit_octets()
    {
        _next.Offers = ["PIPELINING"];
        await _queue.StartAsync();
        await SendAsync("Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGrüße\r\n", To("bob", "sales@here.example"));
        await _queue.EmptyAsync();
        var sent = Assert.Single(_next.Messages);
        Assert.StartsWith(Field + "Subject: x\r\n", sent, StringComparison.Ordinal);
        Assert.Equal("Grüße", MimeKit.MimeMessage.Load(new MemoryStream(System.Text.Encoding.ASCII.GetBytes(sent))).TextBody?.Trim());
        Assert.DoesNotContain("Content-Transfer-Encoding: 8bit", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_copy_that_is_refused_leaves_the_others_and_is_told_by_itself()
    {
        _next.Answer = line => line.StartsWith("RCPT TO:<bob@", StringComparison.Ordinal) ? "550 5.1.1 Unknown" : null;
        await _queue.StartAsync();
        await _queue.SendAsync(Text, Envelope("ann@here.example", To("bob", "sales@here.example"), To("carl")));
        Assert.Equal(["Failed 1 550 5.1.1 Unknown", "Report Failed 1", "Sent 2 250 2.0.0 Ok: taken"], await _queue.ToldAsync(3));
        await _queue.EmptyAsync();
        Assert.Single(_queue.Inbox("ann@here.example"));
        Assert.Equal(3, _queue.Told.Count);
    }

    [Fact]
    public async Task What_one_copy_came_to_is_written_down_before_the_next_is_begun()
    {
        string? seen = null;
        _next.Answer = line =>
        {
            if (line.StartsWith("RCPT TO:<carl@", StringComparison.Ordinal))
                seen = File.ReadAllText(Directory.GetFiles(_queue.SpoolPath, "*S=*", SearchOption.AllDirectories).Single());
            return null;
        };
        await _queue.StartAsync();
        await SendAsync(Text, To("bob", "sales@here.example"), To("carl"));
        await _queue.EmptyAsync();
        Assert.Contains("\"event\":\"Sent\",\"recipients\":[1]", seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_copy_that_ends_the_connection_is_not_in_the_way_of_the_others()
    {
        _next.Answer = line => line.StartsWith("RCPT TO:<bob@", StringComparison.Ordinal) ? "421 4.3.2 Not you" : null;
        await _queue.StartAsync();
        await SendAsync(Text, To("bob", "sales@here.example"), To("carl"), To("dora", "team@here.example"));
        Assert.StartsWith("Deferred 1 421 ", (await _queue.ToldAsync(1))[0], StringComparison.Ordinal);
        var looks = 0;
        await QueueFixture.UntilAsync(() => _queue.Passes(ref looks) && _next.Taken.Count == 2, "the other copies");
        Assert.Equal(["carl@b.example", "dora@b.example"], _next.Taken.Select(one => one.Recipients.Single()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task It_is_kept_in_the_spool_and_sent_so_after_a_restart()
    {
        await _queue.StartAsync();
        _next.Answer = line => line == "connect" ? "421 4.3.2 Away" : null;
        await SendAsync(Text, To("bob", "sales@here.example", "SRS0=x@here.example"));
        await QueueFixture.UntilAsync(() => _next.Connections > 0, "a try");
        await _queue.StopAsync();
        _next.Answer = _ => null;
        await _queue.StartAsync();
        await _queue.EmptyAsync();
        Assert.Equal(Field + Text, Assert.Single(_next.Messages));
        Assert.Contains(_next.Commands, line => line.StartsWith("MAIL FROM:<SRS0=x@here.example>", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_report_to_a_sender_whose_alias_leads_elsewhere_goes_to_both_in_one_step()
    {
        _next.Answer = line => line.StartsWith("RCPT TO:<bob@", StringComparison.Ordinal) ? "550 5.1.1 Unknown" : null;
        await _queue.StartAsync();
        await _queue.SendAsync(Text, Envelope("away@here.example", To("bob")));
        await QueueFixture.UntilAsync(() => _next.Messages.Count == 1, "the report");
        await _queue.EmptyAsync();
        Assert.StartsWith("Delivered-To: away@here.example\r\n", _next.Messages.Single(), StringComparison.Ordinal);
        Assert.Contains("MAIL FROM:<> ", string.Join('\n', _next.Commands), StringComparison.Ordinal);
        Assert.Single(_queue.Inbox("stays@here.example"));
    }

    public async ValueTask DisposeAsync()
    {
        await _queue.DisposeAsync();
        await _next.DisposeAsync();
    }

    private static EnvelopeRecipient To(string local, string? via = null, string? returnPath = null) =>
        new() { Address = $"{local}@b.example", NextHop = "b.example", Via = via, ReturnPath = returnPath };

    private Envelope Envelope(string sender, params EnvelopeRecipient[] recipients) =>
        new() { Sender = sender, Recipients = recipients, Expires = _queue.Clock.GetUtcNow() + _queue.Options.Lifetime, Body = MessageBody.EightBit };

    private Task<QueueEntry> SendAsync(string text, params EnvelopeRecipient[] recipients) =>
        _queue.SendAsync(text, Envelope("a@far.example", recipients));
}
