using System.Security.Cryptography;
using System.Text;
using MailOps.Server.Accounts;
using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Pop3;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Pop3;

/// <summary>APOP, LOGIN-DELAY, UTF8, LANG, formats of unique ids, and commands that are injected before TLS.</summary>
public sealed class Pop3ExtensionTests
{
    private const string Account = "ann@example.com";

    [Fact]
    public async Task APOP_takes_the_digest_of_this_greeting_and_of_no_other_RFC1939_7()
    {
        await using var server = await StartAsync();
        await new AccountRegister(server.StorePath).AddAsync(Account, AccountSecret.FromHash("{PLAIN}tanstaaf ä"), default);
        await using var client = await server.ConnectAsync(MailProtocol.Pop3);
        var stamp = Timestamp(await client.ReadLineAsync());
        Assert.Matches("^<[0-9A-F]{32}\\.[0-9]+@mx\\.example\\.com>$", stamp);

        await using var other = await server.ConnectAsync(MailProtocol.Pop3);
        var otherStamp = Timestamp(await other.ReadLineAsync());
        Assert.NotEqual(stamp, otherStamp, StringComparer.Ordinal);

        Assert.StartsWith("-ERR [AUTH]", await client.AskAsync(Apop("ann", otherStamp, "tanstaaf ä")), StringComparison.Ordinal);
        Assert.StartsWith("-ERR [AUTH]", await client.AskAsync(Apop("ann", stamp, "wrong")), StringComparison.Ordinal);
        Assert.StartsWith("-ERR [AUTH]", await client.AskAsync(Apop("nobody", stamp, stamp)), StringComparison.Ordinal);
        foreach (var bad in new[] { "APOP", "APOP ann", "APOP ann 12", $"APOP ann {new string('g', 32)}", $"APOP ann {new string('a', 32)} x" })
            Assert.Equal("-ERR Syntax: APOP name digest", await client.AskAsync(bad));
        Assert.StartsWith("+OK 0 messages", await client.AskAsync(Apop("ann", stamp, "tanstaaf ä")), StringComparison.Ordinal);
        Assert.StartsWith("-ERR Already", await client.AskAsync(Apop("ann", stamp, "tanstaaf ä")), StringComparison.Ordinal);
        Assert.Equal("APOP", (await server.WaitForAsync<LoginSucceeded>()).Mechanism);
    }

