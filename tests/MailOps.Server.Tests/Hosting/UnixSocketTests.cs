using System.Net.Sockets;
using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Tests.Support;
using Xunit;

namespace MailOps.Server.Tests.Hosting;

/// <summary>LMTP over a Unix socket: its file, its rights, and who is there already.</summary>
public sealed class UnixSocketTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mailops-test-").FullName;

    private string Socket => Path.Combine(_folder, "lmtp");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_message_comes_over_the_socket_and_the_trace_says_so()
    {
        await using var server = await StartAsync();
        await using (var client = await LineClient.ConnectAsync(Socket))
        {
            Assert.StartsWith("220 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
            var extensions = await client.AskAsync("LHLO relay.example.org");
            Assert.DoesNotContain("STARTTLS", extensions, StringComparison.Ordinal);
            Assert.StartsWith("503 ", await client.AskAsync("STARTTLS"), StringComparison.Ordinal);
            await client.AskAsync("MAIL FROM:<sender@example.org>");
            await client.AskAsync("RCPT TO:<ann@example.com>");
            await client.AskAsync("DATA");
            Assert.StartsWith("250 ", await client.AskAsync("Subject: x\r\n\r\nx\r\n."), StringComparison.Ordinal);
            Assert.StartsWith("221 ", await client.AskAsync("QUIT"), StringComparison.Ordinal);
        }

        Assert.Contains("Received: from relay.example.org (local socket)\r\n\tby mx.example.com (MailOps) with LMTP id ", await File.ReadAllTextAsync(Assert.Single(server.InboxFiles("ann@example.com"))), StringComparison.Ordinal);
        Assert.Null((await server.WaitForAsync<MessageAccepted>()).Remote);
        await server.WaitForAsync<ConnectionClosed>(closed => closed.End is ConnectionEnd.Completed);
    }

    [Fact]
    public async Task Its_clients_share_no_address_and_need_none()
    {
        await using var server = await StartAsync(options => options with
        {
            Limits = new ConnectionLimits { MaxConnectionsPerAddress = 1, Exempt = TrustedNetworks.None },
            Lmtp = options.Lmtp with { Clients = TrustedNetworks.None, RequireTls = true },
        });
        await using var first = await LineClient.ConnectAsync(Socket);
        Assert.StartsWith("220 ", await first.ReadReplyAsync(), StringComparison.Ordinal);
        await using var second = await LineClient.ConnectAsync(Socket);
        Assert.StartsWith("220 ", await second.ReadReplyAsync(), StringComparison.Ordinal);
        await second.AskAsync("LHLO a");
        Assert.StartsWith("250 ", await second.AskAsync("MAIL FROM:<>"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(MailEndpoint.DefaultPathMode)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite)]
    [InlineData((UnixFileMode)0b110_110_110)]
    public async Task The_file_has_the_rights_that_were_asked_for_and_goes_with_the_server(UnixFileMode mode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such rights.");
        var server = await StartAsync(mode: mode);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(mode, File.GetUnixFileMode(Socket));
        var endpoint = Assert.Single(server.Server.Endpoints);
        Assert.Equal((Socket, 0), (endpoint.Path, endpoint.Port));
        await server.DisposeAsync();
        Assert.False(File.Exists(Socket));
    }

    [Fact]
    public async Task A_socket_that_nobody_listens_on_is_replaced()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere a socket cannot be told from another file.");
        // As a process leaves it that was killed: the file outlives it.
        var (left, moved) = (new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified), Socket + ".left");
        left.Bind(new UnixDomainSocketEndPoint(moved));
        File.Move(moved, Socket);
        left.Dispose();
        Assert.True(File.Exists(Socket));
        await using var server = await StartAsync();
        await using var client = await LineClient.ConnectAsync(Socket);
        Assert.StartsWith("220 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_socket_that_somebody_listens_on_is_an_error_and_is_left_alone()
    {
        await using var first = await StartAsync();
        var refused = await Assert.ThrowsAsync<MailServerException>(() => StartAsync());
        Assert.Equal(MailServerFault.PortInUse, refused.Fault);
        Assert.StartsWith($"The socket '{Socket}' is taken: another program listens on it (Lmtp).", refused.Message, StringComparison.Ordinal);
        await using var client = await LineClient.ConnectAsync(Socket);
        Assert.StartsWith("220 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("file", "Something that is not a socket lies there")]
    [InlineData("folder", "Something that is not a socket lies there")]
    [InlineData("link", "Something that is not a socket lies there")]
    [InlineData("dangling", "Something that is not a socket lies there")]
    [InlineData("missing", "there is no folder")]
    [InlineData("long", "octets long")]
    public async Task What_else_lies_there_is_never_removed(string which, string expected)
    {
        var path = which switch
        {
            "missing" => Path.Combine(_folder, "none", "lmtp"),
            "long" => Path.Combine(_folder, new string('x', 120)),
            _ => Socket,
        };
        var target = Path.Combine(_folder, "target");
        if (which is "file")
            await File.WriteAllTextAsync(Socket, "precious");
        else if (which is "folder")
            Directory.CreateDirectory(Socket);
        else if (which is "link" or "dangling")
            File.CreateSymbolicLink(Socket, target);
        if (which is "link")
            await File.WriteAllTextAsync(target, "precious");

        var refused = await Assert.ThrowsAsync<MailServerException>(() => StartAsync(path: path));
        Assert.Equal(MailServerFault.SocketPathUnusable, refused.Fault);
        Assert.StartsWith($"The socket '{path}' cannot be made: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
        Assert.True(which is "missing" or "long" || File.Exists(Socket) || Directory.Exists(Socket) || new FileInfo(Socket).LinkTarget is not null);
        if (which is "file" or "link")
            Assert.Equal("precious", await File.ReadAllTextAsync(Socket));
    }

    [Fact]
    public async Task A_pipe_is_no_socket_and_nobody_waits_for_its_other_end()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "mkfifo of Linux");
        using (var made = System.Diagnostics.Process.Start("mkfifo", [Socket]))
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        var refused = await Assert.ThrowsAsync<MailServerException>(() => StartAsync());
        Assert.Contains("is not a socket", refused.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(Socket));
    }

    [Fact]
    public async Task A_start_that_fails_later_takes_the_socket_away()
    {
        using var taken = new TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;
        await Assert.ThrowsAsync<MailServerException>(() => TestServer.StartAsync(options => options with
        {
            Endpoints = [MailEndpoint.AtPath(Socket), new MailEndpoint(MailOps.Wire.MailProtocol.Smtp, MailOps.Wire.TlsMode.StartTls, System.Net.IPAddress.Loopback, port)],
        }));
        Assert.False(File.Exists(Socket));
    }

    private Task<TestServer> StartAsync(Func<MailServerOptions, MailServerOptions>? configure = null, string? path = null, UnixFileMode mode = MailEndpoint.DefaultPathMode) =>
        TestServer.StartAsync(options =>
        {
            options = options with { Endpoints = [MailEndpoint.AtPath(path ?? Socket, mode)] };
            return configure?.Invoke(options) ?? options;
        });
}
