using System.Net;
using System.Net.Sockets;
using MailOps.Maildir;
using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Tests.Support;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Hosting;

/// <summary>Other options for a server that runs.</summary>
public sealed class UpdateTests
{
    [Fact]
    public async Task Sessions_go_on_and_the_next_ones_have_the_new_options()
    {
        await using var server = await TestServer.StartAsync();
        await using var before = await server.ConnectAsync(MailProtocol.Smtp);
        Assert.StartsWith("220 mx.example.com", await before.ReadLineAsync(), StringComparison.Ordinal);
        var endpoints = server.Server.Endpoints;
        await server.Server.UpdateAsync(server.Server.Options with { HostName = "other.example.com", MaxMessageSize = 2048 });
        Assert.Equal(endpoints, server.Server.Endpoints);

        await before.SendAsync("EHLO client\r\n");
        Assert.Contains("250-SIZE 52428800", await before.ReadReplyAsync(), StringComparison.Ordinal);
        await using var after = await server.ConnectAsync(MailProtocol.Smtp);
        Assert.StartsWith("220 other.example.com", await after.ReadLineAsync(), StringComparison.Ordinal);
        await after.SendAsync("EHLO client\r\n");
        Assert.Contains("250-SIZE 2048", await after.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Single(server.Events.OfType<ServerUpdated>());
    }

    [Fact]
    public async Task Endpoints_come_and_go_and_those_that_stay_keep_their_clients()
    {
        var (smtp, imap) = (FreePort.Next(), FreePort.Next());
        await using var server = await TestServer.StartAsync(options => options with
        {
            Endpoints = [On(MailProtocol.Smtp, smtp), On(MailProtocol.Imap, imap), On(MailProtocol.Pop3, 0)],
        });
        await using var staying = await server.ConnectAsync(MailProtocol.Imap);
        await staying.ReadLineAsync();
        var asked = server.Server.Options.Endpoints;
        await server.Server.UpdateAsync(server.Server.Options with { Endpoints = [.. asked.Where(endpoint => endpoint.Protocol is MailProtocol.Pop3)] });
        Assert.All(server.Server.Endpoints, endpoint => Assert.Equal(MailProtocol.Pop3, endpoint.Protocol));
        await Assert.ThrowsAsync<SocketException>(() => LineClient.ConnectAsync(smtp));
        Assert.StartsWith("a OK", await staying.AskAsync("a NOOP"), StringComparison.Ordinal);

        // The same port, with TLS before the greeting now.
        await server.Server.UpdateAsync(server.Server.Options with { Endpoints = [new MailEndpoint(MailProtocol.Imap, TlsMode.Implicit, IPAddress.Loopback, imap)] });
        Assert.Equal([new MailEndpoint(MailProtocol.Imap, TlsMode.Implicit, IPAddress.Loopback, imap)], server.Server.Endpoints);
        await server.Server.UpdateAsync(server.Server.Options with { Endpoints = [new MailEndpoint(MailProtocol.Smtp, TlsMode.StartTls, IPAddress.Loopback, imap)] });
        await using var client = await LineClient.ConnectAsync(imap);
        Assert.StartsWith("220 ", await client.ReadLineAsync(), StringComparison.Ordinal);

        static MailEndpoint On(MailProtocol protocol, int port) => new(protocol, TlsMode.StartTls, IPAddress.Loopback, port);
    }

    [Fact]
    public async Task Every_address_of_IPv4_and_every_one_of_IPv6_are_two_listeners_on_one_port()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "IPv6");
        await using var server = await TestServer.StartAsync();
        var port = FreePort.Next();
        var (four, six) = (At(MailProtocol.Imap, IPAddress.Any), At(MailProtocol.Pop3, IPAddress.IPv6Any));

