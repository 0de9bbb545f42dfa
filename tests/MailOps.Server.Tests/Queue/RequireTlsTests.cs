using MailOps.Server.Queue;
using MailOps.Server.Queue.Routing;
using MailOps.Server.Queue.Spooling;
using MailOps.Smtp;
using Xunit;

namespace MailOps.Server.Tests.Queue;

/// <summary>What senders ask of the connections that their mail crosses (RFC 8689).</summary>
public sealed class RequireTlsTests : IAsyncDisposable
{
    private readonly QueueFixture _queue = new();
    private readonly SecureZone _zone;

    public RequireTlsTests()
    {
        _zone = new SecureZone(_queue);
        _zone.Next.OffersWithTls = ["REQUIRETLS"];
    }

    public async ValueTask DisposeAsync()
    {
        await _queue.DisposeAsync();
        await _zone.DisposeAsync();
    }

    private async Task<string> SendAsync(string sender = "a@here.example", bool required = true, bool optional = false, DsnReturn @return = DsnReturn.Unsaid)
    {
        await _queue.StartAsync();
        await _queue.SendAsync("Subject: secret subject\r\n\r\nsecret body\r\n", new Envelope
        {
            Sender = sender,
            Recipients = [new EnvelopeRecipient { Address = "b@far.example", NextHop = NextHops.Of("b@far.example") }],
            Expires = _queue.Clock.GetUtcNow() + _queue.Options.Lifetime,
            RequiresTls = required,
            IsTlsOptional = optional,
            Return = @return,
        });
        await QueueFixture.UntilAsync(() => !_queue.Records.IsEmpty || _queue.Queue.States().Any(state => state.LastError is not null), "an outcome");
        return _queue.Records.TryPeek(out var record) ? $"{record.Event} {record.Reply}" : _queue.Queue.States().Single().LastError!;
    }

    [Fact]
    public async Task A_signed_zone_and_a_trusted_certificate_are_enough_and_the_next_server_is_asked_for_the_same()
    {
        _zone.IsSigned = true;
        Assert.StartsWith("Sent 250", await SendAsync(), StringComparison.Ordinal);
        Assert.Equal("PKIX", Assert.Single(_queue.Records).VerifiedBy);
        Assert.Contains("MAIL FROM:<a@here.example> SIZE=40 REQUIRETLS", _zone.Next.Commands);
    }

    [Fact]
    public async Task And_so_are_DANE()
    {
        _zone.IsSigned = true;
        _zone.CertifiedName = "anything.example";
        _zone.Tlsa["mx1.far.example"] = true;
        Assert.StartsWith("Sent 250", await SendAsync(), StringComparison.Ordinal);
        Assert.Equal("DANE", Assert.Single(_queue.Records).VerifiedBy);
    }

    [Theory]
    [InlineData("enforce")]
    [InlineData("testing")]
    public async Task And_MTA_STS(string mode)
    {
        _zone.Policy = SecureZone.PolicyOf(mode, "mx1.far.example");
        Assert.StartsWith("Sent 250", await SendAsync(), StringComparison.Ordinal);
        Assert.Equal("MTA-STS", Assert.Single(_queue.Records).VerifiedBy);
    }

