using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Queue;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Queue.Forwarding;

/// <summary>What senders asked to hear (NOTIFY, ORCPT, ENVID, RET) where aliases lead elsewhere (RFC 3461 section 5.2.7).</summary>
public sealed class ForwardedReportTests : IAsyncDisposable
{
    private const string Mail = "Subject: hello\r\n\r\nbody\r\n";
    private const string From = "MAIL FROM:<ann@example.com> RET=HDRS ENVID=E1";

    private ForwardingServer _here = null!;

    [Theory]
    [InlineData("", "RCPT TO:<joe@b.example> ORCPT=rfc822;joe@example.com")]
    [InlineData(" NOTIFY=SUCCESS,DELAY ORCPT=rfc822;old@example.org", "RCPT TO:<joe@b.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;old@example.org")]
    [InlineData(" NOTIFY=NEVER", "RCPT TO:<joe@b.example> NOTIFY=NEVER ORCPT=rfc822;joe@example.com")]
    public async Task An_alias_of_one_address_passes_on_what_was_asked_and_nothing_is_told_RFC3461_5_2_7_2(string parameters, string expected)
    {
        await StartAsync("joe joe@b.example\n", "DSN", "PIPELINING");
        await _here.SendAsync(MailProtocol.Submission, Mail, From, $"RCPT TO:<joe@example.com>{parameters}");
        await _here.Server.WaitForAsync<OutboundTried>();
        Assert.Contains("MAIL FROM:<ann@example.com> RET=HDRS ENVID=E1", _here.Next.Commands);
        Assert.Contains(expected, _here.Next.Commands);
        Assert.Empty(_here.Inbox("ann@example.com"));
    }

    [Fact]
    public async Task Success_is_relayed_where_the_server_of_the_target_sends_no_reports()
    {
        await StartAsync("joe joe@b.example\n", "PIPELINING");
        await _here.SendAsync(MailProtocol.Submission, Mail, From, "RCPT TO:<joe@example.com> NOTIFY=SUCCESS");
        Assert.Equal("relayed", (await _here.Server.WaitForAsync<OutboundReported>()).Action);
        Assert.Contains("Original-Recipient: rfc822;joe@example.com\r\nFinal-Recipient: rfc822;joe@b.example\r\nAction: relayed", Assert.Single(_here.Inbox("ann@example.com")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bob, joe@b.example", "SUCCESS", "NEVER", true)]
    [InlineData("bob, joe@b.example", "SUCCESS,FAILURE", "FAILURE", true)]
    [InlineData("bob, joe@b.example", "FAILURE,DELAY", "FAILURE,DELAY", false)]
    [InlineData("joe@b.example, eve@b.example", "SUCCESS,DELAY", "DELAY", true)]
    public async Task An_alias_of_several_is_expanded_and_success_is_asked_of_nobody_else_RFC3461_5_2_7_3(string targets, string notify, string expected, bool isTold)
    {
        await StartAsync($"sales {targets}\n", "DSN", "PIPELINING");
        await _here.SendAsync(MailProtocol.Submission, Mail, From, $"RCPT TO:<sales@example.com> NOTIFY={notify}");
        await _here.Server.WaitForAsync<OutboundTried>();
        Assert.Contains($"RCPT TO:<joe@b.example> NOTIFY={expected} ORCPT=rfc822;sales@example.com", _here.Next.Commands);
        if (!isTold)
        {
            Assert.Empty(_here.Inbox("ann@example.com"));
            return;
        }

        Assert.Equal("expanded", (await _here.Server.WaitForAsync<DeliveryReported>()).Action);
        var report = Assert.Single(_here.Inbox("ann@example.com"));
        Assert.Contains("Original-Envelope-Id: E1\r\n", report, StringComparison.Ordinal);
        Assert.Contains("Final-Recipient: rfc822;sales@example.com\r\nAction: expanded\r\nStatus: 2.0.0\r\n", report, StringComparison.Ordinal);
        Assert.DoesNotContain("joe@b.example", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_expanded_and_what_is_delivered_has_a_report_each()
    {
        await StartAsync("sales bob, joe@b.example\n", "DSN", "PIPELINING");
        await _here.SendAsync(MailProtocol.Submission, Mail, From, "RCPT TO:<sales@example.com> NOTIFY=SUCCESS", "RCPT TO:<bob@example.com> NOTIFY=SUCCESS");
        var reports = _here.Inbox("ann@example.com");
        Assert.Equal(2, reports.Length);
        Assert.Contains("Final-Recipient: rfc822;bob@example.com\r\n", Assert.Single(reports, report => report.Contains("Action: delivered", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("Final-Recipient: rfc822;sales@example.com\r\n", Assert.Single(reports, report => report.Contains("Action: expanded", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_null_sender_hears_nothing()
    {
        await StartAsync("sales bob, joe@b.example\n", "DSN", "PIPELINING");
        await _here.SendAsync(MailProtocol.Submission, Mail, "MAIL FROM:<>", "RCPT TO:<sales@example.com> NOTIFY=SUCCESS");
        await _here.Server.WaitForAsync<OutboundTried>();
        Assert.Empty(_here.Server.Events.OfType<DeliveryReported>());
        Assert.Empty(_here.Inbox("ann@example.com"));
    }

    public ValueTask DisposeAsync() => _here.DisposeAsync();

    private async Task StartAsync(string aliases, params string[] offers)
    {
        _here = await ForwardingServer.StartAsync(aliases);
        _here.Next.Offers = offers;
    }
}
