using System.Net;
using System.Security.Authentication;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Routing;
using MailOps.Server.Queue.TlsReports;
using MailOps.Tests.Support;
using MailOps.Trust.TlsRpt;
using Xunit;

namespace MailOps.Server.Tests.Queue.TlsReports;

/// <summary>What comes of each try to come to TLS with a host, as reports count it (RFC 8460 section 4.3).</summary>
public sealed class TlsSessionTests : IAsyncDisposable
{
    private readonly QueueFixture _queue = new();
    private readonly SecureZone _zone;

    public TlsSessionTests() => _zone = new SecureZone(_queue);

    public async ValueTask DisposeAsync()
    {
        await _queue.DisposeAsync();
        await _zone.DisposeAsync();
    }

    private async Task<TlsSession> SeenAsync(bool isOptional = false)
    {
        await _queue.StartAsync();
        await _queue.SendAsync("Subject: hello\r\n\r\nbody\r\n", new Envelope
        {
            Sender = "a@here.example",
            Recipients = [new EnvelopeRecipient { Address = "b@far.example", NextHop = NextHops.Of("b@far.example") }],
            Expires = _queue.Clock.GetUtcNow().AddDays(5),
            IsTlsOptional = isOptional,
        });
        await QueueFixture.UntilAsync(() => !_queue.Records.IsEmpty || _queue.Queue.States().Any(state => state.LastError is not null), "an outcome");
        return isOptional ? null! : Assert.Single(_queue.Sessions);
    }

    [Fact]
    public async Task TLS_that_nobody_asked_for_is_a_success_without_a_policy()
    {
        var session = await SeenAsync();
        Assert.Equal(("far.example", "no-policy-found", "far.example", (TlsFault?)null), (session.Domain, session.Policy.Type, session.Policy.Domain, session.Fault));
        Assert.Equal(new TlsSessionDetail("mx1.far.example", "127.0.0.1", "127.0.0.1", "next.example", null), session.Detail);
    }

    [Fact]
    public async Task Without_STARTTLS_it_is_starttls_not_supported_though_the_mail_went()
    {
        _zone.Next.Certificate = null;
        Assert.Equal(TlsFault.StartTlsNotSupported, (await SeenAsync()).Fault);
        Assert.Single(_zone.Next.Messages);
    }

    [Fact]
    public async Task A_handshake_that_comes_to_nothing_counts_once_with_what_was_said()
    {
        _zone.Next.Answer = line => line == "STARTTLS" ? "454 4.7.0 Not now" : null;
        var session = await SeenAsync();
        Assert.Equal((TlsFault.ValidationFailure, "mx1.far.example offers STARTTLS, and answered 454 4.7.0 Not now."), (session.Fault, session.Detail.Reason));
        Assert.Equal(2, _zone.Next.Connections);
    }

    [Fact]
    public async Task What_a_sender_does_not_care_about_is_not_counted()
    {
        await SeenAsync(isOptional: true);
        Assert.Empty(_queue.Sessions);
        Assert.Single(_zone.Next.Messages);
    }

    [Fact]
    public async Task DANE_that_holds_is_a_success_under_its_records()
    {
        _zone.IsSigned = true;
        _zone.Tlsa["mx1.far.example"] = true;
        var session = await SeenAsync();
        Assert.Equal(("far.example", "tlsa", "mx1.far.example", (TlsFault?)null), (session.Domain, session.Policy.Type, session.Policy.Domain, session.Fault));
        Assert.Matches("^3 1 1 [0-9a-f]{64}$", Assert.Single(session.Policy.Text));
    }

    [Fact]
    public async Task A_certificate_that_no_TLSA_record_names_is_not_trusted()
    {
        _zone.IsSigned = true;
        _zone.Tlsa["mx1.far.example"] = false;
        var session = await SeenAsync();
        Assert.Equal(("tlsa", TlsFault.CertificateNotTrusted), (session.Policy.Type, session.Fault));
        Assert.Contains("matches none of the 1 DANE-EE record(s)", session.Detail.Reason, StringComparison.Ordinal);
        Assert.Equal("127.0.0.1", session.Detail.ReceivingIp);
    }

    [Fact]
    public async Task TLSA_records_of_which_none_can_be_used_are_invalid_though_the_mail_went_over_TLS()
    {
        _zone.IsSigned = true;
        _zone.TlsaKind = (1, 1);
        _zone.Tlsa["mx1.far.example"] = true;
        var session = await SeenAsync();
        Assert.Equal(("tlsa", TlsFault.TlsaInvalid), (session.Policy.Type, session.Fault));
        Assert.StartsWith("1 1 1 ", Assert.Single(session.Policy.Text), StringComparison.Ordinal);
        Assert.Single(_zone.Next.Messages);
    }

