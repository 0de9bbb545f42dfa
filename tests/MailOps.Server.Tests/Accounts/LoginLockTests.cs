using System.Net.Sockets;
using System.Text;
using MailOps.Server.Accounts;
using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Tests.Support;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Accounts;

/// <summary>Failed logins of one address or to one account, over every protocol. The clients' addresses come in PROXY headers.</summary>
public sealed class LoginLockTests
{
    private const string Account = "joe@example.com";
    private const string Unknown = "unknown";

    [Theory]
    [InlineData(MailProtocol.Submission, "PLAIN", "454 4.7.0 Too many failed logins, try again later")]
    [InlineData(MailProtocol.Submission, "SCRAM-SHA-256", "454 4.7.0 Too many failed logins, try again later")]
    [InlineData(MailProtocol.Pop3, "PLAIN", "-ERR [SYS/TEMP] Too many failed logins, try again later")]
    [InlineData(MailProtocol.Pop3, "USER", "-ERR [SYS/TEMP] Too many failed logins, try again later")]
    [InlineData(MailProtocol.Imap, "PLAIN", "a NO [UNAVAILABLE] Too many failed logins, try again later")]
    [InlineData(MailProtocol.Imap, "LOGIN", "a NO [UNAVAILABLE] Too many failed logins, try again later")]
    public async Task A_locked_address_is_told_so_whatever_the_password(MailProtocol protocol, string mechanism, string answer)
    {
        await using var server = await StartAsync();
        for (var i = 0; i < 3; i++)
            Assert.DoesNotContain("Too many", await LoginAsync(server, MailProtocol.Imap, "LOGIN", "192.0.2.1", $"nobody{i}", "wrong"), StringComparison.Ordinal);

        Assert.Equal(answer, await LoginAsync(server, protocol, mechanism, "192.0.2.1", "joe", "right"));
        Assert.DoesNotContain("Too many", await LoginAsync(server, protocol, mechanism is "SCRAM-SHA-256" ? "PLAIN" : mechanism, "192.0.2.2", "joe", "right"), StringComparison.Ordinal);

        var locked = Assert.Single(server.Events.OfType<LoginsLocked>());
        Assert.Equal(("192.0.2.1", null, TimeSpan.FromMinutes(15)), (locked.Network, locked.Account, locked.LockTime));
        Assert.Single(server.Events.OfType<LoginRefused>());
        Assert.Equal(3, server.Events.OfType<LoginFailed>().Count());
    }