        // In either order, from one to two and back: what a listener takes depends on who is beside it.
        foreach (MailEndpoint[] endpoints in new MailEndpoint[][] { [four, six], [six], [six, four], [four], [six with { Protocol = MailProtocol.Imap }] })
        {
            await server.Server.UpdateAsync(server.Server.Options with { Endpoints = endpoints });
            var hasFour = endpoints.Contains(four);
            var hasSix = endpoints.Any(endpoint => endpoint.Address.Equals(IPAddress.IPv6Any));
            Assert.Equal(hasFour ? "* OK" : endpoints[0].Protocol is MailProtocol.Imap ? "* OK" : "+OK ", await GreetingAsync(IPAddress.Loopback));
            if (hasSix)
                Assert.Equal(endpoints.Any(endpoint => endpoint.Protocol is MailProtocol.Pop3) ? "+OK " : "* OK", await GreetingAsync(IPAddress.IPv6Loopback));
            else
                await Assert.ThrowsAsync<SocketException>(() => GreetingAsync(IPAddress.IPv6Loopback));
        }

        MailEndpoint At(MailProtocol protocol, IPAddress address) => new(protocol, TlsMode.StartTls, address, port);

        async Task<string> GreetingAsync(IPAddress address)
        {
            using var client = new TcpClient(address.AddressFamily);
            await client.ConnectAsync(address, port, TestContext.Current.CancellationToken);
            var octets = new byte[4];
            await client.GetStream().ReadExactlyAsync(octets, TestContext.Current.CancellationToken);
            return System.Text.Encoding.ASCII.GetString(octets);
        }
    }

    [Fact]
    public async Task What_cannot_be_done_changes_nothing()
    {
        await using var server = await TestServer.StartAsync();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var smtp = server.Port(MailProtocol.Smtp);
        var (options, endpoints) = (server.Server.Options, server.Server.Endpoints);
        var first = new MailEndpoint(MailProtocol.Pop3, TlsMode.StartTls, IPAddress.Loopback, smtp);
        var second = new MailEndpoint(MailProtocol.Imap, TlsMode.StartTls, IPAddress.Loopback, ((IPEndPoint)taken.LocalEndpoint).Port);
        var error = await Assert.ThrowsAsync<MailServerException>(() => server.Server.UpdateAsync(options with { HostName = "other.example.com", Endpoints = [first, second] }));
        Assert.Equal(MailServerFault.PortInUse, error.Fault);
        Assert.Same(options, server.Server.Options);
        Assert.Equal(endpoints, server.Server.Endpoints);
        await using var client = await LineClient.ConnectAsync(smtp);
        Assert.StartsWith("220 mx.example.com", await client.ReadLineAsync(), StringComparison.Ordinal);

        await Assert.ThrowsAsync<MailServerException>(() => server.Server.UpdateAsync(options with { StorePath = "elsewhere" }));
        await Assert.ThrowsAsync<MailServerException>(() => server.Server.UpdateAsync(options with { Layout = MaildirLayout.Fs }));
        await Assert.ThrowsAsync<MailServerException>(() => server.Server.UpdateAsync(options with { HostName = "not a name" }));
        Assert.Same(options, server.Server.Options);
    }

    [Fact]
    public async Task A_maildrop_that_is_open_stays_locked_through_an_update()
    {
        await using var server = await TestServer.StartAsync();
        await using var first = await LoginAsync(server, "+OK");
        await server.Server.UpdateAsync(server.Server.Options with { HostName = "other.example.com" });
        await using var second = await LoginAsync(server, "-ERR [IN-USE]");
    }

    [Fact]
    public async Task A_quota_holds_from_the_next_message_on()
    {
        await using var server = await TestServer.StartAsync();
        await using var client = await server.ConnectAsync(MailProtocol.Smtp);
        await client.ReadLineAsync();
        await client.AskAsync("HELO client");
        await client.AskAsync("MAIL FROM:<a@example.org>");
        await server.Server.UpdateAsync(server.Server.Options with { Quota = new MailQuota(Messages: 0) });
        Assert.StartsWith("452 ", await client.AskAsync("RCPT TO:<b@example.com>"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stopped_server_takes_no_options()
    {
        await using var server = await TestServer.StartAsync();
        await server.Server.StopAsync(TimeSpan.Zero);
        await Assert.ThrowsAsync<MailServerException>(() => server.Server.UpdateAsync(server.Server.Options));
    }

    private static async Task<LineClient> LoginAsync(TestServer server, string answer)
    {
        var client = await server.ConnectAsync(MailProtocol.Pop3);
        await client.ReadLineAsync();
        await client.AskAsync("USER ann@example.com");
        Assert.StartsWith(answer, await client.AskAsync("PASS x"), StringComparison.Ordinal);
        return client;
    }
}
