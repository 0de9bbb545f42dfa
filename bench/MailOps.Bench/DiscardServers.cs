using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailOps.Maildir;
using MailOps.Server.Accounts;
using MailOps.Server.Connections;
using MailOps.Server.Smtp;
using SmtpServer;
using SmtpServer.Protocol;
using SmtpServer.Storage;

namespace MailOps.Bench;

/// <summary>SMTP servers that take messages whole and keep none: what is measured is the protocol.</summary>
internal static class DiscardServers
{
    /// <summary>Our SMTP over a store that discards.</summary>
    internal static async Task<int> RunOursAsync()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1));
        var clock = TimeProvider.System;
        var events = new ServerEvents(static _ => { });
        var directory = new CaptureDirectory(["example.com"]);
        var authentication = new Authentication(directory, new AuthenticationOptions { Capture = true }, new LoginGuard(new LoginLimits(), "example.com", clock), "localhost");
        await using var store = new DiscardingStore();
        var protocol = new SmtpProtocol(new SmtpOptions { HostName = "localhost" }, store, directory, authentication);
        await using var pool = new ConnectionPool(new ConnectionLimits(), new ServerTls(certificate), events, clock);
        await using var listener = new Listener(new IPEndPoint(IPAddress.Loopback, 0), protocol, secured: false);
        listener.Start(pool, events, clock);
        Console.WriteLine(listener.Port.ToString(CultureInfo.InvariantCulture));
        await Console.In.ReadLineAsync();
        return 0;
    }

    /// <summary>The SmtpServer package over a store that discards.</summary>
    internal static async Task<int> RunPackageAsync()
    {
        var port = PackageServer.FreePort();
        var options = new SmtpServerOptionsBuilder()
            .ServerName("localhost")
            .Endpoint(endpoint => endpoint.Endpoint(new IPEndPoint(IPAddress.Loopback, port)))
            .Build();
        var services = new SmtpServer.ComponentModel.ServiceProvider();
        services.Add(new PackageSink());
        using var stop = new CancellationTokenSource();
        var running = new SmtpServer.SmtpServer(options, services).StartAsync(stop.Token);
        Console.WriteLine(port.ToString(CultureInfo.InvariantCulture));
        await Console.In.ReadLineAsync(CancellationToken.None);
        await stop.CancelAsync();
        await Task.WhenAny(running);
        return 0;
    }

    private sealed class PackageSink : MessageStore
    {
        public override Task<SmtpResponse> SaveAsync(ISessionContext context, IMessageTransaction transaction, ReadOnlySequence<byte> buffer, CancellationToken cancellationToken) =>
            Task.FromResult(SmtpResponse.Ok);
    }

    private sealed class DiscardingStore : IMailStore
    {
        public ValueTask<IMailAccount> OpenAccountAsync(string account, CancellationToken cancel) => throw new NotSupportedException("This store keeps nothing.");

        public IDelivery BeginDelivery() => new DiscardedDelivery();

        public ValueTask DisposeAsync() => default;
    }

    // As much work as a message in memory is: the package, too, has it whole when it is told of it.
    private sealed class DiscardedDelivery : IDelivery
    {
        private readonly ArrayBufferWriter<byte> _octets = new(8192);

        public long Length => _octets.WrittenCount;

        public void Write(ReadOnlySpan<byte> octets) => _octets.Write(octets);

        public MessageBlob OpenWritten() => MessageBlob.FromStream(new MemoryStream(_octets.WrittenSpan.ToArray(), writable: false));

        public ValueTask CommitAsync(IReadOnlyList<DeliveryTarget> targets, CancellationToken cancel) => default;

        public ValueTask<IReadOnlyList<MailStoreException?>> CommitEachAsync(IReadOnlyList<DeliveryTarget> targets, CancellationToken cancel) => new(new MailStoreException?[targets.Count]);

        public ValueTask DisposeAsync() => default;
    }
}
