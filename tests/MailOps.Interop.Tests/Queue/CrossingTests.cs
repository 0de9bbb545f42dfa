using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using MailKit.Net.Smtp;
using MailKit.Security;
using MailOps.Interop.Tests.Dns;
using MailOps.Server.Connections;
using MailOps.Server.Queue;
using MailOps.Server.Tests.Support;
using MailOps.Tests.Support;
using MailOps.Wire;
using MimeKit;
using Xunit;

namespace MailOps.Interop.Tests.Queue;

/// <summary>
/// Mail between this server, Postfix and Exim, each on an address of its own and with a domain in a signed zone: every message arrives
/// exactly once, in both directions. <c>MAILOPS_CROSSINGS</c> says how many messages (500).
/// </summary>
public sealed class CrossingTests
{
    private static readonly int Count = int.Parse(Environment.GetEnvironmentVariable("MAILOPS_CROSSINGS") ?? "500", CultureInfo.InvariantCulture);

    private readonly PrivateFolder _folder = new();

    [Fact]
    public async Task Every_message_arrives_exactly_once_in_both_directions()
    {
        using var folder = _folder;
        using var authority = new TestAuthority("Neighbours");
        using var certificate = authority.Issue(["mx.postfix.test"]);
        var port = FreePort.Next();
        await using var zones = await SignedZones.StartAsync(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["postfix.test"] = $"""
                @             MX 10 mx
                mx            A  127.0.0.2
                _{port}._tcp.mx TLSA 3 1 1 {Convert.ToHexString(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()))}

                """,
            ["exim.test"] = """
                @             MX 10 mx
                mx            A  127.0.0.3

                """,
        });
        folder.Write("store/users", "ann@here.test:{PLAIN}secret::::::\n");
        var loopback = TrustedNetworks.Parse(["127.0.0.0/8"]);
        await using var server = await TestServer.StartAsync(options => options with
        {
            StorePath = folder.Of("store"),
            HostName = "mx.here.test",
            Domains = ["here.test"],
            Capture = false,
            Outbound = new OutboundOptions { Enabled = true, RelayFrom = loopback, Port = port, NameServer = "127.0.0.1", NameServerPort = zones.ResolverPort },
        });
        var ours = server.Port(MailProtocol.Smtp);
        await using var postfix = await NeighbourPostfix.StartAsync(port, ours, certificate);
        await using var exim = await NeighbourExim.StartAsync(port, ours);

        // Away from here: a half to each, every tenth to both.
        var toPostfix = Enumerable.Range(0, Count).Where(i => i % 2 == 0 || i % 10 == 1).ToArray();
        var toExim = Enumerable.Range(0, Count).Where(i => i % 2 == 1 || i % 10 == 0).ToArray();
        var both = toPostfix.Intersect(toExim).ToHashSet();
        await SendAsync(IPAddress.Loopback, ours, Enumerable.Range(0, Count), i => both.Contains(i) ? ["a@postfix.test", "a@exim.test"] : i % 2 == 0 ? ["a@postfix.test"] : ["a@exim.test"]);
        Assert.Equal(toPostfix, await Neighbours.ArrivedAsync(postfix.Mail, toPostfix.Length, () => postfix.Log));
        Assert.Equal(toExim, await Neighbours.ArrivedAsync(exim.Mail, toExim.Length, () => exim.Log));

        var tried = server.Events.OfType<OutboundTried>().ToList();
        Assert.All(tried, one => Assert.Equal(OutboundOutcome.Sent, one.Outcome));
        Assert.All(tried.Where(one => one.Host == "mx.postfix.test"), one => Assert.Equal("DANE", one.TlsVerifiedBy));
        Assert.Empty(server.Events.OfType<ServerFaulted>());

        // And back.
        await SendAsync(NeighbourPostfix.Address, port, Enumerable.Range(0, Count), _ => ["ann@here.test"]);
        await SendAsync(NeighbourExim.Address, port, Enumerable.Range(Count, Count), _ => ["ann@here.test"]);
        Assert.Equal(Enumerable.Range(0, 2 * Count), await Neighbours.ArrivedAsync(folder.Of("store/mail/here.test/ann/new"), 2 * Count, () => postfix.Log + exim.Log));
    }

    private static async Task SendAsync(IPAddress address, int port, IEnumerable<int> numbers, Func<int, string[]> to)
    {
        var lanes = numbers.Chunk(Math.Max(1, Count / 10));
        await Parallel.ForEachAsync(lanes, async (lane, cancel) =>
        {
            using var client = new SmtpClient { ServerCertificateValidationCallback = (_, _, _, _) => true };
            await client.ConnectAsync(address.ToString(), port, SecureSocketOptions.None, cancel);
            foreach (var i in lane)
            {
                using var message = new MimeMessage { Subject = i.ToString(CultureInfo.InvariantCulture), Body = new TextPart("plain") { Text = $"Message {i}\n.\n..\n" } };
                message.From.Add(MailboxAddress.Parse("ann@here.test"));
                message.To.Add(MailboxAddress.Parse("list@here.test"));
                await client.SendAsync(FormatOptions.Default, message, MailboxAddress.Parse("ann@here.test"), to(i).Select(MailboxAddress.Parse), cancel);
            }

            await client.DisconnectAsync(quit: true, cancel);
        });
    }
}
