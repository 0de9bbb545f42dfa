using System.Globalization;
using MailOps.Tests.Support;
using MailOps.Trust.Dkim;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Queue.Forwarding;

/// <summary>ARC sets of forwarded mail (RFC 8617), as the next server and other servers' verifiers see them.</summary>
public sealed class SealingTests : IAsyncDisposable
{
    private const string Mail = "From: zed@far.example\r\nTo: joe@example.com\r\nDate: Sat, 28 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@far.example>\r\nSubject: hello\r\n\r\nbody\r\n";

    private readonly PrivateFolder _folder = new();
    private readonly List<DkimKeyRecord> _published = [];
    private ForwardingServer _here = null!;
    private StandInDns _dns = null!;

    [Fact]
    public async Task A_copy_is_sealed_by_the_domain_of_its_alias_and_mailauth_and_dkimpy_agree_to_it_and_to_the_next()
    {
        await StartAsync("joe joe@b.example, ann\nsales@example.net eve@c.example\n");
        var (first, second) = (Publish("example.com", "s1"), Publish("example.net", "s2"));
        await SendAsync(Mail, "joe@example.com");
        var sent = await SentAsync(1);
        Assert.StartsWith("Delivered-To: joe@example.com\r\nARC-Seal: i=1; a=rsa-sha256; cv=none; d=example.com; s=s1;", sent, StringComparison.Ordinal);
        Assert.Contains("\r\nARC-Authentication-Results: i=1; mx.example.com;\r\n arc=none smtp.remote-ip=127.0.0.1\r\nReceived:", sent, StringComparison.Ordinal);
        Assert.Equal("pass 1", await ArcPeers.MailAuthAsync(_folder, sent, first, second));
        Assert.Equal("pass 1 success", await ArcPeers.DkimpyAsync(_folder, sent, first, second));
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $" SIZE={sent.Length}"), _here.Next.Commands.Single(line => line.StartsWith("MAIL", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.DoesNotContain("ARC-", Assert.Single(_here.Inbox("ann@example.com")), StringComparison.Ordinal);

        await SendAsync(sent, "sales@example.net");
        var again = await SentAsync(2);
        Assert.Contains("ARC-Seal: i=2; a=rsa-sha256; cv=pass; d=example.net; s=s2;", again, StringComparison.Ordinal);
        Assert.Contains("\r\n arc=pass smtp.remote-ip=127.0.0.1\r\n", again, StringComparison.Ordinal);
        Assert.Equal("pass 2", await ArcPeers.MailAuthAsync(_folder, again, first, second));
        Assert.Equal("pass 2 success", await ArcPeers.DkimpyAsync(_folder, again, first, second));
    }

    [Fact]
    public async Task What_was_changed_on_the_way_is_marked_as_broken_and_is_not_sealed_again()
    {
        await StartAsync("joe joe@b.example\nsales@example.net eve@c.example\n");
        Publish("example.com", "s1");
        Publish("example.net", "s2");
        await SendAsync(Mail, "joe@example.com");
        await SendAsync((await SentAsync(1)).Replace("Subject: hello", "Subject: [list] hello", StringComparison.Ordinal), "sales@example.net");
        var broken = await SentAsync(2);
        Assert.Contains("ARC-Seal: i=2; a=rsa-sha256; cv=fail; d=example.net;", broken, StringComparison.Ordinal);
        Assert.Equal("fail", (await ArcPeers.MailAuthAsync(_folder, broken, [.. _published])).Split(' ')[0]);
        await SendAsync(broken.Replace("Delivered-To: sales@example.net\r\n", "", StringComparison.Ordinal), "sales@example.net");
        Assert.DoesNotContain("i=3;", await SentAsync(3), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_is_not_to_be_had_breaks_a_chain_RFC8617_5_2_1()
    {
        await StartAsync("joe joe@b.example\nsales@example.net eve@c.example\n");
        Publish("example.com", "s1");
        Publish("example.net", "s2");
        await SendAsync(Mail, "joe@example.com");
        var sent = await SentAsync(1);
        _published.RemoveAt(0);
        await SendAsync(sent, "sales@example.net");
        Assert.Contains("cv=fail;", await SentAsync(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_key_of_the_domain_and_where_nothing_is_forwarded_there_is_no_set_and_mail_of_users_says_who_logged_in()
    {
        await StartAsync("joe joe@b.example\nsales@example.net eve@c.example\n");
        Publish("example.net", "s2");
        await SendAsync(Mail, "joe@example.com");
        Assert.DoesNotContain("ARC-", await SentAsync(1), StringComparison.Ordinal);
        await _here.SendAsync(MailProtocol.Submission, Mail, "MAIL FROM:<ann@example.com>", "RCPT TO:<bob@b.example>");
        Assert.DoesNotContain("ARC-", await SentAsync(2), StringComparison.Ordinal);
        await _here.SendAsync(MailProtocol.Submission, Mail, "MAIL FROM:<ann@example.com>", "RCPT TO:<sales@example.net>");
        Assert.Contains("arc=none smtp.remote-ip=127.0.0.1;\r\n auth=pass smtp.auth=ann@example.com\r\n", await SentAsync(3), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_converted_goes_without_a_set_that_would_be_wrong()
    {
        await StartAsync("joe joe@b.example\n");
        Publish("example.com", "s1");
        _here.Next.Offers = ["PIPELINING"];
        await SendAsync(Mail.Replace("Subject", "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\nSubject", StringComparison.Ordinal).Replace("body", "Grüße", StringComparison.Ordinal), "joe@example.com");
        var sent = await SentAsync(1);
        Assert.StartsWith("Delivered-To: joe@example.com\r\nReceived:", sent, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await _here.DisposeAsync();
        await _dns.DisposeAsync();
        _folder.Dispose();
    }

    private async Task StartAsync(string aliases)
    {
        _dns = new StandInDns(question => question.Type == StandInDns.Txt && _published.Find(key => key.RecordName == question.Name) is { } key
            ? StandInReply.Of(StandInRecord.Txt(question.Name, [.. key.RecordStrings]))
            : StandInReply.NameError);
        _here = await ForwardingServer.StartAsync(aliases, options => options with { Outbound = options.Outbound with { NameServer = "127.0.0.1", NameServerPort = _dns.Port, SenderRewriting = MailOps.Server.Queue.SenderRewriting.None } });
    }

    private DkimKeyRecord Publish(string domain, string selector)
    {
        var key = new DkimKeyStore(_here.Server.StorePath).Create(domain, selector, DkimKeyType.Rsa, 2048, activate: true);
        _published.Add(key);
        return key;
    }

    private async Task SendAsync(string message, string recipient) =>
        Assert.StartsWith("250 ", await _here.SendAsync(MailProtocol.Smtp, message, "MAIL FROM:<zed@far.example> BODY=8BITMIME", $"RCPT TO:<{recipient}>"), StringComparison.Ordinal);

    private async Task<string> SentAsync(int count)
    {
        await QueueFixture.UntilAsync(() => _here.Next.Messages.Count >= count, $"{count} messages at the next server");
        return _here.Next.Messages.Last();
    }
}
