using System.Text;
using MailOps.Server.Connections;
using MailOps.Server.Smtp;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Smtp;

/// <summary>A message that comes back to whom it was delivered before goes round in a loop: its Delivered-To field tells.</summary>
public sealed class DeliveryLoopTests : IAsyncLifetime
{
    private const string Loop = "554 5.4.6 Mail forwarding loop for <";

    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(options => options with
        {
            Capture = false,
            Domains = ["example.com", "example.net"],
            Smtp = options.Smtp with { Login = LoginRule.Offered },
            Authentication = new() { AllowPlaintextLogin = true },
        });
        await WriteAsync("users", "ann@example.com:{PLAIN}secret\nbob@example.com:*\ncat@example.net:*\n");
        await WriteAsync("aliases", "boss ann\nsales ann, bob\n@example.net cat@example.net\n");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task What_was_delivered_and_sent_on_to_the_same_address_is_refused_and_nothing_is_kept()
    {
        await using var client = await GreetAsync(MailProtocol.Smtp);
        Assert.StartsWith("250 ", await SendAsync(client, "Subject: x\r\n\r\nbody\r\n", "boss@example.com"), StringComparison.Ordinal);
        var delivered = await File.ReadAllTextAsync(Assert.Single(_server.InboxFiles("ann@example.com")));
        var sentOn = "Received: from mx.example.com by elsewhere.example; Sat, 28 Nov 2026 12:00:00 +0000\r\n" + delivered;
        Assert.Equal(
            Loop + "boss@example.com>: the message has been delivered there before, as its Delivered-To field says",
            await SendAsync(client, sentOn, "boss@example.com"));
        Assert.Equal("DATA", Assert.Single(_server.Events.OfType<MailRefused>()).Command);
        Assert.Single(_server.InboxFiles("ann@example.com"));
        Assert.StartsWith("250 ", await SendAsync(client, sentOn, "bob@example.com"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Delivered-To: ann@example.com\r\n\r\n", "ann@example.com", true)]
    [InlineData("DELIVERED-TO:ANN@EXAMPLE.COM\r\n\r\n", "ann@example.com", true)]
    [InlineData("Subject: x\r\ndelivered-to: <ann@example.com>\r\nTo: y", "Ann@Example.Com", true)]
    [InlineData("Delivered-To:\r\n\tann@\r\n example.com\r\n\r\n", "ann@example.com", true)]
    [InlineData("Delivered-To: bob@example.com\r\nDelivered-To: ann@example.com", "ann@example.com", true)]
    [InlineData("Delivered-To: ann+lists@example.com\r\n\r\n", "ann+Lists@example.com", true)]
    [InlineData("Delivered-To: ann+lists@example.com\r\n\r\n", "ann@example.com", false)]
    [InlineData("Delivered-To: ann@example.com\r\n\r\n", "ann+lists@example.com", false)]
    [InlineData("Delivered-To: boss@example.com\r\n\r\n", "boss@example.com", false)]
    [InlineData("Delivered-To: cat@example.net\r\n\r\n", "whoever@example.net", true)]
    [InlineData("Delivered-To: ann@example.org\r\n\r\n", "ann@example.com", false)]
    [InlineData("Delivered-To: ann@example.com, bob@example.com\r\n\r\n", "ann@example.com", false)]
    [InlineData("Delivered-To: \r\nDelivered-To:\r\nDelivered-To: @example.com\r\nDelivered-To: <>\r\n\r\n", "ann@example.com", false)]
    [InlineData("X-Delivered-To: ann@example.com\r\nSubject: a\r\n Delivered-To: ann@example.com\r\n\r\n", "ann@example.com", false)]
    [InlineData("Subject: x\r\n\r\nDelivered-To: ann@example.com\r\n", "ann@example.com", false)]
    [InlineData("\r\nDelivered-To: ann@example.com\r\n", "ann@example.com", false)]
    public async Task The_field_is_compared_with_the_address_that_would_be_written(string message, string recipient, bool loops)
    {
        await using var client = await GreetAsync(MailProtocol.Smtp);
        Assert.StartsWith(loops ? Loop : "250 ", await SendAsync(client, message + "\r\n", recipient), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ignored", true)]
    [InlineData("kept", false)]
    public async Task Local_parts_are_compared_by_the_rules_of_the_domain(string rule, bool loops)
    {
        await WriteAsync("domains", $"example.com case={rule}\n");
        await using var client = await GreetAsync(MailProtocol.Smtp);
        Assert.StartsWith(loops ? Loop : "250 ", await SendAsync(client, "Delivered-To: ann+a@EXAMPLE.com\r\n\r\n", "ann+A@example.com"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Over_SMTP_one_of_several_who_has_had_it_refuses_it_for_all()
    {
        await using var client = await GreetAsync(MailProtocol.Smtp);
        foreach (var recipients in new[] { ["bob@example.com", "boss@example.com"], new[] { "sales@example.com" } })
            Assert.StartsWith($"{Loop}{recipients[^1]}>", await SendAsync(client, "Delivered-To: ann@example.com\r\n\r\n", recipients), StringComparison.Ordinal);
        Assert.Empty(_server.InboxFiles("ann@example.com"));
        Assert.Empty(_server.InboxFiles("bob@example.com"));
    }

    [Fact]
    public async Task Over_LMTP_those_alone_are_refused_who_have_had_it()
    {
        await using var client = await GreetAsync(MailProtocol.Lmtp);
        const string Message = "Received: x\r\nDelivered-To: ann@example.com\r\n\r\n";
        string[] recipients = ["ann@example.com", "bob@example.com", "sales@example.com", "cat@example.net"];
        Assert.StartsWith(Loop + "ann@example.com>", await SendAsync(client, Message, recipients), StringComparison.Ordinal);
        Assert.StartsWith("250 2.0.0 <bob@example.com>", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith(Loop + "sales@example.com>", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250 2.0.0 <cat@example.net>", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Equal(["bob@example.com", "cat@example.net"], Assert.Single(_server.Events.OfType<MessageAccepted>()).Recipients);
        Assert.Empty(_server.InboxFiles("ann@example.com"));
        Assert.Single(_server.InboxFiles("bob@example.com"));

        Assert.StartsWith(Loop + "ann@example.com>", await SendAsync(client, Message, "ann@example.com", "boss@example.com"), StringComparison.Ordinal);
        Assert.StartsWith(Loop + "boss@example.com>", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await client.AskAsync("NOOP"), StringComparison.Ordinal);
        Assert.Empty(_server.InboxFiles("ann@example.com"));
    }

    [Fact]
    public async Task Over_LMTP_a_field_above_all_Received_fields_is_that_of_who_hands_over()
    {
        await using var client = await GreetAsync(MailProtocol.Lmtp);
        const string HandedOver = "Delivered-To: ann@example.com\r\nReceived: x\r\n";
        Assert.StartsWith("250 ", await SendAsync(client, HandedOver + "\r\n", "ann@example.com"), StringComparison.Ordinal);
        Assert.StartsWith(Loop, await SendAsync(client, HandedOver + HandedOver + "\r\n", "ann@example.com"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chunks_are_looked_at_wherever_they_end()
    {
        await using var client = await GreetAsync(MailProtocol.Smtp);
        await BeginAsync(client, "ann@example.com");
        foreach (var chunk in new[] { "Subject: x\r", "\ndeliv", "ered-to:\r\n", " ann", "@example.com" })
        {
            await client.SendAsync($"BDAT {chunk.Length}\r\n{chunk}");
            Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        }

        Assert.StartsWith(Loop, await client.AskAsync("BDAT 2 LAST\r\n"), StringComparison.Ordinal);
        Assert.Empty(_server.InboxFiles("ann@example.com"));
    }

    [Theory]
    [InlineData(MailProtocol.Submission)]
    [InlineData(MailProtocol.Smtp)]
    public async Task Who_is_logged_in_may_send_again_what_he_got(MailProtocol protocol)
    {
        await using var client = await GreetAsync(protocol);
        Assert.StartsWith("235 ", await client.AskAsync("AUTH PLAIN AGFubgBzZWNyZXQ="), StringComparison.Ordinal);
        await client.AskAsync("MAIL FROM:<ann@example.com>");
        await client.AskAsync("RCPT TO:<ann@example.com>");
        await client.AskAsync("DATA");
        Assert.StartsWith("250 ", await client.AskAsync("Received: x\r\nDelivered-To: ann@example.com\r\n\r\n."), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Accounts_that_cannot_be_read_now_leave_it_open()
    {
        await using var client = await GreetAsync(MailProtocol.Smtp);
        await BeginAsync(client, "bob@example.com");
        Assert.StartsWith("354 ", await client.AskAsync("DATA"), StringComparison.Ordinal);
        File.Delete(Path.Combine(_server.StorePath, "users"));
        Assert.StartsWith("451 4.3.0 ", await client.AskAsync("Delivered-To: ann@example.com\r\n\r\n."), StringComparison.Ordinal);
        Assert.Empty(_server.InboxFiles("bob@example.com"));
        Assert.NotEmpty(_server.Events.OfType<SessionFaulted>());
    }

    [Fact]
    public void Fields_are_read_wherever_the_octets_are_cut()
    {
        var message = "D: 0\r\nDelivered-To: a@x\r\nDelivered-Too: b@x\r\nReceived: c\r\n Delivered-To: d@x\r\ndelivered-to:\r\n\t< e @\r\n x >\r\nRECEIVED:\r\nDelivered-To\r\nDelivered-To: f@x\r\n\r\nDelivered-To: g@x\r\n"u8.ToArray();
        var header = message.AsSpan().IndexOf("\r\n\r\n"u8);
        for (var cut = 0; cut <= message.Length; cut++)
        {
            // With a body, and without the end of the last line.
            foreach (var length in new[] { message.Length, header })
            {
                var trace = default(TraceFields);
                trace.Take(message.AsSpan(0, Math.Min(cut, length)));
                trace.Take(message.AsSpan(Math.Min(cut, length), length - Math.Min(cut, length)));
                Assert.Equal([new("a@x", 0), new("e@x", 1), new("f@x", 2)], trace.End());
            }
        }
    }

    [Fact]
    public void Of_what_nobody_writes_little_is_kept()
    {
        var trace = default(TraceFields);
        trace.Take(Encoding.ASCII.GetBytes($"Delivered-To: {new string('x', 512)}\r\nDelivered-To: {new string('x', 513)}\r\n goes@on\r\n"));
        for (var i = 0; i < 1000; i++)
            trace.Take(Encoding.ASCII.GetBytes($"Delivered-To: {i}@x\r\n"));
        var kept = trace.End();
        Assert.Equal(100, kept.Count);
        Assert.Equal([new(new string('x', 512), 0), new("0@x", 0)], kept.Take(2));
        Assert.Equal(new("98@x", 0), kept[^1]);
    }

    private static async Task BeginAsync(LineClient client, params string[] recipients)
    {
        Assert.StartsWith("250 ", await client.AskAsync("MAIL FROM:<sender@example.org>"), StringComparison.Ordinal);
        foreach (var recipient in recipients)
            Assert.StartsWith("250 ", await client.AskAsync($"RCPT TO:<{recipient}>"), StringComparison.Ordinal);
    }

    private static async Task<string?> SendAsync(LineClient client, string message, params string[] recipients)
    {
        await BeginAsync(client, recipients);
        Assert.StartsWith("354 ", await client.AskAsync("DATA"), StringComparison.Ordinal);
        return await client.AskAsync(message + ".");
    }

    private async Task<LineClient> GreetAsync(MailProtocol protocol)
    {
        var client = await _server.ConnectAsync(protocol);
        await client.ReadReplyAsync();
        await client.AskAsync(protocol is MailProtocol.Lmtp ? "LHLO relay.example.org" : "EHLO relay.example.org");
        return client;
    }

    private Task WriteAsync(string file, string text) => File.WriteAllTextAsync(Path.Combine(_server.StorePath, file), text);
}
