using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Tests.Support;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Hosting;

public sealed class MailServerTests
{
    [Fact]
    public async Task A_taken_port_is_an_error_that_names_it_and_nothing_is_left_running()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var freePort = FreePort.Next();

        var error = await Assert.ThrowsAsync<MailServerException>(() => TestServer.StartAsync(options => options with
        {
            Endpoints =
            [
                new MailEndpoint(MailProtocol.Smtp, TlsMode.StartTls, IPAddress.Loopback, freePort),
                new MailEndpoint(MailProtocol.Pop3, TlsMode.StartTls, IPAddress.Loopback, port),
            ],
        }));
        Assert.Equal(MailServerFault.PortInUse, error.Fault);
        Assert.Contains($"127.0.0.1:{port} (Pop3)", error.Message, StringComparison.Ordinal);

        // The endpoint that could be bound was let go of.
        using var again = new TcpListener(IPAddress.Loopback, freePort);
        again.Start();
    }

    [Fact]
    public async Task An_address_of_another_machine_is_an_error()
    {
        var error = await Assert.ThrowsAsync<MailServerException>(() => TestServer.StartAsync(options => options with
        {
            Endpoints = [new MailEndpoint(MailProtocol.Smtp, TlsMode.StartTls, IPAddress.Parse("192.0.2.1"), 0)],
        }));
        Assert.Equal(MailServerFault.AddressUnavailable, error.Fault);
    }

    [Fact]
    public async Task A_store_that_cannot_be_made_is_an_error()
    {
        var file = Path.GetTempFileName();
        try
        {
            var error = await Assert.ThrowsAsync<MailServerException>(() => TestServer.StartAsync(options => options with { StorePath = Path.Combine(file, "store") }));
            Assert.Equal(MailServerFault.StoreNotWritable, error.Fault);
            Assert.Contains(file, error.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_store_whose_mail_folder_cannot_be_made_is_an_error()
    {
        var store = Directory.CreateTempSubdirectory("mailops-test-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(store, "mail"), "in the way");
            var error = await Assert.ThrowsAsync<MailServerException>(() => TestServer.StartAsync(options => options with { StorePath = store }));
            Assert.Equal(MailServerFault.StoreNotWritable, error.Fault);
            Assert.Contains(store, error.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(store, recursive: true);
        }
    }

    [Fact]
    public async Task A_certificate_without_its_key_is_an_error()
    {
        using var key = ECDsa.Create();
        using var full = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
        using var bare = X509CertificateLoader.LoadCertificate(full.RawData);
        var error = await Assert.ThrowsAsync<MailServerException>(() => TestServer.StartAsync(options => options with { Certificate = bare }));
        Assert.Equal(MailServerFault.CertificateUnusable, error.Fault);
    }

    [Fact]
    public async Task The_self_made_certificate_is_kept_private_and_used_again()
    {
        var path = Path.Combine(Path.GetTempPath(), $"mailops-test-{Guid.NewGuid():N}");
        await using var first = await TestServer.StartAsync(options => options with { StorePath = path });
        var thumbprint = first.Server.CertificateThumbprint;
        await first.Server.StopAsync(TimeSpan.Zero);
        await using (var second = await TestServer.StartAsync(options => options with { StorePath = path }))
        {
            Assert.Equal(thumbprint, second.Server.CertificateThumbprint);
            if (!OperatingSystem.IsWindows())
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(path, "tls", "self-made.pem")));
            }

            await second.Server.StopAsync(TimeSpan.Zero);
        }

        await using var renamed = await TestServer.StartAsync(options => options with { StorePath = path, HostName = "other.example.com" });
        Assert.NotEqual(thumbprint, renamed.Server.CertificateThumbprint);
    }

    [Fact]
    public async Task Stop_lets_a_transaction_finish_and_tells_idle_sessions_goodbye()
    {
        await using var server = await TestServer.StartAsync();
        await using var idle = await server.ConnectAsync(MailProtocol.Smtp);
        await idle.ReadReplyAsync();
        await using var idlePop = await server.ConnectAsync(MailProtocol.Pop3);
        await idlePop.ReadLineAsync();
        await using var busy = await server.ConnectAsync(MailProtocol.Smtp);
        await busy.ReadReplyAsync();
        await busy.AskAsync("HELO a");
        await busy.AskAsync("MAIL FROM:<b@example.com>");
        await busy.AskAsync("RCPT TO:<a@example.com>");

        var stopping = server.Server.StopAsync(TimeSpan.FromSeconds(30));
        Assert.StartsWith("421 ", await idle.ReadLineAsync(), StringComparison.Ordinal);
        Assert.StartsWith("-ERR [SYS/TEMP] ", await idlePop.ReadLineAsync(), StringComparison.Ordinal);
        Assert.StartsWith("354 ", await busy.AskAsync("DATA"), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await busy.AskAsync("Subject: x\r\n\r\nx\r\n."), StringComparison.Ordinal);
        Assert.StartsWith("421 ", await busy.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Null(await busy.ReadLineAsync());
        Assert.Equal(0, await stopping);
        Assert.Single(server.InboxFiles("a@example.com"));
        Assert.False(server.Server.IsRunning);
        Assert.Equal(64, server.Server.CertificateThumbprint.Length);
    }

    [Fact]
    public async Task Stop_cuts_off_what_does_not_finish_in_time_and_delivers_nothing_of_it()
    {
        await using var server = await TestServer.StartAsync();
        await using var busy = await server.ConnectAsync(MailProtocol.Smtp);
        await busy.ReadReplyAsync();
        await busy.AskAsync("HELO a");
        await busy.AskAsync("MAIL FROM:<b@example.com>");
        await busy.AskAsync("RCPT TO:<a@example.com>");
        await busy.AskAsync("DATA");
        await busy.SendAsync("Subject: half\r\n");
        Assert.Equal(1, await server.Server.StopAsync(TimeSpan.FromMilliseconds(100)));
        Assert.Empty(server.InboxFiles("a@example.com"));
        Assert.Equal(ConnectionEnd.ServerStopped, Assert.Single(server.Events.OfType<ConnectionClosed>()).End);
    }

    [Fact]
    public async Task Stop_reaches_a_session_whose_handshake_was_under_way()
    {
        await using var server = await TestServer.StartAsync();
        await using var client = await server.ConnectAsync(MailProtocol.Pop3, TlsMode.Implicit);
        await server.WaitForAsync<ConnectionOpened>();
        var stopping = server.Server.StopAsync(TimeSpan.FromSeconds(30));
        await client.SecureAsync();
        Assert.StartsWith("+OK ", await client.ReadLineAsync(), StringComparison.Ordinal);
        Assert.StartsWith("-ERR [SYS/TEMP] ", await client.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Null(await client.ReadLineAsync());
        Assert.Equal(0, await stopping);
    }

    [Fact]
    public async Task Counters_follow_what_happens()
    {
        await using var server = await TestServer.StartAsync();
        await using (var client = await server.ConnectAsync(MailProtocol.Smtp))
        {
            await client.ReadReplyAsync();
            await client.AskAsync("EHLO a");
            await client.AskAsync("AUTH PLAIN AGFubgBzZWNyZXQ=");
            await client.AskAsync("MAIL FROM:<b@example.com>");
            await client.AskAsync("RCPT TO:<a@example.com> NOSUCH=1");
            await client.AskAsync("RCPT TO:<a@example.com>");
            await client.AskAsync("DATA");
            await client.AskAsync("x\r\n.");
            Assert.Equal(1, server.Server.Counters.OpenConnections);
            await client.AskAsync("QUIT");
        }

        await server.WaitForAsync<ConnectionClosed>();
        var counters = server.Server.Counters;
        Assert.Equal((0, 1, 1, 1, 1), (counters.OpenConnections, counters.Connections, counters.MessagesAccepted, counters.Logins, counters.Refusals));
        Assert.Equal(7, counters.Commands);
        Assert.Equal(0, counters.Faults);
    }
}
