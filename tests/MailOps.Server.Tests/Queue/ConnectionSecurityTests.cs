using MailOps.Server.Accounts;
using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Queue.Administration;
using MailOps.Server.Queue.Routing;
using MailOps.Server.Queue.Spooling;
using Xunit;

namespace MailOps.Server.Tests.Queue;

/// <summary>What domains publish about TLS to their servers is kept on the way out, and what is not kept is told.</summary>
public sealed class ConnectionSecurityTests : IAsyncDisposable
{
    private readonly QueueFixture _queue = new();
    private readonly SecureZone _zone;

    public ConnectionSecurityTests() => _zone = new SecureZone(_queue);

    public async ValueTask DisposeAsync()
    {
        await _queue.DisposeAsync();
        await _zone.DisposeAsync();
    }

    private async Task<SpoolRecord> SendAsync()
    {
        await _queue.StartAsync();
        await _queue.SendAsync("Subject: hello\r\n\r\nbody\r\n", "a@here.example", "b@far.example");
        await QueueFixture.UntilAsync(() => !_queue.Records.IsEmpty || _queue.Queue.States().Any(state => state.LastError is not null), "an outcome");
        return Assert.Single(_queue.Records);
    }

    private async Task<string> FailAsync()
    {
        await _queue.StartAsync();
        await _queue.SendAsync("Subject: hello\r\n\r\nbody\r\n", "a@here.example", "b@far.example");
        await QueueFixture.UntilAsync(() => _queue.Queue.States().Any(state => state.LastError is not null), "a failure");
        Assert.Empty(_zone.Next.Messages);
        Assert.Empty(_queue.Records);
        return _queue.Queue.States().Single().LastError!;
    }

    [Fact]
    public async Task Without_anything_published_TLS_is_used_and_nothing_vouches_for_the_server()
    {
        var record = await SendAsync();
        Assert.Equal((SpoolEvent.Sent, "TLSv1.3", null, null), (record.Event, record.Tls, record.VerifiedBy, record.TlsProblem));
        Assert.Equal("mx1.far.example", Assert.Single(_zone.Asked));
    }

    [Fact]
    public async Task A_server_with_the_certificate_of_its_TLSA_record_is_verified_by_DANE()
    {
        _zone.IsSigned = true;
        _zone.CertifiedName = "anything.example";
        _zone.Tlsa["mx1.far.example"] = true;
        var record = await SendAsync();
        Assert.Equal((SpoolEvent.Sent, "DANE", null), (record.Event, record.VerifiedBy, record.TlsProblem));
        Assert.Equal("mx1.far.example", Assert.Single(_zone.Asked));
    }

    [Fact]
    public async Task Another_certificate_gets_no_mail_and_the_message_waits_until_the_record_is_right()
    {
        _zone.IsSigned = true;
        _zone.Tlsa["mx1.far.example"] = false;
        var error = await FailAsync();
        Assert.StartsWith("451 4.7.5 DANE requires TLS: ", error, StringComparison.Ordinal);
        Assert.Contains("matches none of the 1 DANE-EE record(s) of mx1.far.example", error, StringComparison.Ordinal);
        Assert.DoesNotContain(_zone.Next.Commands, command => command.StartsWith("MAIL", StringComparison.Ordinal));

        _zone.Tlsa["mx1.far.example"] = true;
        await _queue.EmptyAsync();
        Assert.Equal("DANE", _queue.Records.Last().VerifiedBy);
    }

