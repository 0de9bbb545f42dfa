using System.Net;
using System.Net.Sockets;
using MailOps.Server.Connections;
using MailOps.Server.Tests.Support;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Hosting;

/// <summary>What the heartbeat and a stopping server do to connections that are elsewhere already.</summary>
public sealed class InterruptionTests
{
    [Fact]
    public async Task A_connection_that_ended_by_itself_can_still_be_aborted()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, TestContext.Current.CancellationToken);
        var connection = new ServerConnection(
            "1", "smtp", await listener.AcceptSocketAsync(TestContext.Current.CancellationToken), new ServerTls(TestCertificate.Localhost), new ServerEvents(), TimeProvider.System);
        await connection.DisposeAsync();
        connection.Interrupt(ConnectionEnd.TimedOut);
        connection.Abort();
        Assert.Equal(ConnectionEnd.TimedOut, connection.End);
    }

    [Fact]
    public async Task A_handshake_that_never_goes_on_does_not_hold_up_the_stop()
    {
        await using var server = await TestServer.StartAsync();
        await using var silent = await server.ConnectAsync(MailProtocol.Imap, TlsMode.Implicit);
        await using var upgrading = await server.ConnectAsync(MailProtocol.Imap);
        await upgrading.ReadLineAsync();
        await upgrading.AskAsync("a STARTTLS");
        await server.WaitForAsync<CommandReceived>(one => one.Command == "STARTTLS");
        Assert.Equal(0, await server.Server.StopAsync(TimeSpan.FromMinutes(2)).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
    }
}
