using System.Buffers;
using System.Net;
using System.Net.Sockets;
using SmtpServer;
using SmtpServer.Protocol;
using SmtpServer.Storage;

namespace MailOps.Bench;

/// <summary>The SmtpServer package as people use it: one file per message, synced before the reply. Its directory is not synced.</summary>
internal static class PackageServer
{
    public static async Task<int> RunAsync(string folder)
    {
        Directory.CreateDirectory(folder);
        var port = FreePort();
        var options = new SmtpServerOptionsBuilder()
            .ServerName("mx.example.com")
            .Endpoint(endpoint => endpoint.Endpoint(new IPEndPoint(IPAddress.Loopback, port)))
            .Build();
        var services = new SmtpServer.ComponentModel.ServiceProvider();
        services.Add(new FileStore(folder));
        using var stop = new CancellationTokenSource();
        var running = new SmtpServer.SmtpServer(options, services).StartAsync(stop.Token);
        Console.WriteLine(port);
        await Console.In.ReadLineAsync(CancellationToken.None);
        await stop.CancelAsync();
        try
        {
            await running;
        }
        catch (OperationCanceledException)
        {
            // Asked for.
        }

        return 0;
    }

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed class FileStore(string folder) : MessageStore
    {
        private int _last;

        public override Task<SmtpResponse> SaveAsync(ISessionContext context, IMessageTransaction transaction, ReadOnlySequence<byte> buffer, CancellationToken cancellationToken)
        {
            using var file = File.OpenHandle(Path.Combine(folder, $"{Interlocked.Increment(ref _last)}.eml"), FileMode.CreateNew, FileAccess.Write);
            var offset = 0L;
            foreach (var segment in buffer)
            {
                RandomAccess.Write(file, segment.Span, offset);
                offset += segment.Length;
            }

            RandomAccess.FlushToDisk(file);
            return Task.FromResult(SmtpResponse.Ok);
        }
    }
}