    [Fact]
    public async Task A_name_that_anybody_could_have_forged_is_not()
    {
        Assert.Equal("Failed 550 5.7.10 The sender asked for REQUIRETLS, and neither DNSSEC nor MTA-STS vouches for mx1.far.example being the server", await SendAsync());
        Assert.Equal(0, _zone.Next.Connections);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nor_is_a_certificate_for_another_name(bool hasPolicy)
    {
        _zone.IsSigned = !hasPolicy;
        _zone.Policy = hasPolicy ? SecureZone.PolicyOf("testing", "mx1.far.example") : null;
        _zone.CertifiedName = "other.far.example";
        Assert.StartsWith("Failed 550 5.7.10 The sender asked for REQUIRETLS, and The certificate of mx1.far.example is for other.far.example", await SendAsync(), StringComparison.Ordinal);
        Assert.Empty(_zone.Next.Messages);
    }

    [Fact]
    public async Task A_server_without_STARTTLS_gets_nothing()
    {
        _zone.IsSigned = true;
        _zone.Next.Certificate = null;
        Assert.Equal("Failed 550 5.7.10 The sender asked for REQUIRETLS, and mx1.far.example does not offer STARTTLS.", await SendAsync());
    }

    [Fact]
    public async Task Nor_does_one_that_would_not_ask_the_next_for_the_same()
    {
        _zone.IsSigned = true;
        _zone.Next.OffersWithTls = [];
        Assert.Equal("Failed 550 5.7.30 The sender asked for REQUIRETLS, which mx1.far.example does not offer", await SendAsync());
        Assert.DoesNotContain(_zone.Next.Commands, command => command.StartsWith("MAIL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_host_that_is_away_for_now_keeps_the_message_in_the_queue()
    {
        _zone.IsSigned = true;
        _zone.Hosts = ["mx1.far.example", "mx2.far.example"];
        _zone.Next.Answer = line => line == "connect" && _zone.Next.Connections == 1 ? "421 4.3.2 Not now" : null;
        _zone.Next.OffersWithTls = [];
        Assert.Equal("421 4.3.2 Not now", await SendAsync());
    }

    [Fact]
    public async Task Nor_does_a_host_that_the_DNS_cannot_find_just_now_cost_it()
    {
        _zone.IsSigned = true;
        _zone.Hosts = ["mx1.far.example", "mx2.far.example"];
        _zone.HidesHost = "mx2.far.example";
        _zone.Next.OffersWithTls = [];
        Assert.Equal("550 5.7.30 The sender asked for REQUIRETLS, which mx1.far.example does not offer", await SendAsync());
        Assert.True(Assert.Single(_queue.Queue.States()).IsBackedOff);
        Assert.Empty(_queue.Told);

        _zone.HidesHost = null;
        _zone.Next.OffersWithTls = ["REQUIRETLS"];
        _queue.Clock.Advance(TimeSpan.FromMinutes(2));
        await _queue.EmptyAsync();
        Assert.Single(_zone.Next.Messages);
    }

    [Fact]
    public async Task Other_mail_for_the_same_domain_is_not_held_up()
    {
        await SendAsync();
        await _queue.SendAsync("Subject: hello\r\n\r\nbody\r\n", "a@here.example", "c@far.example");
        await QueueFixture.UntilAsync(() => !_zone.Next.Messages.IsEmpty, "the other message");
        Assert.DoesNotContain("secret", Assert.Single(_zone.Next.Messages), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_brings_the_header_back_alone_and_goes_on_although_the_next_server_cannot_keep_it()
    {
        _queue.Routes["elsewhere.example"] = _zone.Next.Target;
        Assert.StartsWith("Failed 550 5.7.10", await SendAsync("a@elsewhere.example", @return: DsnReturn.Full), StringComparison.Ordinal);
        await QueueFixture.UntilAsync(() => !_zone.Next.Messages.IsEmpty, "the report");
        var report = Assert.Single(_zone.Next.Messages);
        Assert.Contains("text/rfc822-headers", report, StringComparison.Ordinal);
        Assert.DoesNotContain("secret body", report, StringComparison.Ordinal);
        Assert.Contains(_zone.Next.Commands, command => command.StartsWith("MAIL FROM:<> ", StringComparison.Ordinal) && command.EndsWith(" REQUIRETLS", StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_survives_a_restart()
    {
        _zone.IsSigned = true;
        _zone.Next.Answer = line => line == "connect" ? "421 4.3.2 Not now" : null;
        Assert.Equal("421 4.3.2 Not now", await SendAsync());
        Assert.EndsWith(",T", Assert.Single(_queue.Files()), StringComparison.Ordinal);
        await _queue.StopAsync();

        _zone.Next.Answer = _ => null;
        _zone.Next.OffersWithTls = [];
        await _queue.StartAsync();
        await QueueFixture.UntilAsync(() => !_queue.Records.IsEmpty, "an outcome");
        Assert.StartsWith("550 5.7.30", _queue.Records.First().Reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_wants_it_to_arrive_has_it_sent_whatever_the_domain_publishes()
    {
        _zone.IsSigned = true;
        _zone.Tlsa["mx1.far.example"] = false;
        _zone.Policy = SecureZone.PolicyOf("enforce", "other.far.example");
        Assert.StartsWith("Sent 250", await SendAsync(required: false, optional: true), StringComparison.Ordinal);
        Assert.Equal("TLSv1.3", Assert.Single(_queue.Records).Tls);
    }

    [Fact]
    public async Task Even_in_the_clear()
    {
        _zone.IsSigned = true;
        _zone.Tlsa["mx1.far.example"] = true;
        _zone.Next.Certificate = null;
        Assert.StartsWith("Sent 250", await SendAsync(required: false, optional: true), StringComparison.Ordinal);
    }
}
