using System.Globalization;
using System.Net;
using MailOps.Server.Hosting;
using MailOps.Wire;

namespace MailOps.Bench;

/// <summary>The server without PowerShell around it, for profiles and for counting system calls.</summary>
internal static class MailOpsServer
{
    internal static async Task<int> RunAsync(string folder)
    {
        await using var server = await MailServer.StartAsync(new MailServerOptions
        {
            StorePath = folder,
            Domains = ["example.com"],
            Capture = true,
            Endpoints =
            [
                new MailEndpoint(MailProtocol.Smtp, TlsMode.StartTls, IPAddress.Loopback, 0),
                new MailEndpoint(MailProtocol.Imap, TlsMode.StartTls, IPAddress.Loopback, 0),
            ],
        });
        foreach (var endpoint in server.Endpoints)
            Console.WriteLine(endpoint.Port.ToString(CultureInfo.InvariantCulture));
        await Console.In.ReadLineAsync();
        return 0;
    }
}
