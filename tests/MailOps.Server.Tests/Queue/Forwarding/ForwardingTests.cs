using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Queue;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Queue.Forwarding;

/// <summary>Mail for aliases that lead to other servers.</summary>
public sealed class ForwardingTests : IAsyncDisposable
{
    private const string Mail = "Subject: hello\r\n\r\nbody\r\n";

    private ForwardingServer _here = null!;

    [Theory]
    [InlineData(MailProtocol.Smtp)]
    [InlineData(MailProtocol.Submission)]
    [InlineData(MailProtocol.Lmtp)]
    public async Task It_is_delivered_to_accounts_here_and_sent_on_to_the_others_whoever_it_comes_from(MailProtocol protocol)
    {
        await StartAsync("sales bob, joe@b.example, eve@c.example\n");
        Assert.StartsWith("250 ", await _here.SendAsync(protocol, Mail, "MAIL FROM:<ann@example.com>", "RCPT TO:<sales@example.com>"), StringComparison.Ordinal);
        await UntilSentAsync(1);
        var sent = Assert.Single(_here.Next.Taken);
        Assert.Equal(["joe@b.example", "eve@c.example"], sent.Recipients);
        Assert.StartsWith("Delivered-To: sales@example.com\r\nReceived: from a ", sent.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Return-Path", sent.Text, StringComparison.Ordinal);
        Assert.StartsWith("Return-Path: <ann@example.com>\r\nDelivered-To: bob@example.com\r\nReceived: from a ", Assert.Single(_here.Inbox("bob@example.com")), StringComparison.Ordinal);
        var forwarded = await _here.Server.WaitForAsync<MessageForwarded>();
        Assert.Equal(("ann@example.com", "sales@example.com", "joe@b.example,eve@c.example"), (forwarded.Sender, forwarded.Recipient, string.Join(',', forwarded.Targets)));
        Assert.Equal(forwarded.MessageId, (await _here.Server.WaitForAsync<OutboundTried>()).MessageId);
    }

    [Theory]
    [InlineData(MailProtocol.Smtp)]
    [InlineData(MailProtocol.Lmtp)]
    public async Task An_alias_that_leads_elsewhere_alone_leaves_nothing_here(MailProtocol protocol)
    {
        await StartAsync("joe joe@b.example\n@example.net @d.example\n");
        Assert.StartsWith("250 ", await _here.SendAsync(protocol, Mail, "MAIL FROM:<ann@example.com>", "RCPT TO:<joe@example.com>", "RCPT TO:<Whoever@example.net>"), StringComparison.Ordinal);
        await UntilSentAsync(2);
        Assert.Equal(
            [("joe@b.example", "joe@example.com"), ("Whoever@d.example", "Whoever@example.net")],
            _here.Next.Taken.Select(one => (one.Recipients.Single(), one.Text[..one.Text.IndexOf("\r\n", StringComparison.Ordinal)]["Delivered-To: ".Length..])).Order());
        Assert.All(_here.Next.Taken, one => Assert.StartsWith("Received:", one.Text[(one.Text.IndexOf("\r\n", StringComparison.Ordinal) + 2)..], StringComparison.Ordinal));
    }

    [Fact]
    public async Task Whom_the_sender_names_himself_gets_one_copy_as_such()
    {
        await StartAsync("sales joe@b.example\n");
        await _here.SendAsync(MailProtocol.Submission, Mail, "MAIL FROM:<ann@example.com>", "RCPT TO:<sales@example.com>", "RCPT TO:<joe@b.example>");
        await UntilSentAsync(1);
        Assert.StartsWith("Received:", Assert.Single(_here.Next.Messages), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(MailProtocol.Smtp)]
    [InlineData(MailProtocol.Lmtp)]
    public async Task What_comes_back_from_where_it_was_sent_is_a_loop_RFC9228(MailProtocol protocol)
    {
        await StartAsync("team sales\nsales joe@b.example\n");
        await _here.SendAsync(MailProtocol.Smtp, Mail, "MAIL FROM:<ann@example.com>", "RCPT TO:<sales@example.com>");
        await UntilSentAsync(1);
        var back = "Received: from b.example by mx.example.com; Sun, 29 Nov 2026 12:00:00 +0000\r\n" + _here.Next.Messages.Single();
        Assert.Equal(
            "554 5.4.6 Mail forwarding loop for <team@example.com>: the message has been delivered there before, as its Delivered-To field says",
            await _here.SendAsync(protocol, back, "MAIL FROM:<x@b.example>", "RCPT TO:<team@example.com>"));
        Assert.StartsWith("250 ", await _here.SendAsync(protocol, back, "MAIL FROM:<x@b.example>", "RCPT TO:<bob@example.com>"), StringComparison.Ordinal);
        Assert.Single(_here.Next.Messages);
    }

    [Fact]
    public async Task A_full_mailbox_refuses_its_alias_and_over_LMTP_the_others_get_theirs_without_lines_of_mailboxes()
    {
        await StartAsync("joe joe@b.example\n", options => options with { Quota = new MailOps.Maildir.MailQuota(Messages: 1) });
        await _here.SendAsync(MailProtocol.Smtp, Mail, "MAIL FROM:<ann@example.com>", "RCPT TO:<bob@example.com>");
        await using var client = await _here.GreetAsync(MailProtocol.Lmtp);
        await client.AskAsync("MAIL FROM:<ann@example.com>");
        Assert.StartsWith("452 4.2.2 ", await client.AskAsync("RCPT TO:<bob@example.com>"), StringComparison.Ordinal);
        await client.AskAsync("RCPT TO:<ann@example.com>");
        await client.AskAsync("RCPT TO:<joe@example.com>");
        await _here.SendAsync(MailProtocol.Smtp, Mail, "MAIL FROM:<bob@example.com>", "RCPT TO:<ann@example.com>");
        await client.AskAsync("DATA");
        Assert.StartsWith("452 4.2.2 ", await client.AskAsync(Mail + "."), StringComparison.Ordinal);
        Assert.StartsWith("250 2.0.0 <joe@example.com> ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        await UntilSentAsync(1);
        Assert.StartsWith("Delivered-To: joe@example.com\r\nReceived:", _here.Next.Messages.Single(), StringComparison.Ordinal);
        Assert.Single(_here.Inbox("ann@example.com"));
    }

    [Fact]
    public async Task A_report_for_an_alias_that_leads_elsewhere_goes_there_and_into_its_mailboxes()
    {
        await StartAsync("sales bob, joe@b.example\n", options => options with { Outbound = options.Outbound with { RelayFrom = TrustedNetworks.Loopback } });
        _here.Next.Answer = line => line.StartsWith("RCPT TO:<gone@", StringComparison.Ordinal) ? "550 5.1.1 Unknown" : null;
        await _here.SendAsync(MailProtocol.Smtp, Mail, "MAIL FROM:<sales@example.com>", "RCPT TO:<gone@b.example>");
        await _here.Server.WaitForAsync<OutboundReported>();
        await UntilSentAsync(1);
        Assert.Contains("MAIL FROM:<> SIZE=", string.Join('\n', _here.Next.Commands), StringComparison.Ordinal);
        var report = Assert.Single(_here.Next.Taken);
        Assert.Equal(["joe@b.example"], report.Recipients);
        Assert.StartsWith("Delivered-To: sales@example.com\r\n", report.Text, StringComparison.Ordinal);
        Assert.Contains("Action: failed", report.Text, StringComparison.Ordinal);
        Assert.Contains("Action: failed", Assert.Single(_here.Inbox("bob@example.com")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_target_refuses_goes_back_to_the_sender_once_and_a_report_that_it_refuses_to_nobody()
    {
        await StartAsync("joe joe@b.example\n");
        _here.Next.Answer = line => line.StartsWith("RCPT TO:<joe@", StringComparison.Ordinal) ? "550 5.1.1 Unknown" : null;
        await _here.SendAsync(MailProtocol.Smtp, Mail, "MAIL FROM:<eve@far.example>", "RCPT TO:<joe@example.com>");
        await UntilSentAsync(1);
        var report = Assert.Single(_here.Next.Taken);
        Assert.Equal(["eve@far.example"], report.Recipients);
        Assert.Contains("Original-Recipient: rfc822;joe@example.com\r\nFinal-Recipient: rfc822;joe@b.example\r\nAction: failed", report.Text, StringComparison.Ordinal);
        Assert.Single(_here.Next.Commands, line => line.StartsWith("MAIL FROM:<>", StringComparison.Ordinal));

        await _here.SendAsync(MailProtocol.Smtp, Mail, "MAIL FROM:<>", "RCPT TO:<joe@example.com>");
        await _here.Server.WaitForAsync<OutboundTried>(tried => tried is { Sender: "", Outcome: OutboundOutcome.Failed });
        await QueueFixture.UntilAsync(() => _here.Server.Server.Queue is not null && Queued().Length == 0, "an empty spool");
        Assert.Single(_here.Next.Taken);
        Assert.Single(_here.Server.Events.OfType<OutboundReported>());
    }

    [Fact]
    public async Task Without_a_way_out_it_is_refused_and_from_an_update_on_it_is_sent()
    {
        await StartAsync("sales bob, joe@b.example\n", options => options with { Outbound = new OutboundOptions() });
        await using var client = await _here.GreetAsync(MailProtocol.Smtp);
        await client.AskAsync("MAIL FROM:<eve@far.example>");
        Assert.Equal("550 5.7.1 <sales@example.com>: leads to another server, and nothing is sent on from here", await client.AskAsync("RCPT TO:<sales@example.com>"));
        await _here.Server.Server.UpdateAsync(_here.Server.Server.Options with { Outbound = new OutboundOptions { Enabled = true, SmartHost = _here.Next.Target } });
        await _here.SendAsync(MailProtocol.Smtp, Mail, "MAIL FROM:<ann@example.com>", "RCPT TO:<sales@example.com>");
        await UntilSentAsync(1);
        await _here.Server.Server.UpdateAsync(_here.Server.Server.Options with { Outbound = new OutboundOptions() });
        await using var again = await _here.GreetAsync(MailProtocol.Smtp);
        await again.AskAsync("MAIL FROM:<eve@far.example>");
        Assert.StartsWith("550 5.7.1 ", await again.AskAsync("RCPT TO:<sales@example.com>"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_stays_here_cannot_be_held_and_what_goes_on_can()
    {
        await StartAsync("sales bob, joe@b.example\njoe joe@b.example\n");
        await using var client = await _here.GreetAsync(MailProtocol.Submission);
        Assert.StartsWith("250 ", await client.AskAsync("MAIL FROM:<ann@example.com> HOLDFOR=60"), StringComparison.Ordinal);
        Assert.StartsWith("550 5.3.3 ", await client.AskAsync("RCPT TO:<sales@example.com>"), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await client.AskAsync("RCPT TO:<joe@example.com>"), StringComparison.Ordinal);
    }

    public ValueTask DisposeAsync() => _here.DisposeAsync();

    private async Task StartAsync(string aliases, Func<MailServerOptions, MailServerOptions>? configure = null) => _here = await ForwardingServer.StartAsync(aliases, configure);

    private string[] Queued() => [.. Directory.GetDirectories(Path.Join(_here.Server.StorePath, "queue")).Where(folder => Path.GetFileName(folder).Length == 1).SelectMany(Directory.GetFiles)];

    private Task UntilSentAsync(int count) => QueueFixture.UntilAsync(() => _here.Next.Taken.Count >= count && Queued().Length == 0, $"{count} messages at the next server");
}
