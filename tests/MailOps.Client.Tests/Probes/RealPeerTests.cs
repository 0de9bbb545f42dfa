using System.Text.RegularExpressions;
using MailOps.Client.Probes;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Client.Tests.Probes;

/// <summary>The probe against OpenSSL's own server in old versions, Dovecot and Postfix; sslscan has to agree.</summary>
public sealed class RealPeerTests
{
    private const string Everything = "ALL:@SECLEVEL=0";

    private static Task<MailTlsReport> ProbeAsync(int port, MailProtocol protocol, TlsMode tls) =>
        new TlsProbe(new TlsProbeOptions()).RunAsync(new TlsTarget("127.0.0.1", port, protocol, tls, "mail.example.org"), TestContext.Current.CancellationToken);

    private static async Task<PrivateFolder> CertificateAsync(string key = "rsa:2048")
    {
        var folder = new PrivateFolder();
        await PrivateFolder.RunAsync(Peers.Require("openssl", "openssl"), "req", "-x509", "-newkey", key, "-nodes", "-keyout", folder.Of("key.pem"), "-out", folder.Of("cert.pem"), "-days", "90", "-subj", "/CN=mail.example.org", "-addext", "subjectAltName=DNS:mail.example.org");
        return folder;
    }

    private static async Task<PeerProcess> ServerAsync(int port, string options, string keyType = "rsa:2048")
    {
        var folder = await CertificateAsync(keyType);
        var server = await PeerProcess.StartAsync(Peers.Require("openssl", "openssl"), ["s_server", "-accept", $"127.0.0.1:{port}", "-cert", folder.Of("cert.pem"), "-key", folder.Of("key.pem"), "-cipher", Everything, "-quiet", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)], port);
        server.Folder = folder;
        return server;
    }

    private static async Task<string> SslscanAsync(string sslscan, int port, params string[] options)
    {
        var seen = await PrivateFolder.RunAsync(sslscan, ["--no-colour", "--no-ciphersuites", "--no-heartbleed", "--no-groups", .. options, $"127.0.0.1:{port}"]);
        return string.Join(' ', Regex.Matches(seen, @"^(?<version>SSLv3|TLSv1\.\d) +enabled", RegexOptions.Multiline | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5))
            .Select(m => m.Groups["version"].Value.Replace("TLSv1.0", "TLSv1", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("-tls1", "TLSv1")]
    [InlineData("-tls1_1", "TLSv1.1")]
    [InlineData("-tls1_2", "TLSv1.2")]
    [InlineData("-tls1_3", "TLSv1.3")]
    [InlineData("-no_tls1_3", "TLSv1 TLSv1.1 TLSv1.2")]
    [InlineData("-no_tls1 -no_tls1_1", "TLSv1.2 TLSv1.3")]
    [InlineData("", "TLSv1 TLSv1.1 TLSv1.2 TLSv1.3")]
    [InlineData("-groups secp384r1", "TLSv1 TLSv1.1 TLSv1.2 TLSv1.3")]
    public async Task The_versions_that_OpenSSL_takes_are_seen_whatever_this_machine_allows(string options, string expected)
    {
        var port = FreePort.Next();
        await using var server = await ServerAsync(port, options);
        var report = await ProbeAsync(port, MailProtocol.Imap, TlsMode.Implicit);
        Assert.Equal(expected, string.Join(' ', report.VersionsTaken));
        Assert.Equal(expected.Split(' ')[^1], report.Version);
        Assert.NotNull(report.CipherSuite);
        Assert.Equal("CN=mail.example.org", report.CertificateSubject);
        Assert.Equal(options.Contains("secp384r1", StringComparison.Ordinal) ? "secp384r1" : "x25519", report.KeyExchangeGroup);
        Assert.Equal(expected.Contains("TLSv1 ", StringComparison.Ordinal) || expected == "TLSv1" ? FindingStatus.Fail : FindingStatus.Pass, report.Findings.Single(f => f.Check == "TLSv1").Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-no_tls1_3 -no_tls1")]
    public async Task sslscan_sees_the_same_versions(string options)
    {
        var sslscan = Peers.Require("sslscan", "sslscan");
        var port = FreePort.Next();
        await using var server = await ServerAsync(port, options);
        var report = await ProbeAsync(port, MailProtocol.Imap, TlsMode.Implicit);
        Assert.Equal(await SslscanAsync(sslscan, port), string.Join(' ', report.VersionsTaken));
    }

    [Fact]
    public async Task A_key_of_1024_bits_fails_although_this_machine_may_refuse_it()
    {
        var port = FreePort.Next();
        await using var server = await ServerAsync(port, "", "rsa:1024");
        var report = await ProbeAsync(port, MailProtocol.Imap, TlsMode.Implicit);
        Assert.Equal(("RSA", 1024), (report.Certificate!.KeyType, report.Certificate.KeyBits));
        Assert.Equal(FindingStatus.Fail, report.Findings.Single(f => f.Check == "CertificateKey").Status);
    }

    [Fact]
    public async Task Dovecot_is_probed_on_all_four_ports()
    {
        using var folder = await CertificateAsync();
        var ports = new[] { FreePort.Next(), FreePort.Next(), FreePort.Next(), FreePort.Next() };
        var configuration = $$"""
            protocols = imap pop3
            ssl = yes
            ssl_cert = <{{folder.Of("cert.pem")}}
            ssl_key = <{{folder.Of("key.pem")}}
            disable_plaintext_auth = yes
            service imap-login {
              inet_listener imap {
                port = {{ports[0]}}
              }
              inet_listener imaps {
                port = {{ports[1]}}
                ssl = yes
              }
            }
            service pop3-login {
              inet_listener pop3 {
                port = {{ports[2]}}
              }
              inet_listener pop3s {
                port = {{ports[3]}}
                ssl = yes
              }
            }
            passdb {
              driver = static
              args = password=secret
            }
            """;
        await using var server = await DovecotProcess.StartAsync(folder, configuration, ports);
        (MailProtocol, TlsMode)[] kinds = [(MailProtocol.Imap, TlsMode.StartTls), (MailProtocol.Imap, TlsMode.Implicit), (MailProtocol.Pop3, TlsMode.StartTls), (MailProtocol.Pop3, TlsMode.Implicit)];
        foreach (var ((protocol, tls), port) in kinds.Zip(ports))
            Expect(await ProbeAsync(port, protocol, tls), tls, FindingStatus.Fail);
    }

    [Fact]
    public async Task Postfix_is_probed_over_STARTTLS_and_with_TLS_at_once()
    {
        var postfix = PrivateFolder.RequireServer("postfix", "postfix");
        var folder = await CertificateAsync();
        var ports = new[] { FreePort.Next(), FreePort.Next() };
        Directory.CreateDirectory($"{folder.Path}/spool");
        Directory.CreateDirectory($"{folder.Path}/data");
        await PrivateFolder.RunAsync("/bin/chown", "postfix", $"{folder.Path}/data");
        folder.Write("etc/main.cf", $"""
            compatibility_level = 3.6
            queue_directory = {folder.Path}/spool
            data_directory = {folder.Path}/data
            myhostname = mail.example.org
            mydestination =
            inet_interfaces = loopback-only
            inet_protocols = ipv4
            maillog_file = /dev/stdout
            smtpd_tls_security_level = may
            smtpd_tls_cert_file = {folder.Of("cert.pem")}
            smtpd_tls_key_file = {folder.Of("key.pem")}

            """);
        folder.Write("etc/master.cf", $"""
            127.0.0.1:{ports[0]} inet n - n - - smtpd
            127.0.0.1:{ports[1]} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes -o smtpd_tls_mandatory_protocols=>=TLSv1.2
            postlog unix-dgram n - n - 1 postlogd
            pickup unix n - n 60 1 pickup
            cleanup unix n - n - 0 cleanup
            qmgr unix n - n 300 1 qmgr
            tlsmgr unix - - n 1000? 1 tlsmgr
            rewrite unix - - n - - trivial-rewrite
            bounce unix - - n - 0 bounce
            defer unix - - n - 0 bounce
            proxymap unix - - n - - proxymap
            anvil unix - - n - 1 anvil

            """);
        await using var server = await PeerProcess.StartAsync(postfix, ["-c", $"{folder.Path}/etc", "start-fg"], ports);
        server.Folder = folder;
        // Postfix as it comes takes TLSv1 between servers; a strict library on this side does not hide that.
        var report = await ProbeAsync(ports[0], MailProtocol.Smtp, TlsMode.StartTls);
        Assert.Equal(await SslscanAsync(Peers.Require("sslscan", "sslscan"), ports[0], "--starttls-smtp"), string.Join(' ', report.VersionsTaken));
        Assert.Equal(FindingStatus.Warning, report.Verdict);
        Assert.Equal(FindingStatus.Pass, report.Findings.Single(f => f.Check == "StartTlsInjection").Status);
        Expect(await ProbeAsync(ports[1], MailProtocol.Submission, TlsMode.Implicit), TlsMode.Implicit, FindingStatus.Fail);
    }

    private static void Expect(MailTlsReport report, TlsMode tls, FindingStatus verdict)
    {
        var all = string.Join("\n", report.Findings);
        Assert.True(report.Verdict == verdict, all);
        Assert.Contains("self-signed", Assert.Single(report.Reasons));
        Assert.Equal("TLSv1.3", report.Version);
        Assert.Contains(report.VersionsTaken, v => v == "TLSv1.2");
        Assert.DoesNotContain(report.Versions, v => v.Taken is null);
        Assert.Equal("CN=mail.example.org", report.CertificateSubject);
        if (tls == TlsMode.StartTls)
            Assert.True(report.Findings.Single(f => f.Check == "StartTlsInjection").Status == FindingStatus.Pass, all);
    }
}
