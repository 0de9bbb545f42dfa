using System.Net;
using MailOps.Dns;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Core.Tests.Dns;

/// <summary>The resolver against NSD, an authoritative name server: what it refuses, truncates and leaves to the asker.</summary>
public sealed class RealNameServerTests
{
    private const string Zone = """
        $ORIGIN example.org.
        $TTL 300
        @        SOA ns.example.org. hostmaster.example.org. 1 3600 600 86400 60
        @        NS  ns
        ns       A   127.0.0.1
        @        MX  20 backup
        @        MX  10 mx
        mx       A   192.0.2.25
        mx       AAAA 2001:db8::25
        backup   A   192.0.2.26
        host     60 A 192.0.2.80
        nothing  TXT "no host here"
        null     MX  0 .
        alias    CNAME example.org.
        away     CNAME mail.example.net.
        gone     CNAME nowhere.example.org.
        xn--bcher-kva MX 5 mx
        """;

    private const string OtherZone = """
        $ORIGIN example.net.
        $TTL 300
        @    SOA ns.example.org. hostmaster.example.org. 1 3600 600 86400 60
        @    NS  ns.example.org.
        mail MX  10 mx.example.org.
        """;

    private static async Task<(PeerProcess Server, int Port)> StartAsync()
    {
        var program = Peers.Require("nsd", "nsd");
        var folder = new PrivateFolder();
        var port = FreePort.Next();
        var many = string.Concat(Enumerable.Range(1, 120).Select(i => $"many MX {i} a-rather-long-name-for-a-mail-exchanger-{i}\n"));
        folder.Write("org.zone", Zone + "\n" + many);
        folder.Write("net.zone", OtherZone + "\n");
        folder.Write("nsd.conf", $"""
            server:
              ip-address: 127.0.0.1@{port}
              username: ""
              chroot: ""
              zonesdir: "{folder.Path}"
              database: ""
              pidfile: ""
              xfrdfile: "{folder.Path}/xfrd.state"
              xfrdir: "{folder.Path}"
              zonelistfile: "{folder.Path}/zone.list"
              cookie-secret-file: ""
              server-count: 1
            remote-control:
              control-enable: no
            zone:
              name: example.org
              zonefile: org.zone
            zone:
              name: example.net
              zonefile: net.zone

            """);
        var server = await PeerProcess.StartAsync(program, ["-d", "-c", $"{folder.Path}/nsd.conf"], port);
        server.Folder = folder;
        return (server, port);
    }

    [Fact]
    public async Task NSD_is_understood_in_all_that_it_says()
    {
        var (server, port) = await StartAsync();
        await using var ending = server;
        using var resolver = new MailResolver(new MailResolverOptions { Server = "127.0.0.1", Port = port });
        Task<DnsAnswer<MxRecord>> Ask(string domain) => resolver.MxAsync(DnsName.Parse(domain), withAddresses: true, TestContext.Current.CancellationToken);

        var answer = await Ask("example.org");
        Assert.True(answer.Status == DnsStatus.Answered, answer.Detail + server.Output);
        Assert.Equal("10 mx.example.org; 20 backup.example.org", string.Join("; ", answer.Records));
        Assert.Equal([IPAddress.Parse("2001:db8::25"), IPAddress.Parse("192.0.2.25")], answer.Records[0].Addresses);

        var host = Assert.Single((await Ask("host.example.org")).Records);
        Assert.Equal((MxKind.Implicit, TimeSpan.FromSeconds(60)), (host.Kind, host.Ttl));
        Assert.Equal(MxKind.Null, Assert.Single((await Ask("null.example.org")).Records).Kind);
        Assert.Equal(DnsStatus.NoData, (await Ask("nothing.example.org")).Status);
        Assert.Equal(DnsStatus.NameNotFound, (await Ask("missing.example.org")).Status);
        Assert.Equal(DnsStatus.NameNotFound, (await Ask("gone.example.org")).Status);
        Assert.Equal(DnsStatus.Refused, (await Ask("example.com")).Status);

        Assert.Equal("example.org", (await Ask("alias.example.org")).CanonicalName);
        var away = await Ask("away.example.org");
        Assert.Equal(("mail.example.net", "mx.example.org"), (away.CanonicalName, Assert.Single(away.Records).Exchange));

        var bücher = Assert.Single((await Ask("bücher.example.org")).Records);
        Assert.Equal(("bücher.example.org", "xn--bcher-kva.example.org", 5), (bücher.Domain, bücher.DomainAscii, bücher.Preference));

        // 120 records do not fit in a packet: this answer comes over TCP.
        Assert.Equal(120, (await Ask("many.example.org")).Records.Length);
    }
}
