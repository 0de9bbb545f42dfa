using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Queue;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Queue.Forwarding;

/// <summary>Senders of forwarded mail that are elsewhere, and what comes back to their return paths here (SRS).</summary>
public sealed class SenderRewritingTests : IAsyncDisposable
{
    private const string Mail = "Subject: hello\r\n\r\nbody\r\n";

    private ForwardingServer _here = null!;

    [Fact]
    public async Task A_sender_elsewhere_becomes_an_address_of_the_domain_of_each_alias_and_a_report_to_it_goes_back_to_him()
    {
        await StartAsync("joe joe@b.example\nsales@example.net eve@c.example\n");
        await SendAsync("<Zed@far.example>", "joe@example.com", "sales@example.net");
        await UntilSentAsync(2);
        var senders = Senders();
        Assert.Matches("^SRS0=[A-Za-z0-9+/]{4}=[A-Z2-7]{2}=far.example=Zed@example.com$", senders[0]);
        Assert.Matches("^SRS0=[A-Za-z0-9+/]{4}=[A-Z2-7]{2}=far.example=Zed@example.net$", senders[1]);
        Assert.Equal("Zed@far.example", (await _here.Server.WaitForAsync<MessageAccepted>()).Sender);

        await SendAsync("<>", senders[0]);
        await UntilSentAsync(3);
        var back = _here.Next.Taken.Last();
        Assert.Equal(["Zed@far.example"], back.Recipients);
        Assert.StartsWith("Received:", back.Text, StringComparison.Ordinal);
        Assert.Equal("", Senders()[2]);
        Assert.Equal((senders[0], "Zed@far.example"), Assert.Single(_here.Server.Events.OfType<MessageForwarded>(), one => one.Sender.Length == 0) is var forwarded ? (forwarded.Recipient, forwarded.Targets.Single()) : default);
    }

    [Theory]
    [InlineData("<ann@example.com>", "ann@example.com")]
    [InlineData("<bob@EXAMPLE.NET>", "bob@EXAMPLE.NET")]
    [InlineData("<>", "")]
    public async Task Our_own_senders_and_nobody_stay_as_they_are(string sender, string expected)
    {
        await StartAsync("joe joe@b.example\n");
        await SendAsync(sender, "joe@example.com");
        await UntilSentAsync(1);
        Assert.Equal([expected], Senders());
        Assert.False(File.Exists(SecretsPath));
    }

    [Fact]
    public async Task What_another_forwarder_has_rewritten_goes_back_to_that_one()
    {
        await StartAsync("joe joe@b.example\n");
        await SendAsync("<SRS0=HHHH=TT=orig.example=zed@first.example>", "joe@example.com");
        await UntilSentAsync(1);
        var sender = Senders()[0];
        Assert.Matches("^SRS1=[A-Za-z0-9+/]{4}=first.example==HHHH=TT=orig.example=zed@example.com$", sender);
    }

    [Fact]
    public async Task The_domain_may_be_another_of_ours_and_it_can_be_turned_off_and_what_was_given_out_stays_good()
    {
        await StartAsync("joe joe@b.example\n", outbound => outbound with { SrsDomain = "example.net" });
        await SendAsync("<zed@far.example>", "joe@example.com");
        await UntilSentAsync(1);
        var sender = Senders()[0];
        Assert.EndsWith("=far.example=zed@example.net", sender, StringComparison.Ordinal);

        var options = _here.Server.Server.Options;
        await _here.Server.Server.UpdateAsync(options with { Outbound = options.Outbound with { SenderRewriting = SenderRewriting.None, SrsDomain = null } });
        await SendAsync("<zed@far.example>", "joe@example.com");
        await UntilSentAsync(2);
        Assert.Equal("zed@far.example", Senders()[1]);
        await SendAsync("<>", sender);
        await UntilSentAsync(3);
        Assert.Equal(["zed@far.example"], _here.Next.Taken.Last().Recipients);
    }

