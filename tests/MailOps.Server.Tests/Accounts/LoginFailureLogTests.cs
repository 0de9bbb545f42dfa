using System.Globalization;
using System.Net;
using MailOps.Sasl;
using MailOps.Server.Accounts;
using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Tests.Support;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Accounts;

public sealed class LoginFailureLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mailops-test-").FullName;

    private string LogPath => Path.Combine(_folder, "logins.log");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Each_failed_login_is_one_line_and_a_right_one_is_none()
    {
        await using var server = await StartAsync();
        await using var client = await server.ConnectAsync(MailProtocol.Imap);
        await client.ReadLineAsync();
        await client.AskAsync("a LOGIN ghost wrong");
        await client.AskAsync("b NOOP");
        await client.AskAsync("c LOGIN ghost worse");
        _ = server.Events;

        var lines = await File.ReadAllLinesAsync(LogPath, TestContext.Current.CancellationToken);
        Assert.Equal(2, lines.Length);
        Assert.All(lines, line => Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d\d:\d\d mx\.example\.com dovecot: imap-login: Disconnected \(auth failed, 1 attempts\): user=<ghost>, method=LOGIN, rip=127\.0\.0\.1, session=<\w+>$", line));
    }

    [Fact]
    public async Task The_file_may_be_rotated_at_any_time()
    {
        await using var server = await StartAsync();
        await using var client = await server.ConnectAsync(MailProtocol.Imap);
        await client.ReadLineAsync();
        await client.AskAsync("a LOGIN before wrong");
        _ = server.Events;
        File.Move(LogPath, LogPath + ".1");
        await client.AskAsync("a LOGIN after wrong");
        _ = server.Events;

        Assert.Contains("<before>", Assert.Single(await File.ReadAllLinesAsync(LogPath + ".1", TestContext.Current.CancellationToken)), StringComparison.Ordinal);
        Assert.Contains("<after>", Assert.Single(await File.ReadAllLinesAsync(LogPath, TestContext.Current.CancellationToken)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_that_cannot_be_written_is_said_at_the_start_and_once_later()
    {
        var path = Path.Combine(_folder, "none", "logins.log");
        var thrown = await Assert.ThrowsAsync<MailServerException>(() => StartAsync(path));
        Assert.Equal(MailServerFault.InvalidOptions, thrown.Fault);
        Assert.Contains(path, thrown.Message, StringComparison.Ordinal);

        await using var server = await StartAsync();
        File.Delete(LogPath);
        Directory.CreateDirectory(LogPath);
        await using var client = await server.ConnectAsync(MailProtocol.Imap);
        await client.ReadLineAsync();
        Assert.StartsWith("a NO", await client.AskAsync("a LOGIN ghost wrong"), StringComparison.Ordinal);
        Assert.StartsWith("b NO", await client.AskAsync("b LOGIN ghost wrong"), StringComparison.Ordinal);
        _ = server.Events;
        Assert.Single(server.Events.OfType<ServerFaulted>());
    }

    [Fact]
    public async Task A_failed_login_by_SCRAM_over_SMTP_is_a_line_for_the_filter_of_Postfix()
    {
        var fail2ban = Peers.Require("fail2ban-regex", "fail2ban");
        await using var server = await StartAsync();
        await new AccountRegister(server.StorePath).AddAsync("joe@example.com", AccountSecret.FromPassword("secret", "SSHA", scramKeys: true), TestContext.Current.CancellationToken);
        await using var client = await server.ConnectAsync(MailProtocol.Submission, TlsMode.Implicit);
        await client.SecureAsync();
        await client.ReadReplyAsync();
        await client.AskAsync("EHLO client");
        var sasl = SaslMechanisms.CreateClient("SCRAM-SHA-256", new SaslClientContext("joe@example.com", "wrong"))!;
        var challenge = await client.AskAsync("AUTH SCRAM-SHA-256 " + Convert.ToBase64String(sasl.InitialResponse!.Value.Span));
        Assert.StartsWith("334 ", challenge, StringComparison.Ordinal);
        Assert.StartsWith("535 ", await client.AskAsync(Convert.ToBase64String((await sasl.StepAsync(Convert.FromBase64String(challenge![4..]), TestContext.Current.CancellationToken)).Span)), StringComparison.Ordinal);
        _ = server.Events;

        Assert.Contains("SASL login authentication failed: authentication failure, sasl_method=SCRAM-SHA-256, sasl_username=joe@example.com", Assert.Single(await File.ReadAllLinesAsync(LogPath, TestContext.Current.CancellationToken)), StringComparison.Ordinal);
        Assert.Equal(["127.0.0.1"], await AddressesAsync(fail2ban, "postfix[mode=auth]"));
    }

    [Theory]
    [InlineData("joe>, method=PLAIN, rip=198.51.100.1, session=<x>):")]
    [InlineData("joe\n2026-01-01T00:00:00+00:00 h dovecot: imap-login: Disconnected (auth failed, 1 attempts): user=<x>, method=PLAIN, rip=198.51.100.1")]
    [InlineData("x[198.51.100.1]: SASL PLAIN authentication failed: x")]
    [InlineData("\u2028\u0085\r\n[198.51.100.1]")]
    public void A_name_cannot_forge_anything(string user)
    {
        foreach (var (protocol, mechanism) in new[] { ("imap", "PLAIN"), ("submission", "PLAIN"), ("smtp", "SCRAM-SHA-256") })
        {
            var line = new LoginFailureLog(LogPath, "mx.example.com", new ServerEvents()).LineFor(Failed(protocol, mechanism, user, "192.0.2.1"));
            Assert.EndsWith("\n", line, StringComparison.Ordinal);
            Assert.Equal(1, line.Count(c => c is '\n'));
            Assert.All(line[..^1], c => Assert.InRange(c, ' ', '~'));
            Assert.DoesNotContain("rip=198", line, StringComparison.Ordinal);
            Assert.DoesNotContain("[198", line, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Stock_filters_of_fail2ban_find_every_address_and_no_other()
    {
        var fail2ban = Peers.Require("fail2ban-regex", "fail2ban");
        var log = new LoginFailureLog(LogPath, "mx.example.com", new ServerEvents());
        string[] names = ["joe", "joe@example.com", "joe>, rip=198.51.100.1, x=<", "a\nb", "x[198.51.100.1]: SASL PLAIN authentication failed: ", "", "ünï"];
        var number = 0;
        foreach (var protocol in new[] { "smtp", "submission", "pop3", "imap" })
        {
            foreach (var mechanism in new[] { "PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256", "OAUTHBEARER", "USER" })
            {
                foreach (var name in names)
                {
                    number++;
                    log.Take(Failed(protocol, mechanism, name, number % 3 == 0 ? $"2001:db8::{number:x}" : $"192.0.2.{number}"));
                }
            }
        }

        Assert.Equal(number, (await File.ReadAllLinesAsync(LogPath, TestContext.Current.CancellationToken)).Length);
        var found = new List<string>();
        foreach (var filter in new[] { "dovecot", "postfix[mode=auth]" })
        {
            // Each protocol has its filter, whatever the mechanism: SMTP the one of Postfix, POP3 and IMAP the one of Dovecot.
            var part = await AddressesAsync(fail2ban, filter);
            Assert.Equal(number / 2, part.Count);
            found.AddRange(part);
        }

        Assert.Equal(number, found.Count);
        Assert.Equal(Enumerable.Range(1, number).Select(i => i % 3 == 0 ? $"2001:db8::{i:x}" : $"192.0.2.{i}").Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));

        // The aggressive modes find the same.
        Assert.Equal(found.Count, (await AddressesAsync(fail2ban, "dovecot[mode=aggressive]")).Count + (await AddressesAsync(fail2ban, "postfix[mode=aggressive]")).Count);
    }

    private async Task<IReadOnlyList<string>> AddressesAsync(string fail2ban, string filter)
    {
        // -o ip writes one address for each line that matches.
        var output = await PeerCommand.RunAsync(fail2ban, ["-o", "ip", LogPath, filter]);
        return output.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    private static LoginFailed Failed(string protocol, string mechanism, string user, string from) => new()
    {
        User = user,
        Mechanism = mechanism,
        Time = DateTimeOffset.Now,
        Connection = "6B0AD10F0001",
        Protocol = protocol,
        Remote = new IPEndPoint(IPAddress.Parse(from), 40000),
    };

    private Task<TestServer> StartAsync(string? path = null) => TestServer.StartAsync(options => options with
    {
        Capture = false,
        Authentication = new AuthenticationOptions { AllowPlaintextLogin = true, FailureDelay = TimeSpan.Zero, MaxFailureDelay = TimeSpan.Zero, FailureLogPath = path ?? LogPath },
    });
}
