using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailOps.Dns;
using MailOps.Tests.Support;
using MailOps.Trust.Dane;
using Xunit;

namespace MailOps.Interop.Tests.Dns;

/// <summary>Verdicts on servers' certificates beside those of OpenSSL, which has DANE of its own.</summary>
public sealed class OpenSslDaneTests : IDisposable
{
    private const string Host = "mx.example.org";

    private readonly PrivateFolder _folder = new();
    private readonly TestAuthority _root = new("Root");
    private readonly TestAuthority _middle;

    public OpenSslDaneTests() => _middle = new TestAuthority("Middle", _root);

    public void Dispose()
    {
        _middle.Dispose();
        _root.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task OpenSSL_says_the_same_of_every_usage_selector_and_matching_type()
    {
        var openssl = Peers.Require("openssl", "openssl");
        using var server = _middle.Issue([Host]);
        using var expired = _middle.Issue([Host], DateTimeOffset.UtcNow.AddDays(-60));
        using var misnamed = _middle.Issue(["mx.example.net"]);
        using var wildcard = _middle.Issue(["*.example.org"]);
        using var client = _middle.Issue([Host], usage: "1.3.6.1.5.5.7.3.2");
        using var direct = _root.Issue([Host]);
        var chains = new (string Name, X509Certificate2[] Certificates)[]
        {
            ("whole", [server, _middle.Certificate, _root.Certificate]),
            ("without root", [server, _middle.Certificate]),
            ("alone", [server]),
            ("expired", [expired, _middle.Certificate]),
            ("misnamed", [misnamed, _middle.Certificate]),
            ("wildcard", [wildcard, _middle.Certificate]),
            ("client", [client, _middle.Certificate]),
            ("direct", [direct]),
        };

        var (different, accepted, refused) = (new List<string>(), 0, 0);
        foreach (var (name, certificates) in chains)
        {
            var port = FreePort.Next();
            await using var peer = await PeerProcess.StartAsync(openssl, Serve(name, certificates, port), port);
            foreach (var record in Records([certificates[0], _middle.Certificate, _root.Certificate]))
            {
                var theirs = await PeerCommand.RunAsync(openssl, ["s_client", "-brief", "-connect", $"127.0.0.1:{port}", "-servername", Host, "-dane_tlsa_domain", Host, "-dane_tlsa_rrdata", record.ToString(), "-dane_ee_no_namechecks", "-verify_return_error"]);
                var ours = DaneCheck.Verify(TlsaRecords(record), certificates, DateTimeOffset.UtcNow);
                if (ours.Accepted != (theirs.ExitCode == 0))
                    different.Add($"{name}, {record.ToString()[..12]}: {ours}; OpenSSL: {theirs.ExitCode} {theirs.Output} {theirs.Error}");
                _ = ours.Accepted ? accepted++ : refused++;
            }
        }

        Assert.True(different.Count == 0, string.Join('\n', different));
        Assert.True(accepted > 40 && refused > 40, $"{accepted} accepted, {refused} refused");
    }

    private static IEnumerable<TlsaRecord> Records(X509Certificate2[] certificates) =>
        from certificate in certificates
        from usage in new[] { TlsaUsage.DaneTa, TlsaUsage.DaneEe }
        from selector in new[] { TlsaSelector.Cert, TlsaSelector.Spki }
        from matching in new[] { TlsaMatchingType.Full, TlsaMatchingType.Sha256 }
        let part = selector == TlsaSelector.Cert ? certificate.RawData : certificate.PublicKey.ExportSubjectPublicKeyInfo()
        select new TlsaRecord(usage, selector, matching, Convert.ToHexStringLower(matching == TlsaMatchingType.Full ? part : SHA256.HashData(part)), TimeSpan.Zero);

    private static DanePolicy TlsaRecords(TlsaRecord record) => new()
    {
        Use = DaneUse.Authenticate,
        Reason = "One record.",
        Source = "RFC 7672 section 2.2",
        BaseDomain = Host,
        ReferenceNames = [Host],
        Records = [record],
    };

    private string[] Serve(string name, X509Certificate2[] certificates, int port)
    {
        var file = name.Replace(' ', '-');
        var certificate = _folder.Write(file + ".pem", certificates[0].ExportCertificatePem());
        var key = _folder.WriteSecret(file + ".key", certificates[0].GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        var rest = _folder.Write(file + ".chain", string.Join('\n', certificates.Skip(1).Select(c => c.ExportCertificatePem())));
        return ["s_server", "-quiet", "-accept", $"127.0.0.1:{port}", "-cert", certificate, "-key", key, .. certificates.Length > 1 ? new[] { "-cert_chain", rest } : [], "-no_ssl3"];
    }
}