    [Fact]
    public async Task A_return_path_takes_reports_alone_and_none_that_it_has_not_made()
    {
        await StartAsync("joe joe@b.example\n@example.com ann\n");
        await SendAsync("<zed@far.example>", "joe@example.com");
        await UntilSentAsync(1);
        var sender = Senders()[0];
        await using var client = await _here.GreetAsync(MailProtocol.Smtp);
        await client.AskAsync("MAIL FROM:<eve@far.example>");
        Assert.Equal($"550 5.7.1 <{sender}>: is the return path of mail that was sent on, and takes reports alone (MAIL FROM:<>)", await client.AskAsync($"RCPT TO:<{sender}>"));
        await client.AskAsync("RSET");
        await client.AskAsync("MAIL FROM:<>");
        var forged = sender.Replace("=zed@", "=yan@", StringComparison.Ordinal);
        Assert.Equal($"550 5.1.1 <{forged}>: is no return path of this server: its hash does not fit", await client.AskAsync($"RCPT TO:<{forged}>"));
        Assert.StartsWith("550 5.1.1 <SRS0=xxxx@example.com>: is no whole return path", await client.AskAsync("RCPT TO:<SRS0=xxxx@example.com>"), StringComparison.Ordinal);
        Assert.StartsWith("550 5.7.1 <SRS0=a=b=c=d@far.example>: relaying denied", await client.AskAsync("RCPT TO:<SRS0=a=b=c=d@far.example>"), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await client.AskAsync($"RCPT TO:<{sender}>"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_is_too_old_is_refused()
    {
        await StartAsync("joe joe@b.example\n");
        WriteSecrets(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var old = MailOps.Server.Queue.Forwarding.SrsAddress.Rewrite(new("zed", "far.example"), "example.com", "tops3cret"u8.ToArray(), DateTimeOffset.UtcNow.AddDays(-23))!.Value.ToString();
        await using var client = await _here.GreetAsync(MailProtocol.Smtp);
        await client.AskAsync("MAIL FROM:<>");
        Assert.Equal($"550 5.1.1 <{old}>: is a return path of more than 21 days ago", await client.AskAsync($"RCPT TO:<{old}>"));
    }

    [Fact]
    public async Task A_sender_whose_domain_is_ours_by_now_gets_it_into_his_mailbox()
    {
        await StartAsync("joe joe@b.example\n");
        await SendAsync("<bob@far.example>", "joe@example.com");
        await SendAsync("<gone@far.example>", "joe@example.com");
        await UntilSentAsync(2);
        var senders = Senders();
        File.AppendAllText(Path.Combine(_here.Server.StorePath, "users"), "bob@far.example:{PLAIN}secret\n");
        var options = _here.Server.Server.Options;
        await _here.Server.Server.UpdateAsync(options with { Domains = [.. options.Domains, "far.example"] });
        await SendAsync("<>", senders[0]);
        Assert.Single(_here.Inbox("bob@far.example"));
        await using var client = await _here.GreetAsync(MailProtocol.Smtp);
        await client.AskAsync("MAIL FROM:<>");
        Assert.Equal($"550 5.1.1 <{senders[1]}>: stands for <gone@far.example>, and there is no such user here", await client.AskAsync($"RCPT TO:<{senders[1]}>"));
    }

    [Fact]
    public async Task The_secret_is_made_once_for_the_owner_alone_and_another_before_it_signs_from_then_on()
    {
        await StartAsync("joe joe@b.example\n");
        await SendAsync("<zed@far.example>", "joe@example.com");
        await UntilSentAsync(1);
        var first = Senders()[0];
        var secret = Assert.Single(File.ReadAllLines(SecretsPath));
        Assert.Equal(24, Convert.FromBase64String(secret).Length);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(SecretsPath));
        await SendAsync("<zed@far.example>", "joe@example.com");
        await UntilSentAsync(2);
        Assert.Equal(first, Senders()[1]);

        File.WriteAllText(SecretsPath, $"newer\n{secret}\n");
        await SendAsync("<zed@far.example>", "joe@example.com");
        await UntilSentAsync(3);
        Assert.NotEqual(first, Senders()[2]);
        await SendAsync("<>", first);
        await SendAsync("<>", Senders()[2]);
        await UntilSentAsync(5);
    }

    [Fact]
    public async Task Secrets_that_others_may_read_are_not_used_and_mail_waits_until_that_is_put_right()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Rights are lists there, not bits.");
        await StartAsync("joe joe@b.example\n");
        WriteSecrets(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        await using var client = await _here.GreetAsync(MailProtocol.Smtp);
        await client.AskAsync("MAIL FROM:<zed@far.example>");
        Assert.StartsWith("451 4.3.0 ", await client.AskAsync("RCPT TO:<joe@example.com>"), StringComparison.Ordinal);
        Assert.Contains($"Run 'chmod 600 {SecretsPath}'", (await _here.Server.WaitForAsync<SessionFaulted>()).Exception.Message, StringComparison.Ordinal);
        WriteSecrets(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.StartsWith("250 ", await client.AskAsync("RCPT TO:<joe@example.com>"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_target_refuses_is_told_to_the_sender_and_not_to_his_return_path()
    {
        await StartAsync("joe joe@b.example\n");
        _here.Next.Answer = line => line.StartsWith("RCPT TO:<joe@", StringComparison.Ordinal) ? "550 5.1.1 Unknown" : null;
        await SendAsync("<zed@far.example>", "joe@example.com");
        await UntilSentAsync(1);
        Assert.Equal(["zed@far.example"], _here.Next.Taken.Single().Recipients);
        Assert.Contains("To: <zed@far.example>\r\n", _here.Next.Taken.Single().Text, StringComparison.Ordinal);
    }

    public ValueTask DisposeAsync() => _here.DisposeAsync();

    private string SecretsPath => Path.Combine(_here.Server.StorePath, "srs");

    private void WriteSecrets(UnixFileMode mode)
    {
        File.WriteAllText(SecretsPath, "tops3cret\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(SecretsPath, mode);
    }

    private async Task StartAsync(string aliases, Func<OutboundOptions, OutboundOptions>? configure = null) =>
        _here = await ForwardingServer.StartAsync(aliases, options => options with { Outbound = configure?.Invoke(options.Outbound) ?? options.Outbound });

    private async Task SendAsync(string sender, params string[] recipients)
    {
        await using LineClient client = await _here.GreetAsync(MailProtocol.Smtp);
        Assert.StartsWith("250 ", await ForwardingServer.SendAsync(client, Mail, [$"MAIL FROM:{sender}", .. recipients.Select(recipient => $"RCPT TO:<{recipient}>")]), StringComparison.Ordinal);
    }

    private string[] Senders() => [.. _here.Next.Commands.Where(line => line.StartsWith("MAIL FROM:<", StringComparison.Ordinal)).Select(line => line["MAIL FROM:<".Length..line.IndexOf('>', StringComparison.Ordinal)])];

    private Task UntilSentAsync(int count) => QueueFixture.UntilAsync(() => _here.Next.Taken.Count >= count, $"{count} messages at the next server");
}