    [Fact]
    public async Task APOP_is_not_offered_where_some_password_is_only_a_hash()
    {
        await using var server = await StartAsync();
        var register = new AccountRegister(server.StorePath);
        await register.AddAsync(Account, AccountSecret.FromHash("{PLAIN}secret"), default);
        await register.AddAsync("bob@example.com", AccountSecret.FromPassword("x", "SSHA", scramKeys: true), default);
        await using var client = await server.ConnectAsync(MailProtocol.Pop3);
        Assert.DoesNotContain("<", await client.ReadLineAsync(), StringComparison.Ordinal);
        Assert.StartsWith("-ERR APOP is not available", await client.AskAsync(Apop("ann", "", "secret")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_account_that_comes_back_too_soon_is_refused_and_another_is_not_RFC2449_6_5()
    {
        await using var server = await TestServer.StartAsync(options => options with { Pop3 = options.Pop3 with { LoginDelay = TimeSpan.FromHours(1) } });
        await using (var first = await LoginAsync(server, Account))
        {
            await first.AskAsync("CAPA");
            Assert.Contains("LOGIN-DELAY 3600", await first.ReadToDotAsync());
            Assert.StartsWith("+OK", await first.AskAsync("QUIT"), StringComparison.Ordinal);
        }

        await server.WaitForAsync<ConnectionClosed>();
        await using var second = await server.ConnectAsync(MailProtocol.Pop3);
        await second.ReadLineAsync();
        await second.AskAsync("USER " + Account);
        Assert.StartsWith("-ERR [LOGIN-DELAY] ", await second.AskAsync("PASS x"), StringComparison.Ordinal);
        // Refused, not held: the session may take another account, and the maildrop is free.
        await second.AskAsync("USER bob@example.com");
        Assert.StartsWith("+OK 0 messages", await second.AskAsync("PASS x"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_login_after_the_delay_counts_anew()
    {
        var clock = new SettableClock();
        var delays = new LoginDelays(clock);
        var minute = TimeSpan.FromMinutes(1);
        Assert.True(delays.TryPass("ann", minute));
        clock.Advance(TimeSpan.FromSeconds(59));
        Assert.False(delays.TryPass("ann", minute));
        Assert.True(delays.TryPass("bob", minute));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(delays.TryPass("ann", minute));
        Assert.False(delays.TryPass("ann", minute));
        Assert.True(delays.TryPass("ann", TimeSpan.Zero));
    }

    [Fact]
    public async Task UTF8_comes_before_the_login_and_after_STLS_RFC6856_2()
    {
        await using var server = await TestServer.StartAsync();
        await using var client = await server.ConnectAsync(MailProtocol.Pop3);
        await client.ReadLineAsync();
        await client.AskAsync("CAPA");
        var capabilities = await client.ReadToDotAsync();
        Assert.Contains("UTF8 USER", capabilities);
        Assert.Contains("LANG", capabilities);
        Assert.StartsWith("-ERR Syntax", await client.AskAsync("UTF8 now"), StringComparison.Ordinal);
        Assert.StartsWith("+OK", await client.AskAsync("UTF8"), StringComparison.Ordinal);
        Assert.Equal("-ERR STLS comes before UTF8", await client.AskAsync("STLS"));
        Assert.StartsWith("+OK", await client.AskAsync("USER änn@example.com"), StringComparison.Ordinal);
        Assert.StartsWith("+OK 0 messages", await client.AskAsync("PASS ü"), StringComparison.Ordinal);
        Assert.StartsWith("-ERR Already", await client.AskAsync("UTF8"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("LANG *", "+OK en ")]
    [InlineData("LANG en", "+OK en ")]
    [InlineData("lang EN-gb", "+OK en ")]
    [InlineData("LANG de", "-ERR There is no such language")]
    [InlineData("LANG english", "-ERR There is no such language")]
    [InlineData("LANG en de", "-ERR Syntax: LANG")]
    public async Task LANG_has_English_in_every_state_RFC6856_3(string command, string expected)
    {
        await using var server = await TestServer.StartAsync();
        await using var client = await server.ConnectAsync(MailProtocol.Pop3);
        await client.ReadLineAsync();
        Assert.StartsWith(expected, await client.AskAsync(command), StringComparison.Ordinal);
        await client.AskAsync("USER " + Account);
        await client.AskAsync("PASS x");
        Assert.StartsWith(expected, await client.AskAsync(command), StringComparison.Ordinal);
        Assert.StartsWith("+OK", await client.AskAsync("LANG"), StringComparison.Ordinal);
        Assert.Equal(["en English"], await client.ReadToDotAsync());
    }

    [Fact]
    public async Task Unique_ids_have_the_format_that_is_asked_for()
    {
        await using var server = await TestServer.StartAsync(options => options with { Pop3 = options.Pop3 with { UidlFormat = UidlFormat.Parse("Courier0") } });
        var folder = Directory.CreateDirectory(Path.Combine(server.StorePath, "mail", "example.com", "ann", "new"));
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "1700000000.M1P1.host"), "Subject: x\n\nx\n");
        await using var client = await LoginAsync(server, Account);
        Assert.Equal("+OK 1 1700000000.M1P1.host", await client.AskAsync("UIDL 1"));
    }

    // CVE-2011-0411: what comes in the clear behind STLS is not run as if it had come under TLS, however it is cut up.
    [Theory]
    [InlineData("STLS\r\nUSER ann@example.com\r\n")]
    [InlineData("STLS\r\nCAPA\r\n")]
    [InlineData("STLS\r\n\r\n")]
    [InlineData("STLS\r\nU")]
    [InlineData("STLS\nQUIT\n")]
    [InlineData("CAPA\r\nSTLS\r\nAUTH PLAIN AGFubgB4\r\n")]
    public async Task Whatever_is_injected_behind_STLS_ends_the_session_and_is_not_run(string octets)
    {
        await using var server = await TestServer.StartAsync();
        await using var client = await server.ConnectAsync(MailProtocol.Pop3);
        await client.ReadLineAsync();
        await client.SendAsync(octets);
        var said = await client.ReadToEndAsync();
        Assert.EndsWith("-ERR Octets received after STLS and before the handshake, closing connection\n", said, StringComparison.Ordinal);
        Assert.DoesNotContain("Send PASS", said, StringComparison.Ordinal);
        Assert.Empty(server.Events.OfType<LoginSucceeded>());
        Assert.DoesNotContain(server.Events.OfType<CommandReceived>(), one => one.Command is "USER" or "AUTH" or "QUIT");
    }

    [Fact]
    public async Task A_name_that_was_given_in_the_clear_is_forgotten_under_TLS_RFC2595_4()
    {
        await using var server = await TestServer.StartAsync();
        await using var client = await server.ConnectAsync(MailProtocol.Pop3);
        await client.ReadLineAsync();
        await client.AskAsync("USER " + Account);
        Assert.StartsWith("+OK", await client.AskAsync("STLS"), StringComparison.Ordinal);
        await client.SecureAsync();
        Assert.Equal("-ERR Send USER first", await client.AskAsync("PASS x"));
    }

    // Commands that follow a login in the same packet are run after it, and only if it was one.
    [Fact]
    public async Task Commands_that_are_pipelined_behind_a_login_that_fails_are_refused_one_by_one()
    {
        await using var server = await StartAsync();
        await new AccountRegister(server.StorePath).AddAsync(Account, AccountSecret.FromPassword("one", "SSHA", scramKeys: true), default);
        await using var client = await server.ConnectAsync(MailProtocol.Pop3, TlsMode.Implicit);
        await client.SecureAsync();
        await client.ReadLineAsync();
        await client.SendAsync("USER ann\r\nPASS two\r\nDELE 1\r\nSTAT\r\nAUTH PLAIN\r\n*\r\nUSER ann\r\nPASS one\r\nSTAT\r\nQUIT\r\n");
        string[] expected = ["+OK Send PASS", "-ERR [AUTH]", "-ERR Log in first", "-ERR Log in first", "+ ", "-ERR Authentication cancelled", "+OK Send PASS", "+OK 0 messages", "+OK 0 0", "+OK Bye"];
        foreach (var start in expected)
            Assert.StartsWith(start, await client.ReadLineAsync(), StringComparison.Ordinal);
    }

    private static Task<TestServer> StartAsync() =>
        TestServer.StartAsync(options => options with { Capture = false, Authentication = new AuthenticationOptions { FailureDelay = TimeSpan.Zero } });

    private static async Task<LineClient> LoginAsync(TestServer server, string account)
    {
        var client = await server.ConnectAsync(MailProtocol.Pop3);
        await client.ReadLineAsync();
        await client.AskAsync("USER " + account);
        Assert.StartsWith("+OK", await client.AskAsync("PASS x"), StringComparison.Ordinal);
        return client;
    }

    private static string Timestamp(string? greeting) => greeting is null ? "" : greeting[greeting.IndexOf('<', StringComparison.Ordinal)..];

#pragma warning disable CA5351 // The command is defined with MD5.
    private static string Apop(string user, string timestamp, string password) =>
        $"APOP {user} {Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(timestamp + password)))}";
#pragma warning restore CA5351

    private sealed class SettableClock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Advance(TimeSpan by) => _now += by.Ticks;
    }
}