    [Fact]
    public async Task TLSA_records_that_cannot_be_found_out_are_dnssec_invalid_without_a_connection()
    {
        _zone.IsSigned = true;
        _zone.HidesTlsa = true;
        var session = await SeenAsync();
        Assert.Equal(("tlsa", TlsFault.DnssecInvalid, null, null), (session.Policy.Type, session.Fault, session.Detail.SendingIp, session.Detail.ReceivingIp));
        Assert.Contains("could not be found out", session.Detail.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MTA_STS_that_holds_is_a_success_under_its_policy()
    {
        _zone.Policy = SecureZone.PolicyOf("enforce", "*.far.example");
        var session = await SeenAsync();
        Assert.Equal(("sts", "far.example", (TlsFault?)null), (session.Policy.Type, session.Policy.Domain, session.Fault));
        Assert.Equal(["version: STSv1", "mode: enforce", "mx: *.far.example", "max_age: 86400"], session.Policy.Text);
        Assert.Equal(["*.far.example"], session.Policy.MxHosts);
    }

    [Theory]
    [InlineData("enforce")]
    [InlineData("testing")]
    public async Task A_certificate_for_another_name_is_a_mismatch_whatever_the_mode(string mode)
    {
        _zone.Policy = SecureZone.PolicyOf(mode, "mx1.far.example");
        _zone.CertifiedName = "other.far.example";
        Assert.Equal(("sts", TlsFault.CertificateHostMismatch), await KindAsync());
    }

    [Fact]
    public async Task One_that_ended_has_expired()
    {
        _zone.Policy = SecureZone.PolicyOf("testing", "mx1.far.example");
        _zone.CertifiedAt = _queue.Clock.GetUtcNow().AddDays(-25);
        Assert.Equal(("sts", TlsFault.CertificateExpired), await KindAsync());
    }

    [Fact]
    public async Task One_of_an_authority_that_nobody_knows_is_not_trusted()
    {
        using var other = new TestAuthority("Other Trust", at: _queue.Clock.GetUtcNow());
        _zone.Policy = SecureZone.PolicyOf("testing", "mx1.far.example");
        _zone.Issuer = other;
        Assert.Equal(("sts", TlsFault.CertificateNotTrusted), await KindAsync());
    }

    [Fact]
    public async Task A_host_that_the_policy_does_not_name_fails_before_any_connection()
    {
        _zone.Policy = SecureZone.PolicyOf("enforce", "other.far.example");
        Assert.Equal(("sts", TlsFault.ValidationFailure), await KindAsync());
        Assert.Equal(0, _zone.Next.Connections);
    }

    [Fact]
    public async Task Hiding_STARTTLS_under_a_policy_is_starttls_not_supported()
    {
        _zone.Policy = SecureZone.PolicyOf("enforce", "mx1.far.example");
        _zone.Next.Certificate = null;
        Assert.Equal(("sts", TlsFault.StartTlsNotSupported), await KindAsync());
    }

    [Fact]
    public async Task A_policy_that_cannot_be_fetched_is_a_fetch_error_though_the_mail_went()
    {
        _zone.Policy = "anything";
        _zone.PolicyAnswer = () => null;
        Assert.Equal(("sts", TlsFault.StsPolicyFetchError), await KindAsync());
        Assert.Single(_zone.Next.Messages);
    }

    [Fact]
    public async Task So_is_one_that_is_not_found()
    {
        _zone.Policy = "anything";
        _zone.PolicyAnswer = () => new HttpResponseMessage(HttpStatusCode.NotFound);
        Assert.Equal(("sts", TlsFault.StsPolicyFetchError), await KindAsync());
    }

    [Fact]
    public async Task A_policy_that_is_none_is_invalid()
    {
        _zone.Policy = "version: STSv1\nmode: whatever\n";
        Assert.Equal(("sts", TlsFault.StsPolicyInvalid), await KindAsync());
    }

    [Fact]
    public async Task A_policy_behind_a_certificate_that_does_not_hold_is_webpki_invalid()
    {
        _zone.Policy = "anything";
        _zone.PolicyAnswer = () => throw new HttpRequestException("The SSL connection could not be established", new AuthenticationException("The remote certificate is invalid"));
        Assert.Equal(("sts", TlsFault.StsWebPkiInvalid), await KindAsync());
    }

    private async Task<(string, TlsFault?)> KindAsync()
    {
        var session = await SeenAsync();
        return (session.Policy.Type, session.Fault);
    }
}
