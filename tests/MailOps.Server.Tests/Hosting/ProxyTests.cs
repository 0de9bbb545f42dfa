using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailOps.Server.Tests.Hosting;

/// <summary>A server behind proxies that send the PROXY protocol.</summary>
public sealed class ProxyTests
{
    private const string Header = "PROXY TCP4 192.0.2.7 192.0.2.1 40000 25\r\n";

    [Theory]
    [InlineData(MailProtocol.Smtp, TlsMode.StartTls, "220 ")]
    [InlineData(MailProtocol.Submission, TlsMode.Implicit, "220 ")]
    [InlineData(MailProtocol.Pop3, TlsMode.StartTls, "+OK")]
    [InlineData(MailProtocol.Pop3, TlsMode.Implicit, "+OK")]
    [InlineData(MailProtocol.Imap, TlsMode.StartTls, "* OK")]
    [InlineData(MailProtocol.Imap, TlsMode.Implicit, "* OK")]
    public async Task The_client_is_whom_the_header_names_before_TLS_too(MailProtocol protocol, TlsMode tls, string greeting)
    {
        await using var server = await StartAsync();
        await using var client = await server.ConnectAsync(protocol, tls);
        foreach (var octet in Header)
            await client.SendAsync(octet.ToString());
        if (tls is TlsMode.Implicit)
            await client.SecureAsync();
        Assert.StartsWith(greeting, await client.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal("192.0.2.7:40000", (await server.WaitForAsync<ConnectionOpened>()).Remote!.ToString());
        var introduced = await server.WaitForAsync<ClientIntroduced>();
        Assert.Equal("PROXY", introduced.Method);
        Assert.Equal("127.0.0.1", introduced.By!.Address.ToString());
    }

    [Fact]
    public async Task Behind_the_header_the_session_is_that_of_the_client_it_names()
    {
        await using var server = await StartAsync();
        await using var client = await server.ConnectAsync(MailProtocol.Smtp);
        await client.SendAsync(Header);
        Assert.StartsWith("220 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await client.AskAsync("HELO a"), StringComparison.Ordinal);
        await client.SendAsync("MAIL FROM:<b@example.com>\r\nRCPT TO:<a@example.com>\r\nDATA\r\n");
        for (var i = 0; i < 3; i++)
            await client.ReadReplyAsync();
        await client.SendAsync("x: y\r\n\r\n.\r\nQUIT\r\n");
        Assert.EndsWith("221 Bye\n", await client.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Contains("Received: from a ([192.0.2.7])\r\n", await File.ReadAllTextAsync(Assert.Single(server.InboxFiles("a@example.com"))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("EHLO a\r\n", "what came first is no PROXY header")]
    [InlineData("PROXY TCP4 1 2 3 4\r\n", "an address is not one of TCP4")]
    public async Task A_trusted_address_without_a_header_is_cut_off_without_a_word(string start, string reason)
    {
        await using var server = await StartAsync();
        await using var client = await server.ConnectAsync(MailProtocol.Smtp);
        await client.SendAsync(start);
        Assert.Equal("", await client.ReadToEndAsync());
        Assert.Equal(reason, (await server.WaitForAsync<ProxyHeaderRefused>()).Reason);
        Assert.DoesNotContain(server.Events, happened => happened is ConnectionOpened or ConnectionClosed);
        Assert.Equal(0, server.Server.Counters.OpenConnections);

        await using var next = await server.ConnectAsync(MailProtocol.Smtp);
        await next.SendAsync(Header);
        Assert.StartsWith("220 ", await next.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxy_that_says_nothing_is_cut_off_in_time()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await StartAsync(options => options with { Clock = clock });
        await using var client = await server.ConnectAsync(MailProtocol.Smtp);
        await client.SendAsync("PROXY ");
        for (var i = 0; i < 2000 && !server.Events.Any(happened => happened is ProxyHeaderRefused); i++)
        {
            clock.Advance(TimeSpan.FromSeconds(5));
            await Task.Delay(10);
        }

        Assert.Equal("it did not come in time", (await server.WaitForAsync<ProxyHeaderRefused>()).Reason);
        Assert.Equal("", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task A_proxy_that_says_nothing_does_not_hold_up_the_stop()
    {
        await using var server = await StartAsync();
        await using var client = await server.ConnectAsync(MailProtocol.Smtp);
        await client.SendAsync("PROXY ");
        while (server.Server.Sessions.Count == 0)
            await Task.Delay(10, TestContext.Current.CancellationToken);
        Assert.Equal(1, await server.Server.StopAsync(TimeSpan.FromMilliseconds(200)));
    }

    [Fact]
    public async Task From_others_a_header_is_not_believed()
    {
        await using var server = await StartAsync(options => options with { ProxyFrom = TrustedNetworks.Parse(["192.0.2.0/24"]) });
        await using var client = await server.ConnectAsync(MailProtocol.Smtp);
        Assert.StartsWith("220 ", await client.ReadLineAsync(), StringComparison.Ordinal);
        await client.SendAsync(Header);
        Assert.StartsWith("500 ", await client.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal("127.0.0.1", (await server.WaitForAsync<ConnectionOpened>()).Remote!.Address.ToString());
    }

    [Fact]
    public async Task Limits_count_clients_and_not_the_proxy()
    {
        await using var server = await StartAsync(options => options with { Limits = new ConnectionLimits { MaxConnectionsPerAddress = 1 } });
        await using var first = await server.ConnectAsync(MailProtocol.Smtp);
        await first.SendAsync(Header);
        Assert.StartsWith("220 ", await first.ReadLineAsync(), StringComparison.Ordinal);
        await using var other = await server.ConnectAsync(MailProtocol.Smtp);
        await other.SendAsync(Header.Replace("192.0.2.7", "192.0.2.8", StringComparison.Ordinal));
        Assert.StartsWith("220 ", await other.ReadLineAsync(), StringComparison.Ordinal);
        await using var again = await server.ConnectAsync(MailProtocol.Smtp);
        await again.SendAsync(Header);
        Assert.StartsWith("421 4.3.2 mx.example.com too many connections from your address, at most 1, try again later", await again.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PROXY UNKNOWN\r\n", false)]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\u0021\0\0\0", false)]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\u0020\0\0\0", true)]
    public async Task Who_is_not_known_may_not_do_what_its_proxy_may(string header, bool isProxyItself)
    {
        await using var server = await StartAsync(options => options with { XClientFrom = options.ProxyFrom });
        await using var client = await server.ConnectAsync(MailProtocol.Smtp);
        await client.SendAsync(header);
        await client.ReadReplyAsync();
        var extensions = (await client.AskAsync("EHLO a"))!;
        Assert.Equal(isProxyItself, extensions.Contains("XCLIENT", StringComparison.Ordinal));
        Assert.Equal(isProxyItself, extensions.Contains("AUTH", StringComparison.Ordinal));
        Assert.Equal(isProxyItself, server.Events.OfType<CommandReceived>().First().Remote is not null);
    }

    [Fact]
    public async Task A_client_behind_a_proxy_on_loopback_is_not_on_loopback()
    {
        await using var server = await StartAsync();
        await using var client = await server.ConnectAsync(MailProtocol.Smtp);
        await client.SendAsync(Header);
        await client.ReadReplyAsync();
        // A capturing server takes plain passwords from loopback alone.
        Assert.DoesNotContain("AUTH", await client.AskAsync("EHLO a"), StringComparison.Ordinal);
    }

    private static Task<TestServer> StartAsync(Func<MailServerOptions, MailServerOptions>? configure = null) =>
        TestServer.StartAsync(options =>
        {
            options = options with { ProxyFrom = TrustedNetworks.Parse(["127.0.0.1"]) };
            return configure?.Invoke(options) ?? options;
        });
}