    [Fact]
    public async Task A_server_that_hides_STARTTLS_gets_nothing_where_DANE_asks_for_it()
    {
        _zone.IsSigned = true;
        _zone.Tlsa["mx1.far.example"] = true;
        _zone.Next.Certificate = null;
        Assert.Contains("mx1.far.example does not offer STARTTLS.", await FailAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_it_cannot_be_found_out_whether_there_are_TLSA_records_nobody_is_connected_to()
    {
        _zone.IsSigned = true;
        _zone.HidesTlsa = true;
        var error = await FailAsync();
        Assert.Matches("^451 4\\.7\\.5 Whether _[0-9]+\\._tcp\\.mx1\\.far\\.example has TLSA records could not be found out", error);
        Assert.Equal(0, _zone.Next.Connections);
    }

    [Fact]
    public async Task TLSA_records_of_an_unsigned_zone_are_nobodys()
    {
        _zone.Tlsa["mx1.far.example"] = false;
        var record = await SendAsync();
        Assert.Equal((SpoolEvent.Sent, null), (record.Event, record.VerifiedBy));
    }

    [Fact]
    public async Task Behind_a_host_that_is_not_the_right_one_the_next_is_tried()
    {
        _zone.IsSigned = true;
        _zone.Hosts = ["mx1.far.example", "mx2.far.example"];
        _zone.Tlsa["mx1.far.example"] = false;
        _zone.Tlsa["mx2.far.example"] = true;
        var record = await SendAsync();
        Assert.Equal((SpoolEvent.Sent, "mx2.far.example", "DANE"), (record.Event, record.Host, record.VerifiedBy));
    }

    [Fact]
    public async Task A_host_that_an_enforced_policy_names_is_verified_by_MTA_STS()
    {
        _zone.Policy = SecureZone.PolicyOf("enforce", "*.far.example");
        var record = await SendAsync();
        Assert.Equal((SpoolEvent.Sent, "MTA-STS", null), (record.Event, record.VerifiedBy, record.TlsProblem));
    }

    [Fact]
    public async Task A_host_that_an_enforced_policy_does_not_name_is_not_connected_to()
    {
        _zone.Policy = SecureZone.PolicyOf("enforce", "other.far.example");
        Assert.StartsWith("451 4.7.5 MTA-STS: The policy of far.example does not name mx1.far.example", await FailAsync(), StringComparison.Ordinal);
        Assert.Equal(0, _zone.Next.Connections);
    }

    [Fact]
    public async Task A_certificate_for_another_name_gets_no_mail_under_an_enforced_policy()
    {
        _zone.Policy = SecureZone.PolicyOf("enforce", "mx1.far.example");
        _zone.CertifiedName = "other.far.example";
        Assert.Contains("The certificate of mx1.far.example is for other.far.example", await FailAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nor_does_a_server_that_hides_STARTTLS()
    {
        _zone.Policy = SecureZone.PolicyOf("enforce", "mx1.far.example");
        _zone.Next.Certificate = null;
        Assert.StartsWith("451 4.7.5 MTA-STS requires TLS: mx1.far.example does not offer STARTTLS.", await FailAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_in_testing_stops_nothing_and_what_is_wrong_is_told()
    {
        _zone.Policy = SecureZone.PolicyOf("testing", "mx1.far.example");
        _zone.CertifiedName = "other.far.example";
        var record = await SendAsync();
        Assert.Equal((SpoolEvent.Sent, "TLSv1.3", null), (record.Event, record.Tls, record.VerifiedBy));
        Assert.Contains("The certificate of mx1.far.example is for other.far.example", record.TlsProblem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_DANE_decides_MTA_STS_is_not_looked_at()
    {
        _zone.IsSigned = true;
        _zone.Tlsa["mx1.far.example"] = true;
        _zone.CertifiedName = "other.far.example";
        _zone.Policy = SecureZone.PolicyOf("enforce", "another.far.example");
        Assert.Equal("DANE", (await SendAsync()).VerifiedBy);
    }

    [Fact]
    public async Task A_handshake_that_fails_sends_it_in_the_clear_where_nobody_asks_for_more_and_says_so()
    {
        _zone.Next.Answer = line => line == "STARTTLS" ? "454 4.7.0 Not now" : null;
        var record = await SendAsync();
        Assert.Equal((SpoolEvent.Sent, null), (record.Event, record.Tls));
        Assert.Equal("mx1.far.example offers STARTTLS, and answered 454 4.7.0 Not now.", record.TlsProblem);
    }

    [Theory]
    [InlineData(null, null, "TLS is used where mx1.far.example offers it.", "Sent")]
    [InlineData(null, true, "mx1.far.example must offer TLS, and be the right server.", "Sent")]
    [InlineData("mx1.far.example", null, "mx1.far.example must offer TLS, and be the right server.", "Sent")]
    [InlineData("other.far.example", null, "Nothing is sent to mx1.far.example: 451 4.7.5 MTA-STS: The policy of far.example does not name mx1.far.example", "Deferred")]
    public async Task What_is_asked_is_seen_without_sending_anything(string? named, bool? hasTlsa, string told, string verdict)
    {
        await _queue.StartAsync();
        _zone.Policy = named is null ? null : SecureZone.PolicyOf("enforce", named);
        _zone.IsSigned = hasTlsa is not null;
        if (hasTlsa is { } isRight)
            _zone.Tlsa["mx1.far.example"] = isRight;
        var trial = new RouteTrial(
            new AccountDirectory(_queue.LoginsPath + ".none", ["here.example"], new ServerEvents(), TimeProvider.System, null), isOutbound: true, RouteTable.Empty, _queue.Queue.Router, _queue.Resolver!, _queue.Policies, new MailOps.Server.Queue.Forwarding.SenderRewriter(_queue.SpoolPath, TimeProvider.System), (_, _) => Task.FromResult<MailQueueInfo?>(null));
        var steps = await trial.RunAsync(new RouteQuestion("b@far.example"), TestContext.Current.CancellationToken);
        Assert.StartsWith(told, steps.Single(step => step.Step == "Policy").Detail, StringComparison.Ordinal);
        Assert.Contains(steps, step => step.Step == "Dane" && step.Status == "Pass");
        Assert.Equal(verdict, steps[^1].Verdict);
        Assert.Equal(0, _zone.Next.Connections);
    }

    [Fact]
    public async Task Port_465_and_smtps_begin_with_TLS()
    {
        _zone.Next.IsImplicitTls = true;
        Assert.True(RouteTarget.TryParse($"smtps:[127.0.0.1]:{_zone.Next.Port}", out var target, out _));
        _queue.Routes["far.example"] = target;
        var record = await SendAsync();
        Assert.Equal((SpoolEvent.Sent, "TLSv1.3", null), (record.Event, record.Tls, record.TlsProblem));
        Assert.DoesNotContain("STARTTLS", _zone.Next.Commands);
    }

    [Fact]
    public async Task And_never_in_the_clear()
    {
        Assert.True(RouteTarget.TryParse($"smtps:[127.0.0.1]:{_zone.Next.Port}", out var target, out _));
        _queue.Routes["far.example"] = target;
        Assert.StartsWith("451 4.7.5 The TLS handshake with 127.0.0.1 failed", await FailAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task But_not_where_a_policy_is_enforced()
    {
        _zone.Policy = SecureZone.PolicyOf("enforce", "mx1.far.example");
        _zone.Next.Answer = line => line == "STARTTLS" ? "454 4.7.0 Not now" : null;
        Assert.Contains("answered 454 4.7.0 Not now", await FailAsync(), StringComparison.Ordinal);
    }
}
