using System.Net;
using System.Net.Sockets;
using MailOps.Wire;
using Xunit;

namespace MailOps.Core.Tests.Wire;

public class HostConnectorTests
{
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(10);

    [Fact]
    public void Families_take_turns_RFC8305_4()
    {
        IPAddress[] addresses = [.. "2001:db8::1 2001:db8::2 192.0.2.1 2001:db8::3 192.0.2.2".Split(' ').Select(IPAddress.Parse)];
        Assert.Equal(
            "2001:db8::1 192.0.2.1 2001:db8::2 192.0.2.2 2001:db8::3",
            string.Join(' ', HostConnector.TakeTurns(addresses).Select(a => a.ToString())));
    }

    [Fact]
    public async Task A_name_reaches_the_family_that_listens()
    {
        // localhost has an address of each family; only one of them listens here.
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var socket = await HostConnector.ConnectAsync("localhost", ((IPEndPoint)listener.LocalEndpoint).Port, Enough, TimeProvider.System, null, default);
        Assert.True(socket.Connected);
    }

    [Fact]
    public async Task A_closed_port_is_said_to_be_one()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var error = await Assert.ThrowsAsync<MailSessionException>(() => HostConnector.ConnectAsync("127.0.0.1", port, Enough, TimeProvider.System, null, default));
        Assert.Equal(MailSessionFault.ConnectFailed, error.Fault);
        Assert.Contains($"on port {port}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_does_not_exist_is_said_to_be_one()
    {
        var error = await Assert.ThrowsAsync<MailSessionException>(() => HostConnector.ConnectAsync("no-such-host.invalid", 25, Enough, TimeProvider.System, null, default));
        Assert.Equal(MailSessionFault.HostNotFound, error.Fault);
    }

    [Fact]
    public async Task The_callers_cancellation_is_no_timeout()
    {
        using var cancel = new CancellationTokenSource();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => HostConnector.ConnectAsync("127.0.0.1", 9, Enough, TimeProvider.System, null, cancel.Token));
    }
}
