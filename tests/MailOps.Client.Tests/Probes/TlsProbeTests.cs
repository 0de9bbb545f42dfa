using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using MailOps.Client.Probes;
using MailOps.Wire;
using Xunit;

namespace MailOps.Client.Tests.Probes;

public sealed class TlsProbeTests
{
    private static readonly TestCertificates Made = new();

    private static Task<MailTlsReport> ProbeAsync(int port, MailProtocol protocol = MailProtocol.Imap, TlsMode tls = TlsMode.Implicit, string? name = "mail.example.org", bool trustRoot = true, double seconds = 10) =>
        new TlsProbe(new TlsProbeOptions { Timeout = TimeSpan.FromSeconds(seconds), Roots = trustRoot ? [Made.Root] : [] })
            .RunAsync(new TlsTarget("127.0.0.1", port, protocol, tls, name), TestContext.Current.CancellationToken);

    private static Finding Of(MailTlsReport report, string check) =>
        Assert.Single(report.Findings, f => f.Check == check);

    private static string All(MailTlsReport report) => string.Join("\n", report.Findings);

    [Fact]
    public async Task A_sound_server_passes()
    {
        await using var server = StandInTlsServer.Implicit(Made.Leaf(), [Made.Intermediate], SslProtocols.Tls12 | SslProtocols.Tls13);
        var report = await ProbeAsync(server.Port);
        Assert.True(report.Verdict == FindingStatus.Pass, All(report));
        Assert.Empty(report.Reasons);
        Assert.True(report.IsTrusted);
        Assert.Equal("TLSv1.2, TLSv1.3", string.Join(", ", report.VersionsTaken));
        Assert.Equal("TLSv1.3", report.Version);
        Assert.StartsWith("TLS_", report.CipherSuite);
        Assert.Equal("x25519", report.KeyExchangeGroup);
        Assert.Equal("CN=mail.example.org <- CN=Test Intermediate", string.Join(" <- ", report.Chain));
        Assert.Equal(("EC", 256), (report.Certificate!.KeyType, report.Certificate.KeyBits));
        Assert.Equal(Made.Root.SubjectName.Name, report.Chain[1].Issuer);
        Assert.All(report.Findings, f => Assert.NotEmpty(f.Message));
    }

    [Theory]
    [InlineData(MailProtocol.Smtp)]
    [InlineData(MailProtocol.Submission)]
    [InlineData(MailProtocol.Pop3)]
    [InlineData(MailProtocol.Imap)]
    public async Task STARTTLS_is_spoken_in_each_protocol(MailProtocol protocol)
    {
        using var own = TestCertificates.SelfSigned();
        await using var server = StandInTlsServer.StartTls(protocol, own);
        var report = await ProbeAsync(server.Port, protocol, TlsMode.StartTls);
        Assert.True(Of(report, "StartTls").Status == FindingStatus.Pass, All(report));
        Assert.Equal("TLSv1.3", report.Version);
        Assert.Equal(FindingStatus.Pass, Of(report, "StartTlsInjection").Status);
        Assert.Equal(protocol == MailProtocol.Smtp ? FindingStatus.Warning : FindingStatus.Fail, Of(report, "CertificateTrust").Status);
    }

    [Theory]
    [InlineData(MailProtocol.Smtp)]
    [InlineData(MailProtocol.Pop3)]
    [InlineData(MailProtocol.Imap)]
    public async Task A_server_that_keeps_plaintext_over_STARTTLS_fails_CVE_2011_0411(MailProtocol protocol)
    {
        using var own = TestCertificates.SelfSigned();
        await using var server = StandInTlsServer.StartTls(protocol, own, injectable: true);
        var report = await ProbeAsync(server.Port, protocol, TlsMode.StartTls);
        Assert.Equal(FindingStatus.Fail, Of(report, "StartTlsInjection").Status);
        Assert.Equal(FindingStatus.Fail, report.Verdict);
    }