    [Theory]
    [InlineData(MailProtocol.Pop3, "USER")]
    [InlineData(MailProtocol.Imap, "LOGIN")]
    [InlineData(MailProtocol.Submission, "PLAIN")]
    public async Task Logins_at_the_same_time_are_not_more_tries(MailProtocol protocol, string mechanism)
    {
        await using var server = await StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 30).Select(i => LoginAsync(server, protocol, mechanism, "192.0.2.1", $"nobody{i}", "wrong")));
        Assert.Equal(3, server.Events.OfType<LoginFailed>().Count());
        Assert.Equal(27, server.Events.OfType<LoginRefused>().Count());
        Assert.Single(server.Events.OfType<LoginsLocked>());
    }

    [Fact]
    public async Task An_account_is_locked_however_its_name_is_written_and_from_wherever_it_was_tried()
    {
        await using var server = await StartAsync();
        Assert.StartsWith("a OK", await LoginAsync(server, MailProtocol.Imap, "LOGIN", "192.0.2.200", "joe", "right"), StringComparison.Ordinal);
        var names = new[] { "joe", "JOE", "Joe@Example.COM", "joe@example.com", "joe" };
        for (var i = 0; i < 5; i++)
            await LoginAsync(server, MailProtocol.Pop3, i % 2 == 0 ? "USER" : "PLAIN", $"192.0.2.{i + 1}", names[i], "wrong");

        // Right or wrong, by the password itself or by a proof: nothing tells the two apart.
        foreach (var password in new[] { "right", "wrong" })
        {
            foreach (var mechanism in new[] { "PLAIN", "LOGIN", "SCRAM-SHA-256" })
                Assert.Equal("a NO [UNAVAILABLE] Too many failed logins, try again later", await LoginAsync(server, MailProtocol.Imap, mechanism, "192.0.2.100", "joe", password));
        }

        // From where it was logged in to before it still is.
        Assert.StartsWith("a OK", await LoginAsync(server, MailProtocol.Imap, "LOGIN", "192.0.2.200", "joe", "right"), StringComparison.Ordinal);
        Assert.Equal(Account, Assert.Single(server.Events.OfType<LoginsLocked>()).Account);
    }

    [Fact]
    public async Task An_account_that_does_not_exist_is_locked_in_the_same_way()
    {
        await using var server = await StartAsync();
        for (var i = 0; i < 5; i++)
            await LoginAsync(server, MailProtocol.Imap, "LOGIN", $"192.0.2.{i + 1}", "ghost", "wrong");
        Assert.Contains("Too many", await LoginAsync(server, MailProtocol.Imap, "LOGIN", "192.0.2.100", "ghost", "wrong"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task IPv6_is_locked_by_the_64()
    {
        await using var server = await StartAsync();
        for (var i = 0; i < 3; i++)
            await LoginAsync(server, MailProtocol.Imap, "LOGIN", $"2001:db8:0:1:{i:x}::1", $"nobody{i}", "wrong");
        Assert.Contains("Too many", await LoginAsync(server, MailProtocol.Imap, "LOGIN", "2001:db8:0:1:ffff::", "joe", "right"), StringComparison.Ordinal);
        Assert.StartsWith("a OK", await LoginAsync(server, MailProtocol.Imap, "LOGIN", "2001:db8:0:2::1", "joe", "right"), StringComparison.Ordinal);
        Assert.Equal("2001:db8:0:1::/64", Assert.Single(server.Events.OfType<LoginsLocked>()).Network);
    }

    [Fact]
    public async Task Who_is_exempt_is_never_locked()
    {
        await using var server = await StartAsync(limits => limits with { Exempt = TrustedNetworks.Parse(["192.0.2.0/24"]) });
        for (var i = 0; i < 8; i++)
            await LoginAsync(server, MailProtocol.Imap, "LOGIN", "192.0.2.1", "joe", "wrong");
        Assert.StartsWith("a OK", await LoginAsync(server, MailProtocol.Imap, "LOGIN", "192.0.2.1", "joe", "right"), StringComparison.Ordinal);
        Assert.Empty(server.Events.OfType<LoginsLocked>());
    }

    [Theory]
    [InlineData(MailProtocol.Imap, "LOGIN")]
    [InlineData(MailProtocol.Pop3, "USER")]
    [InlineData(MailProtocol.Submission, "PLAIN")]
    public async Task Who_comes_from_an_address_that_its_proxy_does_not_know_is_counted_by_account(MailProtocol protocol, string mechanism)
    {
        await using var server = await StartAsync();
        for (var i = 0; i < 4; i++)
            Assert.DoesNotContain("Too many", await LoginAsync(server, protocol, mechanism, Unknown, "joe", "wrong"), StringComparison.Ordinal);
        // A success forgives the failures of the account, as one from elsewhere does.
        Assert.DoesNotContain("Too many", await LoginAsync(server, protocol, mechanism, Unknown, "joe", "right"), StringComparison.Ordinal);
        for (var i = 0; i < 5; i++)
            Assert.DoesNotContain("Too many", await LoginAsync(server, protocol, mechanism, Unknown, "joe", "wrong"), StringComparison.Ordinal);

        // All who are unknown are not one address: the lock is the account's, and that they were let in before says nothing of who comes now.
        Assert.Contains("Too many", await LoginAsync(server, protocol, mechanism, Unknown, "joe", "right"), StringComparison.Ordinal);
        Assert.DoesNotContain("Too many", await LoginAsync(server, protocol, mechanism, Unknown, "ghost", "wrong"), StringComparison.Ordinal);
        var locked = Assert.Single(server.Events.OfType<LoginsLocked>());
        Assert.Equal((null, Account), (locked.Network, locked.Account));
    }

    [Fact]
    public async Task Who_is_introduced_by_XCLIENT_without_an_address_is_counted_by_account()
    {
        await using var server = await StartAsync();
        for (var i = 0; i <= 5; i++)
        {
            await using var client = await ConnectAsync(server, MailProtocol.Submission, "127.0.0.1");
            Assert.StartsWith("220 ", await client.AskAsync("XCLIENT ADDR=[UNAVAILABLE]"), StringComparison.Ordinal);
            await client.AskAsync("EHLO client.example.com");
            var answer = await client.AskAsync("AUTH PLAIN " + Convert.ToBase64String(Encoding.ASCII.GetBytes($"\0joe\0{(i < 5 ? "wrong" : "right")}")));
            Assert.StartsWith(i < 5 ? "535 " : "454 ", answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Over_a_Unix_socket_this_machine_is_exempt_until_it_speaks_for_others()
    {
        var path = Path.Combine(Path.GetTempPath(), $"mailops-{Guid.NewGuid():N}");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        try
        {
            listener.Listen();
            await client.ConnectAsync(new UnixDomainSocketEndPoint(path));
            await using var connection = new ServerConnection("1", "lmtp", await listener.AcceptAsync(), new ServerTls(TestCertificate.Localhost), new ServerEvents(), TimeProvider.System);
            var guard = new LoginGuard(new LoginLimits { FailuresPerAccount = 1 }, "example.com", TimeProvider.System);
            Assert.Equal(0, guard.Fail(connection, "joe"));
            Assert.False(guard.IsLocked(connection, "joe"));
            var strict = new LoginGuard(new LoginLimits { FailuresPerAddress = 1, Exempt = TrustedNetworks.None }, "example.com", TimeProvider.System);
            Assert.Equal(1, strict.Fail(connection, "joe"));
            Assert.True(strict.IsLocked(connection, "ann"));

            connection.Introduce(null, "XCLIENT");
            Assert.Equal(1, guard.Fail(connection, "joe"));
            Assert.True(guard.IsLocked(connection, "joe"));
            Assert.False(guard.IsLocked(connection, "ann"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task A_client_that_goes_on_while_it_is_locked_is_cut_off()
    {
        await using var server = await StartAsync();
        for (var i = 0; i < 3; i++)
            await LoginAsync(server, MailProtocol.Imap, "LOGIN", "192.0.2.1", $"nobody{i}", "wrong");
        await using var client = await ConnectAsync(server, MailProtocol.Submission, "192.0.2.1");
        var login = "AUTH PLAIN " + Convert.ToBase64String("\0joe\0right"u8);
        for (var i = 0; i < 100; i++)
        {
            if (await client.AskAsync(login) is { } reply && reply.StartsWith("454", StringComparison.Ordinal))
                continue;
            Assert.True(i > 0);
            return;
        }

        Assert.Fail("A hundred tries were answered.");
    }

    [Theory]
    [InlineData(-1, 1, 1)]
    [InlineData(1, -1, 1)]
    [InlineData(1, 1, 0)]
    public async Task Limits_that_are_none_are_refused(int perAddress, int perAccount, int minutes)
    {
        var limits = new LoginLimits { FailuresPerAddress = perAddress, FailuresPerAccount = perAccount, LockTime = TimeSpan.FromMinutes(minutes) };
        var thrown = await Assert.ThrowsAsync<MailServerException>(() => TestServer.StartAsync(options => options with { Authentication = new AuthenticationOptions { Limits = limits } }));
        Assert.Equal(MailServerFault.InvalidOptions, thrown.Fault);
        Assert.Contains("to lock nobody", thrown.Message, StringComparison.Ordinal);
    }

    private static async Task<TestServer> StartAsync(Func<LoginLimits, LoginLimits>? change = null)
    {
        var limits = new LoginLimits { FailuresPerAddress = 3, FailuresPerAccount = 5 };
        var server = await TestServer.StartAsync(options => options with
        {
            Capture = false,
            ProxyFrom = TrustedNetworks.Loopback,
            XClientFrom = TrustedNetworks.Loopback,
            Authentication = new AuthenticationOptions
            {
                AllowPlaintextLogin = true,
                FailureDelay = TimeSpan.Zero,
                MaxFailureDelay = TimeSpan.Zero,
                Limits = change?.Invoke(limits) ?? limits,
            },
        });
        await new AccountRegister(server.StorePath).AddAsync(Account, AccountSecret.FromPassword("right", AccountSecret.DefaultScheme, scramKeys: true), default);
        return server;
    }

    private static async Task<LineClient> ConnectAsync(TestServer server, MailProtocol protocol, string from)
    {
        var client = await server.ConnectAsync(protocol);
        await client.SendAsync(from == Unknown ? "PROXY UNKNOWN\r\n" : $"PROXY TCP{(from.Contains(':', StringComparison.Ordinal) ? "6" : "4")} {from} {(from.Contains(':', StringComparison.Ordinal) ? "::1" : "127.0.0.1")} 40000 25\r\n");
        await client.ReadReplyAsync();
        if (protocol == MailProtocol.Submission)
            await client.AskAsync("EHLO client.example.com");
        return client;
    }

    /// <summary>The last answer to a login.</summary>
    private static async Task<string> LoginAsync(TestServer server, MailProtocol protocol, string mechanism, string from, string user, string password)
    {
        await using var client = await ConnectAsync(server, protocol, from);
        if (mechanism == "USER")
        {
            await client.AskAsync($"USER {user}");
            return (await client.AskAsync($"PASS {password}"))!;
        }

        if (mechanism == "LOGIN" && protocol == MailProtocol.Imap)
        {
            var answer = await client.AskAsync($"a LOGIN {user} {password}");
            return answer!;
        }

        var sasl = Sasl.SaslMechanisms.CreateClient(mechanism, user, password)!;
        var said = await client.AskAsync((protocol == MailProtocol.Imap ? "a AUTHENTICATE " : "AUTH ") + mechanism + " " + Convert.ToBase64String(sasl.InitialResponse!.Value.Span));
        while (said!.StartsWith("334 ", StringComparison.Ordinal) || said.StartsWith("+ ", StringComparison.Ordinal))
            said = await client.AskAsync(Convert.ToBase64String((await sasl.StepAsync(Convert.FromBase64String(said[(said.IndexOf(' ', StringComparison.Ordinal) + 1)..]), default)).Span));
        return said;
    }
}
