using MailOps.Dns;
using MailOps.Tests.Support;
using MailOps.Trust.Dane;
using MailOps.Trust.MtaSts;
using Xunit;

namespace MailOps.Interop.Tests.Dns;

/// <summary>What a validating resolver says of zones that are signed, not signed, and signed wrongly, and what DANE makes of it.</summary>
public sealed class DnssecTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<(DnsAnswer<MxRecord> Exchangers, DanePolicy Policy)> DaneAsync(MailResolver resolver, string domain, int port = 25)
    {
        var exchangers = await resolver.MxAsync(DnsName.Parse(domain), withAddresses: false, Cancel);
        Assert.True(exchangers.Status == DnsStatus.Answered, exchangers.Detail);
        return (exchangers, await new DaneLookup(resolver).ForExchangerAsync(exchangers, exchangers.Records[0], port, Cancel));
    }

    [Fact]
    public async Task What_is_signed_is_authenticated_present_or_absent()
    {
        await using var zones = await SignedZones.StartAsync();
        using var resolver = zones.Resolver();

        var (exchangers, policy) = await DaneAsync(resolver, "signed.test");
        Assert.True(exchangers.Authenticated, zones.Output);
        Assert.True(policy.Use == DaneUse.Authenticate, policy + zones.Output);
        Assert.Equal(["mx.signed.test", "signed.test"], policy.ReferenceNames);
        Assert.Equal("3 1 1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", Assert.Single(policy.Records).ToString());
        Assert.Equal(TlsaUsage.PkixTa, Assert.Single(policy.SetAside).Record.Usage);

        var addresses = await resolver.AddressesAsync(DnsName.Parse("mx.signed.test"), Cancel);
        Assert.Equal((2, true), (addresses.Records.Length, addresses.Authenticated));
        var alias = await resolver.AddressesAsync(DnsName.Parse("alias.signed.test"), Cancel);
        Assert.Equal(("mx.signed.test", true), (alias.CanonicalName, alias.Authenticated));
        var none = await resolver.TlsaAsync(DnsName.Parse("_25._tcp.alias.signed.test"), Cancel);
        Assert.Equal((DnsStatus.NameNotFound, true), (none.Status, none.Authenticated));
        var nothing = await resolver.TlsaAsync(DnsName.Parse("mx.signed.test"), Cancel);
        Assert.Equal((DnsStatus.NoData, true), (nothing.Status, nothing.Authenticated));
        Assert.Equal(DaneUse.NotApplicable, (await DaneAsync(resolver, "signed.test", 587)).Policy.Use);

        var text = await resolver.TxtAsync(DnsName.Parse("_mta-sts.signed.test"), Cancel);
        Assert.True(MtaStsRecord.TryFind(text.Records.Select(r => r.Text), out var record, out var error), error);
        Assert.Equal("20261129", record.Id);
    }

    [Fact]
    public async Task What_is_not_signed_is_answered_and_not_authenticated()
    {
        await using var zones = await SignedZones.StartAsync();
        using var resolver = zones.Resolver();
        var (exchangers, policy) = await DaneAsync(resolver, "plain.test");
        Assert.False(exchangers.Authenticated);
        Assert.Equal((DaneUse.NotApplicable, "RFC 7672 section 2.2.1"), (policy.Use, policy.Source));
        var records = await resolver.TlsaAsync(DnsName.Parse("_25._tcp.mx.plain.test"), Cancel);
        Assert.Equal((DnsStatus.Answered, false), (records.Status, records.Authenticated));

        // A signed MX record that leads to a host of that zone.
        var (outside, elsewhere) = await DaneAsync(resolver, "out.signed.test");
        Assert.True(outside.Authenticated);
        Assert.Equal((DaneUse.NotApplicable, "RFC 7672 section 2.2.2"), (elsewhere.Use, elsewhere.Source));
    }

    [Fact]
    public async Task A_signed_alias_of_a_host_that_is_not_signed_has_the_records_at_its_own_name_RFC7672_2_2_2()
    {
        await using var zones = await SignedZones.StartAsync();
        using var resolver = zones.Resolver();
        var addresses = await resolver.AddressesAsync(DnsName.Parse("away.signed.test"), Cancel);
        Assert.Equal((DnsStatus.Answered, false), (addresses.Status, addresses.Authenticated));
        var (_, policy) = await DaneAsync(resolver, "far.signed.test");
        Assert.Equal((DaneUse.Authenticate, "away.signed.test", TlsaUsage.DaneTa), (policy.Use, policy.BaseDomain, policy.Records[0].Usage));
    }

    [Fact]
    public async Task A_record_that_its_signature_does_not_fit_is_a_failure_and_blocks()
    {
        await using var zones = await SignedZones.StartAsync();
        using var resolver = zones.Resolver();
        var records = await resolver.TlsaAsync(DnsName.Parse("_25._tcp.mx.broken.test"), Cancel);
        Assert.Equal((DnsStatus.ServerFailure, false), (records.Status, records.IsDefinite));

        var (exchangers, policy) = await DaneAsync(resolver, "broken.test");
        Assert.True(exchangers.Authenticated, zones.Output);
        Assert.Equal((DaneUse.Unknown, "RFC 7672 section 2.1.2"), (policy.Use, policy.Source));
        using var certificate = TestCertificate.Make("mx.broken.test");
        Assert.False(DaneCheck.Verify(policy, [certificate], DateTimeOffset.UtcNow).Accepted);
    }

    [Fact]
    public async Task Signatures_that_have_run_out_are_a_failure()
    {
        await using var zones = await SignedZones.StartAsync();
        using var resolver = zones.Resolver();
        var exchangers = await resolver.MxAsync(DnsName.Parse("expired.test"), withAddresses: false, Cancel);
        Assert.Equal(DnsStatus.ServerFailure, exchangers.Status);
    }

    [Fact]
    public async Task A_server_that_does_not_validate_and_one_that_is_not_believed_authenticate_nothing()
    {
        await using var zones = await SignedZones.StartAsync();
        foreach (var resolver in new[] { zones.Resolver(zones.ZonesPort), zones.Resolver(trust: DnssecTrust.Never) })
        {
            using (resolver)
            {
                var (exchangers, policy) = await DaneAsync(resolver, "signed.test");
                Assert.False(exchangers.Authenticated);
                Assert.Equal(DaneUse.NotApplicable, policy.Use);
            }
        }
    }
}
