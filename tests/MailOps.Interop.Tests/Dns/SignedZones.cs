using MailOps.Dns;
using MailOps.Tests.Support;

namespace MailOps.Interop.Tests.Dns;

/// <summary>
/// A private DNS: NSD has the zones, two of them signed by ldns, and Unbound validates them by trust anchors of the test's
/// own. The zones are <c>signed.test</c>, <c>plain.test</c> without signatures, <c>broken.test</c> in which a TLSA record
/// was changed after it was signed, and <c>expired.test</c>, whose signatures have run out.
/// </summary>
internal sealed class SignedZones : IAsyncDisposable
{
    private const string Head = """
        $TTL 300
        @ SOA ns hostmaster 1 3600 600 86400 60
        @ NS  ns
        ns A  127.0.0.1

        """;

    private static readonly Dictionary<string, string> Usual = new(StringComparer.Ordinal)
    {
        ["signed.test"] = """
            @            MX    10 mx
            mx           A     192.0.2.25
            mx           AAAA  2001:db8::25
            alias        CNAME mx
            away         CNAME mx.plain.test.
            out          MX    10 mx.plain.test.
            far          MX    10 away
            @            TXT   "v=spf1 -all"
            _mta-sts     TXT   "v=STSv1; " "id=20261129;"
            _25._tcp.mx  TLSA  3 1 1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
            _25._tcp.mx  TLSA  0 0 1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
            _25._tcp.away TLSA 2 1 1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f

            """,
        ["plain.test"] = """
            @           MX   10 mx
            mx          A    192.0.2.26
            _25._tcp.mx TLSA 3 1 1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f

            """,
        ["broken.test"] = """
            @           MX   10 mx
            mx          A    192.0.2.27
            _25._tcp.mx TLSA 3 1 1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f

            """,
        ["expired.test"] = """
            @           MX   10 mx
            mx          A    192.0.2.28

            """,
    };

    private readonly PrivateFolder _folder = new();
    private readonly IReadOnlyDictionary<string, string> _records;
    private PeerProcess? _zones;
    private PeerProcess? _resolver;

    private SignedZones(IReadOnlyDictionary<string, string> records) => _records = records;

    /// <summary>The port of NSD, which has the zones and validates nothing.</summary>
    public int ZonesPort { get; private set; }

    /// <summary>The port of Unbound, which validates.</summary>
    public int ResolverPort { get; private set; }

    /// <summary>What the two said, for a test that fails.</summary>
    public string Output => _zones?.Output + _resolver?.Output;

    /// <summary>Signs and serves the zones; skips the test where a program is missing.</summary>
    /// <param name="records">The records of zones to serve in the place of the usual ones, all signed.</param>
    public static async Task<SignedZones> StartAsync(IReadOnlyDictionary<string, string>? records = null)
    {
        var zones = new SignedZones(records ?? Usual);
        try
        {
            await zones.BeginAsync(Peers.Require("nsd", "nsd"), Peers.Require("unbound", "unbound"), Peers.Require("ldns-keygen", "ldnsutils"), Peers.Require("ldns-signzone", "ldnsutils"));
            return zones;
        }
        catch
        {
            await zones.DisposeAsync();
            throw;
        }
    }

    /// <summary>A resolver that asks Unbound, or another port of this machine.</summary>
    public MailResolver Resolver(int? port = null, DnssecTrust trust = DnssecTrust.Loopback) =>
        new(new MailResolverOptions { Server = "127.0.0.1", Port = port ?? ResolverPort, Dnssec = trust });

    public async ValueTask DisposeAsync()
    {
        if (_resolver is not null)
            await _resolver.DisposeAsync();
        if (_zones is not null)
            await _zones.DisposeAsync();
        _folder.Dispose();
    }

    private async Task BeginAsync(string nsd, string unbound, string keygen, string signzone)
    {
        var ports = new[] { FreePort.Next(), FreePort.Next() };
        (ZonesPort, ResolverPort) = (ports[0], ports[1]);
        var anchors = new List<string>();
        foreach (var (zone, records) in _records)
        {
            var file = _folder.Write(zone, $"$ORIGIN {zone}.\n{Head}{records}");
            if (zone != "plain.test")
                anchors.Add(await SignAsync(keygen, signzone, zone, file));
        }

        // One octet of the record is another than the one that was signed.
        if (_records.ContainsKey("broken.test"))
        {
            var broken = _folder.Of("broken.test");
            var text = await File.ReadAllTextAsync(broken);
            await File.WriteAllTextAsync(broken, text.Replace("3 1 1 00", "3 1 1 ff", StringComparison.Ordinal));
        }

        _folder.Write("nsd.conf", $"""
            server:
              ip-address: 127.0.0.1@{ZonesPort}
              username: ""
              chroot: ""
              zonesdir: "{_folder.Path}"
              database: ""
              pidfile: ""
              xfrdfile: "{_folder.Path}/xfrd.state"
              xfrdir: "{_folder.Path}"
              zonelistfile: "{_folder.Path}/zone.list"
              cookie-secret-file: ""
              server-count: 1
            remote-control:
              control-enable: no
            {string.Concat(_records.Keys.Select(z => $"zone:\n  name: {z}\n  zonefile: {z}\n"))}
            """);
        _folder.Write("unbound.conf", $"""
            server:
              interface: 127.0.0.1
              port: {ResolverPort}
              directory: "{_folder.Path}"
              username: ""
              chroot: ""
              pidfile: ""
              use-syslog: no
              do-daemonize: no
              do-ip6: no
              num-threads: 1
              module-config: "validator iterator"
              do-not-query-localhost: no
              local-zone: "test." nodefault
              val-log-level: 2
            {string.Concat(anchors.Select(a => $"  trust-anchor: \"{a}\"\n"))}
            remote-control:
              control-enable: no
            {string.Concat(_records.Keys.Select(z => $"stub-zone:\n  name: {z}\n  stub-addr: 127.0.0.1@{ZonesPort}\n"))}
            """);
        _zones = await PeerProcess.StartAsync(nsd, ["-d", "-c", _folder.Of("nsd.conf")], ZonesPort);
        _resolver = await PeerProcess.StartAsync(unbound, ["-d", "-c", _folder.Of("unbound.conf")], ResolverPort);
    }

    /// <summary>Signs a zone in its own file.</summary>
    /// <returns>The DS record of its key, which is the trust anchor.</returns>
    private async Task<string> SignAsync(string keygen, string signzone, string zone, string file)
    {
        // The program writes its keys where it is run; a link-free path of its own keeps them together.
        var made = await PeerCommand.RunAsync("/bin/sh", ["-c", "cd \"$1\" && exec \"$2\" -a ECDSAP256SHA256 -k \"$3\"", "sh", _folder.Path, keygen, zone]);
        var key = _folder.Of(made.Succeeded().Output.Trim());
        var dates = zone == "expired.test"
            ? new[] { "-i", "20200101000000", "-e", "20200201000000" }
            : [];
        (await PeerCommand.RunAsync(signzone, [.. dates, "-f", file + ".signed", file, key])).Succeeded();
        File.Move(file + ".signed", file, overwrite: true);
        return (await File.ReadAllTextAsync(key + ".ds")).Trim().Replace('\t', ' ');
    }
}
