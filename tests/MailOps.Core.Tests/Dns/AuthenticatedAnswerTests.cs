using System.Net;
using MailOps.Dns;
using MailOps.Tests.Support;
using Xunit;
using static MailOps.Tests.Support.StandInRecord;

namespace MailOps.Core.Tests.Dns;

public sealed class AuthenticatedAnswerTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<(T Answer, IReadOnlyList<StandInQuestion> Asked)> AskAsync<T>(Func<StandInQuestion, StandInReply?> script, Func<MailResolver, Task<T>> ask, DnssecTrust trust = DnssecTrust.Loopback)
    {
        await using var server = new StandInDns(script);
        using var resolver = new MailResolver(new MailResolverOptions { Server = "127.0.0.1", Port = server.Port, Timeout = TimeSpan.FromSeconds(5), Retries = 0, Dnssec = trust });
        return (await ask(resolver), [.. server.Asked]);
    }

    private static Task<DnsAnswer<MxRecord>> MxAsync(MailResolver resolver) => resolver.MxAsync(DnsName.Parse("example.org"), withAddresses: false, Cancel);

    private static Task<DnsAnswer<HostAddress>> AddressesAsync(MailResolver resolver) => resolver.AddressesAsync(DnsName.Parse("mx.example.org"), Cancel);

    [Fact]
    public async Task The_AD_bit_of_a_resolver_on_this_machine_is_believed_and_asked_for_RFC6840_5_8()
    {
        var (answer, asked) = await AskAsync(q => StandInReply.Signed(Mx(q.Name, 1, "mx.example.org")), MxAsync);
        Assert.True(answer.Authenticated);
        Assert.True(Assert.Single(asked).DnssecOk);
    }

    [Fact]
    public async Task An_answer_without_the_AD_bit_is_not_authenticated()
    {
        var (answer, _) = await AskAsync(q => StandInReply.Of(Mx(q.Name, 1, "mx.example.org")), MxAsync);
        Assert.Equal((DnsStatus.Answered, false), (answer.Status, answer.Authenticated));
    }

    [Fact]
    public async Task Nobody_is_believed_or_asked_for_DNSSEC_if_the_options_say_so()
    {
        var (answer, asked) = await AskAsync(q => StandInReply.Signed(Mx(q.Name, 1, "mx.example.org")), MxAsync, DnssecTrust.Never);
        Assert.False(answer.Authenticated);
        Assert.False(Assert.Single(asked).DnssecOk);
    }

    [Fact]
    public async Task The_AD_bit_is_kept_with_an_answer_that_comes_from_the_cache()
    {
        var (answers, asked) = await AskAsync(q => StandInReply.Signed(Mx(q.Name, 1, "mx.example.org")), async r => (await MxAsync(r), await MxAsync(r)));
        Assert.Single(asked);
        Assert.True(answers.Item2.Authenticated);
    }

    [Fact]
    public async Task The_absence_of_records_is_authenticated_as_well()
    {
        var (none, _) = await AskAsync(_ => StandInReply.Signed(), r => r.TlsaAsync(DnsName.Parse("_25._tcp.mx.example.org"), Cancel));
        Assert.Equal((DnsStatus.NoData, true), (none.Status, none.Authenticated));
        var (gone, _) = await AskAsync(_ => new StandInReply { ResponseCode = 3, Authenticated = true }, MxAsync);
        Assert.Equal((DnsStatus.NameNotFound, true), (gone.Status, gone.Authenticated));
    }

    [Theory]
    [InlineData(true, true, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    public async Task An_implicit_MX_rests_on_the_denial_and_on_the_addresses(bool denial, bool addresses, bool expected)
    {
        var (answer, _) = await AskAsync(q => q.Type switch
        {
            StandInDns.A => new StandInReply { Records = [Address(q.Name, "192.0.2.1")], Authenticated = addresses },
            StandInDns.Aaaa => new StandInReply { Authenticated = addresses },
            _ => new StandInReply { Authenticated = denial },
        }, MxAsync);
        Assert.Equal((MxKind.Implicit, expected), (Assert.Single(answer.Records).Kind, answer.Authenticated));
    }

    [Theory]
    [InlineData(true, true, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    public async Task Both_families_of_addresses_must_be_authenticated(bool ipv4, bool ipv6, bool expected)
    {
        var (answer, _) = await AskAsync(q => q.Type == StandInDns.A
            ? new StandInReply { Records = [Address(q.Name, "192.0.2.1")], Authenticated = ipv4 }
            : new StandInReply { Records = [Address(q.Name, "2001:db8::1")], Authenticated = ipv6 }, AddressesAsync);
        Assert.Equal(expected, answer.Authenticated);
    }

    [Fact]
    public async Task A_family_without_addresses_does_not_count_against_the_other()
    {
        var (answer, _) = await AskAsync(q => q.Type == StandInDns.A ? StandInReply.Signed(Address(q.Name, "192.0.2.1")) : StandInReply.Of(), AddressesAsync);
        Assert.True(answer.Authenticated);
        Assert.Equal(IPAddress.Parse("192.0.2.1"), Assert.Single(answer.Records).Address);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task Each_part_of_a_chain_of_aliases_counts(bool first, bool expected)
    {
        var (answer, _) = await AskAsync(q => q.Name == "example.org"
            ? new StandInReply { Records = [Alias(q.Name, "other.example")], Authenticated = first }
            : StandInReply.Signed(Mx(q.Name, 1, "mx.other.example")), MxAsync);
        Assert.Equal(("other.example", expected), (answer.CanonicalName, answer.Authenticated));
    }

    [Fact]
    public async Task An_alias_is_asked_for_by_itself_and_not_followed()
    {
        var (answer, asked) = await AskAsync(q => StandInReply.Signed(Alias(q.Name, "other.example")), r => r.AliasAsync(DnsName.Parse("example.org"), Cancel));
        Assert.Equal((DnsStatus.Answered, true), (answer.Status, answer.Authenticated));
        Assert.Equal(("example.org", StandInDns.Cname), (Assert.Single(asked).Name, asked[0].Type));
    }

    [Fact]
    public async Task TLSA_records_are_told_as_zone_files_have_them()
    {
        var hash = Enumerable.Range(0, 32).Select(i => (byte)i).ToArray();
        var (answer, asked) = await AskAsync(q => StandInReply.Signed(Tlsa(q.Name, 3, 1, 1, hash, 77), Tlsa(q.Name, 9, 200, 255, [])), r => r.TlsaAsync(DnsName.Parse("_25._tcp.mx.example.org"), Cancel));
        Assert.Equal("_25._tcp.mx.example.org", Assert.Single(asked).Name);
        Assert.Equal(["3 1 1 " + Convert.ToHexStringLower(hash), "9 200 255 "], answer.Records.Select(r => r.ToString()));
        Assert.Equal((TlsaUsage.DaneEe, TlsaSelector.Spki, TlsaMatchingType.Sha256, TimeSpan.FromSeconds(77)), (answer.Records[0].Usage, answer.Records[0].Selector, answer.Records[0].MatchingType, answer.Records[0].Ttl));
    }

    [Fact]
    public async Task SERVFAIL_for_TLSA_is_not_the_absence_of_records_RFC7672_2_1_2()
    {
        var (answer, _) = await AskAsync(_ => StandInReply.ServerFailure, r => r.TlsaAsync(DnsName.Parse("_25._tcp.mx.example.org"), Cancel));
        Assert.Equal((DnsStatus.ServerFailure, false), (answer.Status, answer.IsDefinite));
    }

    [Fact]
    public async Task A_TLSA_record_that_is_cut_short_is_malformed_and_not_absent()
    {
        var (answer, _) = await AskAsync(q => StandInReply.Signed(new StandInRecord(q.Name, StandInDns.Tlsa, 300, [3, 1])), r => r.TlsaAsync(DnsName.Parse("_25._tcp.mx.example.org"), Cancel));
        Assert.Equal((DnsStatus.Malformed, false), (answer.Status, answer.IsDefinite));
    }

    [Fact]
    public async Task The_strings_of_a_TXT_record_are_put_together()
    {
        var (answer, _) = await AskAsync(q => StandInReply.Of(Txt(q.Name, "v=STSv1; id=2026", "1129; x=ü\\\"")), r => r.TxtAsync(DnsName.Parse("_mta-sts.example.org"), Cancel));
        Assert.Equal("v=STSv1; id=20261129; x=ü\\\"", Assert.Single(answer.Records).Text);
        Assert.False(answer.Authenticated);
    }
}