    [Fact]
    public async Task A_self_signed_certificate_is_called_self_signed()
    {
        using var own = TestCertificates.SelfSigned();
        await using var server = StandInTlsServer.Implicit(own);
        var report = await ProbeAsync(server.Port, trustRoot: false);
        Assert.Equal(FindingStatus.Fail, report.Verdict);
        Assert.False(report.IsTrusted);
        Assert.Contains("self-signed", Assert.Single(report.Reasons));
    }

    [Fact]
    public async Task A_private_authority_is_an_unknown_issuer()
    {
        await using var server = StandInTlsServer.Implicit(Made.Leaf(), [Made.Intermediate, Made.Root]);
        var report = await ProbeAsync(server.Port, trustRoot: false);
        Assert.False(report.IsTrusted);
        Assert.Contains("issuer is unknown", Of(report, "CertificateTrust").Message);
    }

    [Fact]
    public async Task A_missing_intermediate_is_named()
    {
        await using var server = StandInTlsServer.Implicit(Made.Leaf(authorityAddress: true));
        var report = await ProbeAsync(server.Port);
        Assert.Single(report.Chain);
        var finding = Of(report, "CertificateChain");
        Assert.Equal(FindingStatus.Fail, finding.Status);
        Assert.Contains("CN=Test Intermediate", finding.Message);
        Assert.Contains("http://authority.invalid/intermediate.cer", finding.Evidence);
    }

    [Fact]
    public async Task A_wrong_name_is_named()
    {
        await using var server = StandInTlsServer.Implicit(Made.Leaf("other.example.org"), [Made.Intermediate]);
        var report = await ProbeAsync(server.Port);
        Assert.Contains("not for mail.example.org but for other.example.org", Assert.Single(report.Reasons));
        Assert.False(report.IsTrusted);
    }

    [Fact]
    public async Task A_name_in_the_common_name_alone_does_not_count_RFC9525()
    {
        await using var server = StandInTlsServer.Implicit(Made.Leaf(commonNameOnly: true), [Made.Intermediate]);
        Assert.Contains("Only the common name", Of(await ProbeAsync(server.Port), "CertificateName").Message);
    }

    [Fact]
    public async Task Without_a_name_to_compare_the_name_is_unknown_and_not_wrong()
    {
        await using var server = StandInTlsServer.Implicit(Made.Leaf(), [Made.Intermediate]);
        var report = await ProbeAsync(server.Port, name: null);
        Assert.Equal(FindingStatus.Unknown, Of(report, "CertificateName").Status);
        Assert.Null(report.IsTrusted);
    }

    [Fact]
    public async Task A_certificate_for_the_address_is_good_for_the_address()
    {
        await using var server = StandInTlsServer.Implicit(Made.Leaf("127.0.0.1"), [Made.Intermediate]);
        Assert.Equal(FindingStatus.Pass, Of(await ProbeAsync(server.Port, name: null), "CertificateName").Status);
    }

    [Fact]
    public async Task An_expired_certificate_fails_even_between_servers()
    {
        await using var server = StandInTlsServer.Implicit(Made.Leaf(fromDays: -100, toDays: -3), [Made.Intermediate]);
        var report = await ProbeAsync(server.Port, MailProtocol.Smtp);
        Assert.Equal(FindingStatus.Fail, Of(report, "CertificateDates").Status);
        Assert.Contains("expired", Of(report, "CertificateDates").Message);
        Assert.InRange(report.DaysLeft!.Value, -4, -3);
        Assert.False(report.IsTrusted);
    }

    [Fact]
    public async Task A_certificate_that_soon_ends_is_a_warning()
    {
        await using var server = StandInTlsServer.Implicit(Made.Leaf(toDays: 5), [Made.Intermediate]);
        var report = await ProbeAsync(server.Port);
        Assert.Equal(FindingStatus.Warning, Of(report, "CertificateDates").Status);
        Assert.True(report.IsTrusted);
    }

    [Fact]
    public async Task A_certificate_for_clients_is_not_meant_for_servers()
    {
        await using var server = StandInTlsServer.Implicit(Made.Leaf(clientOnly: true), [Made.Intermediate]);
        Assert.Equal(FindingStatus.Fail, Of(await ProbeAsync(server.Port), "CertificateUsage").Status);
    }

