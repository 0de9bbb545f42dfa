using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Administration;
using MailOps.Server.Smtp;
using MailOps.Server.Tests.Queue;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailOps.Server.Tests.Smtp;

/// <summary>DELIVERBY (RFC 2852) as clients ask for it.</summary>
public sealed class DeliverByCommandTests : IAsyncDisposable
{
    private readonly NextServer _next = new();
    private TestServer? _server;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        await _next.DisposeAsync();
    }

    [Theory]
    [InlineData(MailProtocol.Submission, true, false, true)]
    [InlineData(MailProtocol.Smtp, true, true, true)]
    [InlineData(MailProtocol.Smtp, true, false, false)]
    [InlineData(MailProtocol.Submission, false, false, false)]
    public async Task It_is_offered_where_mail_for_other_servers_is_taken(MailProtocol protocol, bool isOutbound, bool isRelay, bool isOffered)
    {
        var (client, offers) = await GreetAsync(protocol, new OutboundOptions { Enabled = isOutbound, SmartHost = _next.Target, RelayFrom = isRelay ? TrustedNetworks.Loopback : TrustedNetworks.None });
        await using var _ = client;
        // Without a parameter: there is no least time.
        Assert.Equal(isOffered, offers.Split('\n').Any(line => line[4..] == "DELIVERBY"));
        if (protocol is MailProtocol.Submission)
            await client.AskAsync(Plain);
        Assert.StartsWith(isOffered ? "250 2.1.0 " : "555 5.5.4 Parameter BY belongs to an extension that is not offered here", await client.AskAsync("MAIL FROM:<ann@example.com> BY=60;R"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("BY=1;R", "250 2.1.0 ")]
    [InlineData("BY=120;r", "250 2.1.0 ")]
    [InlineData("by=+120;RT", "250 2.1.0 ")]
    [InlineData("BY=120;NT", "250 2.1.0 ")]
    [InlineData("BY=0;N", "250 2.1.0 ")]
    [InlineData("BY=-999999999;nt", "250 2.1.0 ")]
    [InlineData("BY=999999999;R", "250 2.1.0 ")]
    [InlineData("BY=000000001;R", "250 2.1.0 ")]
    [InlineData("BY=0;R", "501 5.5.4 Bad value of parameter BY: a message can be returned after 1 second or more alone")]
    [InlineData("BY=-1;R", "501 5.5.4 Bad value of parameter BY: a message can be returned after 1 second or more alone")]
    [InlineData("BY=-0;RT", "501 5.5.4 Bad value of parameter BY: a message can be returned after 1 second or more alone")]
    [InlineData("BY", "501 5.5.4 Bad value of parameter BY: give seconds and what is to be done then, such as 120;R to have the message returned or 120;N to be told of a delay")]
    [InlineData("BY=120", "501 5.5.4 Bad value of parameter BY: give seconds")]
    [InlineData("BY=;R", "501 5.5.4 Bad value of parameter BY: give seconds")]
    [InlineData("BY=120;", "501 5.5.4 Bad value of parameter BY: give seconds")]
    [InlineData("BY=120;X", "501 5.5.4 Bad value of parameter BY: give seconds")]
    [InlineData("BY=120;T", "501 5.5.4 Bad value of parameter BY: give seconds")]
    [InlineData("BY=120;TR", "501 5.5.4 Bad value of parameter BY: give seconds")]
    [InlineData("BY=120;RN", "501 5.5.4 Bad value of parameter BY: give seconds")]
    [InlineData("BY=120;RTT", "501 5.5.4 Bad value of parameter BY: give seconds")]
    [InlineData("BY=120;R;T", "501 5.5.4 Bad value of parameter BY: give seconds")]
    [InlineData("BY=1234567890;R", "501 5.5.4 Bad value of parameter BY: give seconds")]
    [InlineData("BY=--1;N", "501 5.5.4 Bad value of parameter BY: give seconds")]
    [InlineData("BY=+-1;N", "501 5.5.4 Bad value of parameter BY: give seconds")]
    [InlineData("BY=1.5;N", "501 5.5.4 Bad value of parameter BY: give seconds")]
    [InlineData("BY=0x1;N", "501 5.5.4 Bad value of parameter BY: give seconds")]
    [InlineData("BY=60;R BY=60;R", "501 5.5.4 Parameter BY is given twice")]
    [InlineData("BY=60;R HOLDFOR=30", "250 2.1.0 ")]
    [InlineData("BY=60;R HOLDFOR=61", "501 5.5.4 The message would be held for longer than until it is to be delivered: give BY more time")]
    [InlineData("HOLDFOR=61 BY=60;N", "501 5.5.4 The message would be held for longer than until it is to be delivered: give BY more time")]
    [InlineData("HOLDUNTIL=2001-01-01T00:00:00Z BY=60;N", "250 2.1.0 ")]
    [InlineData("HOLDUNTIL=2001-01-01T00:00:00Z BY=-999999999;N", "501 5.5.4 The message would be held")]
    public async Task A_value_is_read_strictly(string parameter, string reply)
    {
        var (client, _) = await GreetAsync(MailProtocol.Submission, new OutboundOptions { Enabled = true, SmartHost = _next.Target });
        await using var _ = client;
        await client.AskAsync(Plain);
        Assert.StartsWith(reply, await client.AskAsync($"MAIL FROM:<ann@example.com> {parameter}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_time_counts_from_MAIL_and_is_durable()
    {
        _next.Answer = line => line == "connect" ? "421 4.3.2 Away" : null;
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var (client, _) = await GreetAsync(MailProtocol.Submission, new OutboundOptions { Enabled = true, SmartHost = _next.Target }, clock);
        await using var _ = client;
        await client.AskAsync(Plain);
        var expected = clock.GetUtcNow().AddSeconds(60);
        await client.AskAsync("MAIL FROM:<ann@example.com> BY=60;RT");
        clock.Advance(TimeSpan.FromSeconds(10));
        await client.AskAsync("RCPT TO:<bob@b.example>");
        await client.AskAsync("DATA");
        Assert.StartsWith("250 2.0.0 ", await client.AskAsync("From: ann@example.com\r\n\r\nbody\r\n."), StringComparison.Ordinal);
        var message = Assert.Single((await _server!.Server.Queue!.GetMessagesAsync(QueueFilter.All, null, CancellationToken.None)).Items);
        Assert.Equal((expected, "Return"), (message.DeliverBy, message.DeliverByMode));

        // The next message of the session has none of it.
        await client.AskAsync("MAIL FROM:<ann@example.com>");
        await client.AskAsync("RCPT TO:<bob@b.example>");
        await client.AskAsync("DATA");
        Assert.StartsWith("250 2.0.0 ", await client.AskAsync("From: ann@example.com\r\n\r\nbody\r\n."), StringComparison.Ordinal);
        Assert.Single((await _server.Server.Queue!.GetMessagesAsync(QueueFilter.All, null, CancellationToken.None)).Items, other => other.Id != message.Id && other.DeliverBy is null);
    }

    [Theory]
    [InlineData("R", "554 5.4.7 Delivery time expired while the message came")]
    [InlineData("N", "250 2.0.0 ")]
    public async Task A_message_that_takes_longer_to_come_than_it_may_be_on_its_way_is_refused(string mode, string reply)
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var (client, _) = await GreetAsync(MailProtocol.Submission, new OutboundOptions { Enabled = true, SmartHost = _next.Target }, clock);
        await using var _ = client;
        await client.AskAsync(Plain);
        await client.AskAsync($"MAIL FROM:<ann@example.com> BY=20;{mode}");
        await client.AskAsync("RCPT TO:<bob@b.example>");
        await client.AskAsync("DATA");
        clock.Advance(TimeSpan.FromSeconds(20));
        Assert.StartsWith(reply, await client.AskAsync("From: ann@example.com\r\n\r\nbody\r\n."), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mailbox_here_has_it_in_time_and_the_report_says_by_when_it_was_to()
    {
        var (client, _) = await GreetAsync(MailProtocol.Submission, new OutboundOptions { Enabled = true, SmartHost = _next.Target });
        await using var _ = client;
        await client.AskAsync(Plain);
        await client.AskAsync("MAIL FROM:<ann@example.com> BY=1000;RT");
        Assert.StartsWith("250 ", await client.AskAsync("RCPT TO:<ann@example.com> NOTIFY=SUCCESS"), StringComparison.Ordinal);
        await client.AskAsync("DATA");
        Assert.StartsWith("250 2.0.0 ", await client.AskAsync("From: ann@example.com\r\n\r\nbody\r\n."), StringComparison.Ordinal);
        var files = _server!.InboxFiles("ann@example.com").Select(File.ReadAllText).ToList();
        Assert.Equal(2, files.Count);
        Assert.Matches("\r\nArrival-Date: .*\r\nDeliver-By-Date: .*\r\n", Assert.Single(files, text => text.Contains("\r\nAction: delivered\r\n", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_report_of_success_has_the_words_of_a_template()
    {
        var (client, _) = await GreetAsync(MailProtocol.Submission, new OutboundOptions { Enabled = true, SmartHost = _next.Target });
        await using var _ = client;
        Directory.CreateDirectory(Path.Combine(_server!.StorePath, "templates"));
        await File.WriteAllTextAsync(Path.Combine(_server.StorePath, "templates", "success.de.txt"), "Subject: Angekommen: {subject}\n\n{recipients}\nFrist {deliver-by}\n");
        await client.AskAsync(Plain);
        await client.AskAsync("MAIL FROM:<ann@example.com>");
        await client.AskAsync("RCPT TO:<ann@example.com> NOTIFY=SUCCESS");
        await client.AskAsync("DATA");
        Assert.StartsWith("250 2.0.0 ", await client.AskAsync("From: ann@example.com\r\nSubject: hello\r\nAccept-Language: de\r\n\r\nbody\r\n."), StringComparison.Ordinal);
        var report = Assert.Single(_server.InboxFiles("ann@example.com").Select(file => MimeKit.MimeMessage.Load(file)), message => message.Body is MimeKit.MultipartReport);
        Assert.Equal("Angekommen: hello", report.Subject);
        Assert.Equal("    <ann@example.com>\n", ((MimeKit.TextPart)((MimeKit.MultipartReport)report.Body!)[0]).Text.ReplaceLineEndings("\n"));
        Assert.DoesNotContain(_server.Events, happened => happened is ServerFaulted);
    }

    private static string Plain => $"AUTH PLAIN {Convert.ToBase64String("\0ann@example.com\0secret"u8)}";

    private async Task<(LineClient Client, string Offers)> GreetAsync(MailProtocol protocol, OutboundOptions outbound, TimeProvider? clock = null)
    {
        _server = await TestServer.StartAsync(options =>
        {
            Directory.CreateDirectory(options.StorePath);
            File.WriteAllText(Path.Combine(options.StorePath, "users"), "ann@example.com:{PLAIN}secret\n");
            return options with
            {
                Capture = false,
                Outbound = outbound,
                Clock = clock ?? TimeProvider.System,
                Authentication = options.Authentication with { AllowPlaintextLogin = true },
            };
        });
        var client = await _server.ConnectAsync(protocol);
        await client.ReadReplyAsync();
        return (client, (await client.AskAsync("EHLO a"))!);
    }
}
