using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Hosting;

/// <summary>How many connections an address may have at once. A PROXY header names the address.</summary>
public sealed class AddressLimitTests
{
    [Fact]
    public async Task An_address_has_a_hundred_connections_unless_more_are_allowed_and_others_get_in()
    {
        await using var server = await StartAsync(new ConnectionLimits());
        var clients = new List<LineClient>();
        try
        {
            for (var i = 0; i < 100; i++)
            {
                clients.Add(await ConnectAsync(server, MailProtocol.Pop3, "192.0.2.7"));
                Assert.StartsWith("+OK", await clients[^1].ReadLineAsync(), StringComparison.Ordinal);
            }

            await using var again = await ConnectAsync(server, MailProtocol.Imap, "192.0.2.7");
            Assert.Equal("* BYE too many connections from your address, at most 100, try again later", (await again.ReadToEndAsync()).Trim());
            await using var other = await ConnectAsync(server, MailProtocol.Smtp, "192.0.2.8");
            Assert.StartsWith("220 ", await other.ReadLineAsync(), StringComparison.Ordinal);
        }
        finally
        {
            foreach (var client in clients)
                await client.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(MailProtocol.Smtp, "421 4.3.2 mx.example.com too many connections from your address, at most 1, try again later")]
    [InlineData(MailProtocol.Submission, "421 4.3.2 mx.example.com too many connections from your address, at most 1, try again later")]
    [InlineData(MailProtocol.Pop3, "-ERR [SYS/TEMP] mx.example.com too many connections from your address, at most 1, try again later")]
    [InlineData(MailProtocol.Imap, "* BYE too many connections from your address, at most 1, try again later")]
    public async Task Who_has_too_many_is_told_how_many_there_may_be_and_comes_in_when_one_has_gone(MailProtocol protocol, string refusal)
    {
        await using var server = await StartAsync(new ConnectionLimits { MaxConnectionsPerAddress = 1 });
        var first = await ConnectAsync(server, protocol, "192.0.2.7");
        await first.ReadLineAsync();
        await using var second = await ConnectAsync(server, protocol, "192.0.2.7");
        Assert.Equal(refusal, (await second.ReadToEndAsync()).Trim());
        var refused = await server.WaitForAsync<ConnectionRefused>();
        Assert.Equal(("too many connections from your address, at most 1", "192.0.2.7"), (refused.Reason, refused.Remote!.Address.ToString()));
        await first.DisposeAsync();
        await server.WaitForAsync<ConnectionClosed>();
        await using var third = await ConnectAsync(server, protocol, "192.0.2.7");
        Assert.DoesNotContain("too many", await third.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_IPv6_the_64_counts()
    {
        await using var server = await StartAsync(new ConnectionLimits { MaxConnectionsPerAddress = 1 });
        await using var first = await ConnectAsync(server, MailProtocol.Smtp, "2001:db8:1:2::1");
        Assert.StartsWith("220 ", await first.ReadLineAsync(), StringComparison.Ordinal);
        await using var same = await ConnectAsync(server, MailProtocol.Smtp, "2001:db8:1:2:ffff::9");
        Assert.StartsWith("421 ", await same.ReadLineAsync(), StringComparison.Ordinal);
        await using var other = await ConnectAsync(server, MailProtocol.Smtp, "2001:db8:1:3::1");
        Assert.StartsWith("220 ", await other.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clients_that_their_proxy_does_not_know_count_as_one()
    {
        await using var server = await StartAsync(new ConnectionLimits { MaxConnectionsPerAddress = 1 });
        await using var first = await server.ConnectAsync(MailProtocol.Smtp);
        await first.SendAsync("PROXY UNKNOWN\r\n");
        Assert.StartsWith("220 ", await first.ReadLineAsync(), StringComparison.Ordinal);
        await using var second = await server.ConnectAsync(MailProtocol.Smtp);
        await second.SendAsync("PROXY UNKNOWN\r\n");
        Assert.StartsWith("421 ", await second.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("198.51.100.4")]
    public async Task Loopback_and_who_may_use_XCLIENT_are_not_counted(string address)
    {
        await using var server = await StartAsync(new ConnectionLimits { MaxConnectionsPerAddress = 1 }, options => options with { XClientFrom = TrustedNetworks.Parse(["198.51.100.0/24"]) });
        await using var first = await ConnectAsync(server, MailProtocol.Smtp, address);
        Assert.StartsWith("220 ", await first.ReadLineAsync(), StringComparison.Ordinal);
        await using var second = await ConnectAsync(server, MailProtocol.Smtp, address);
        Assert.StartsWith("220 ", await second.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_others_are_exempt_loopback_is_counted_and_an_update_holds_for_who_comes_next()
    {
        var limits = new ConnectionLimits { MaxConnectionsPerAddress = 1, Exempt = TrustedNetworks.Parse(["192.0.2.7"]) };
        await using var server = await StartAsync(limits);
        var counted = await ConnectAsync(server, MailProtocol.Smtp, "127.0.0.1");
        Assert.StartsWith("220 ", await counted.ReadLineAsync(), StringComparison.Ordinal);
        await using var refused = await ConnectAsync(server, MailProtocol.Smtp, "127.0.0.1");
        Assert.StartsWith("421 ", await refused.ReadLineAsync(), StringComparison.Ordinal);

        await server.Server.UpdateAsync(server.Server.Options with { Limits = new ConnectionLimits { MaxConnectionsPerAddress = 1 } });
        var uncounted = await ConnectAsync(server, MailProtocol.Smtp, "127.0.0.1");
        Assert.StartsWith("220 ", await uncounted.ReadLineAsync(), StringComparison.Ordinal);

        // Each goes as it came: counted or not, whatever holds meanwhile.
        await server.Server.UpdateAsync(server.Server.Options with { Limits = limits });
        await uncounted.DisposeAsync();
        await server.WaitForAsync<ConnectionClosed>();
        await using var still = await ConnectAsync(server, MailProtocol.Smtp, "127.0.0.1");
        Assert.StartsWith("421 ", await still.ReadLineAsync(), StringComparison.Ordinal);
        await counted.DisposeAsync();
        while (server.Events.OfType<ConnectionClosed>().Count() < 2)
            await Task.Delay(10, TestContext.Current.CancellationToken);
        await using var next = await ConnectAsync(server, MailProtocol.Smtp, "127.0.0.1");
        Assert.StartsWith("220 ", await next.ReadLineAsync(), StringComparison.Ordinal);
    }

    private static async Task<LineClient> ConnectAsync(TestServer server, MailProtocol protocol, string address)
    {
        var client = await server.ConnectAsync(protocol);
        await client.SendAsync(address.Contains(':', StringComparison.Ordinal) ? $"PROXY TCP6 {address} ::1 40000 25\r\n" : $"PROXY TCP4 {address} 192.0.2.1 40000 25\r\n");
        return client;
    }

    private static Task<TestServer> StartAsync(ConnectionLimits limits, Func<MailServerOptions, MailServerOptions>? configure = null) => TestServer.StartAsync(options =>
    {
        options = options with { Limits = limits, ProxyFrom = TrustedNetworks.Parse(["127.0.0.1"]) };
        return configure?.Invoke(options) ?? options;
    });
}