    [Fact]
    public async Task A_chain_out_of_order_is_a_warning_RFC5246_7_4_2()
    {
        await using var server = StandInTlsServer.Implicit(Made.Leaf(), [Made.Root, Made.Intermediate]);
        var report = await ProbeAsync(server.Port);
        // SslStream may sort what it is given; then there is nothing to warn of.
        var sent = string.Join(", ", report.Chain);
        Assert.Equal(sent.EndsWith("Test Root, CN=Test Intermediate", StringComparison.Ordinal), report.Findings.Any(f => f.Check == "CertificateOrder"));
    }

    [Fact]
    public async Task A_refused_connection_is_blocked_not_failed()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var report = await ProbeAsync(((IPEndPoint)taken.LocalEndPoint!).Port);
        Assert.Equal(FindingStatus.Blocked, report.Verdict);
        Assert.Contains("refused", Of(report, "Connection").Evidence);
    }

    [Fact]
    public async Task An_unknown_host_is_blocked_not_failed()
    {
        var report = await new TlsProbe(new TlsProbeOptions()).RunAsync(new TlsTarget("no-such-host.invalid", 25, MailProtocol.Smtp, TlsMode.StartTls), TestContext.Current.CancellationToken);
        Assert.Equal(FindingStatus.Blocked, report.Verdict);
    }

    [Fact]
    public async Task A_null_MX_is_answered_with_a_finding()
    {
        var report = await new TlsProbe(new TlsProbeOptions()).RunAsync(new TlsTarget(".", 25, MailProtocol.Smtp, TlsMode.StartTls), TestContext.Current.CancellationToken);
        Assert.Equal(FindingStatus.Unknown, report.Verdict);
        Assert.Contains("null MX", Assert.Single(report.Reasons));
    }

    [Theory]
    [InlineData(MailProtocol.Smtp, "220 hi\r\n250-x\r\n250 SIZE\r\n", "does not offer STARTTLS")]
    [InlineData(MailProtocol.Pop3, "+OK hi\r\n+OK\r\nUIDL\r\n.\r\n", "does not offer STLS")]
    [InlineData(MailProtocol.Imap, "* OK hi\r\n* CAPABILITY IMAP4rev1\r\np1 OK\r\n", "does not offer STARTTLS")]
    [InlineData(MailProtocol.Smtp, "220 hi\r\n250-x\r\n250 STARTTLS\r\n454 not now\r\n", "454 not now")]
    [InlineData(MailProtocol.Imap, "* PREAUTH hi\r\n", "PREAUTH")]
    [InlineData(MailProtocol.Smtp, "HTTP/1.1 400 Bad Request\r\n", "does not speak SMTP")]
    public async Task A_server_that_does_not_get_to_TLS_fails_with_its_own_words(MailProtocol protocol, string said, string reason)
    {
        await using var server = StandInTlsServer.Saying(Encoding.ASCII.GetBytes(said));
        var report = await ProbeAsync(server.Port, protocol, TlsMode.StartTls);
        Assert.Equal(FindingStatus.Fail, report.Verdict);
        var finding = Assert.Single(report.Findings);
        Assert.Contains(reason, finding.Message);
        Assert.NotEmpty(finding.Evidence);
    }

    [Theory]
    [InlineData(MailProtocol.Smtp, "554 go away\r\n")]
    [InlineData(MailProtocol.Smtp, "421 too many\r\n")]
    [InlineData(MailProtocol.Pop3, "-ERR busy\r\n")]
    [InlineData(MailProtocol.Imap, "* BYE busy\r\n")]
    public async Task A_server_that_does_not_serve_us_is_blocked(MailProtocol protocol, string said)
    {
        await using var server = StandInTlsServer.Saying(Encoding.ASCII.GetBytes(said));
        var report = await ProbeAsync(server.Port, protocol, TlsMode.StartTls);
        Assert.Equal(FindingStatus.Blocked, report.Verdict);
        Assert.Contains(said.Trim(), Assert.Single(report.Reasons));
    }

    [Theory]
    [InlineData(TlsMode.StartTls)]
    [InlineData(TlsMode.Implicit)]
    public async Task A_server_that_never_answers_is_blocked(TlsMode tls)
    {
        await using var server = StandInTlsServer.Saying([]);
        var report = await ProbeAsync(server.Port, MailProtocol.Imap, tls, seconds: 0.3);
        Assert.Equal(FindingStatus.Blocked, report.Verdict);
    }

    [Theory]
    [InlineData(TlsMode.StartTls)]
    [InlineData(TlsMode.Implicit)]
    public async Task A_server_that_closes_at_once_is_blocked(TlsMode tls)
    {
        await using var server = new StandInTlsServer((_, _, _) => Task.CompletedTask);
        Assert.Equal(FindingStatus.Blocked, (await ProbeAsync(server.Port, MailProtocol.Smtp, tls)).Verdict);
    }

    [Fact]
    public async Task A_greeting_of_1_MiB_without_end_fails_within_bounds()
    {
        await using var server = StandInTlsServer.Saying([.. Enumerable.Repeat((byte)'A', 1024 * 1024)]);
        var report = await ProbeAsync(server.Port, MailProtocol.Smtp, TlsMode.StartTls);
        Assert.Contains("without a line end", Assert.Single(report.Reasons));
    }

    [Fact]
    public async Task A_greeting_of_endless_lines_fails_within_bounds()
    {
        await using var server = StandInTlsServer.Saying(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("220-more\r\n", 20_000))));
        var report = await ProbeAsync(server.Port, MailProtocol.Smtp, TlsMode.StartTls);
        Assert.Contains("no end", Assert.Single(report.Reasons));
    }

    [Fact]
    public async Task A_reply_that_drips_line_by_line_has_one_deadline()
    {
        await using var server = StandInTlsServer.Dripping("220-more");
        var report = await ProbeAsync(server.Port, MailProtocol.Smtp, TlsMode.StartTls, seconds: 1);
        Assert.Contains("no end within 1 s", Assert.Single(report.Reasons));
    }

    [Fact]
    public async Task A_greeting_in_the_clear_on_an_implicit_port_is_told()
    {
        await using var server = StandInTlsServer.Saying(Encoding.ASCII.GetBytes("220 mail.example.org ESMTP\r\n"));
        var report = await ProbeAsync(server.Port, MailProtocol.Submission);
        Assert.Equal(FindingStatus.Fail, report.Verdict);
        Assert.Contains("220 mail.example.org ESMTP", Assert.Single(report.Reasons));
        Assert.Contains("StartTls", Assert.Single(report.Reasons));
    }

    [Theory]
    [InlineData("16030100020200")]
    [InlineData("160303000402000000")]
    [InlineData("1603030006020000020303")]
    [InlineData("16030300040200FFFF")]
    [InlineData("160303FFFF0200")]
    [InlineData("FFFFFFFFFFFFFFFFFFFF")]
    [InlineData("1503030003020101")]
    [InlineData("1703030001FF")]
    public async Task A_garbled_first_flight_is_no_failure_of_ours(string hex)
    {
        await using var server = StandInTlsServer.Saying(Convert.FromHexString(hex), waitForClient: true);
        var report = await ProbeAsync(server.Port, seconds: 0.5);
        Assert.Contains(report.Verdict, new[] { FindingStatus.Fail, FindingStatus.Blocked });
        Assert.NotEmpty(report.Reasons);
    }

    [Fact]
    public async Task Cancelling_ends_a_probe()
    {
        await using var server = StandInTlsServer.Saying([]);
        using var cancel = new CancellationTokenSource();
        var probing = new TlsProbe(new TlsProbeOptions { Timeout = TimeSpan.FromMinutes(10) }).RunAsync(new TlsTarget("127.0.0.1", server.Port, MailProtocol.Smtp, TlsMode.StartTls), cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => probing.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
    }
}
