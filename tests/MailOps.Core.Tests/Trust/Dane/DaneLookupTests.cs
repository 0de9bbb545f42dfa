using MailOps.Dns;
using MailOps.Tests.Support;
using MailOps.Trust.Dane;
using Xunit;
using static MailOps.Tests.Support.StandInRecord;

namespace MailOps.Core.Tests.Trust.Dane;

public sealed class DaneLookupTests
{
    private static readonly byte[] Hash = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Zones as lines "name TYPE data": what is in them is answered; a leading "!" is SERVFAIL, a leading "~" is not signed.</summary>
    private static StandInReply Answer(StandInQuestion question, string[] zone)
    {
        var type = question.Type switch { StandInDns.A => "A", StandInDns.Aaaa => "AAAA", StandInDns.Mx => "MX", StandInDns.Cname => "CNAME", _ => "TLSA" };
        var (records, signed, name) = (new List<StandInRecord>(), true, question.Name);
        while (true)
        {
            var lines = zone.Select(line => (Mark: line[0], Parts: line.TrimStart('!', '~').Split(' '))).ToArray();
            var found = lines.Where(l => l.Parts[0] == name && l.Parts[1] == type).ToArray();
            if (found.Any(l => l.Mark == '!'))
                return StandInReply.ServerFailure;
            if (found.Length > 0 || type == "CNAME")
            {
                records.AddRange(found.Select(l => Make(l.Parts)));
                return new StandInReply { Records = records, Authenticated = signed && found.All(l => l.Mark != '~') };
            }

            var alias = lines.FirstOrDefault(l => l.Parts[0] == name && l.Parts[1] == "CNAME");
            if (alias.Parts is null)
                return new StandInReply { Records = records, Authenticated = signed && !lines.Any(l => l.Parts[0] == name && l.Mark == '~') };
            signed &= alias.Mark != '~';
            records.Add(Make(alias.Parts));
            name = alias.Parts[2];
        }
    }

    private static StandInRecord Make(string[] parts) => parts[1] switch
    {
        "A" => Address(parts[0], parts[2]),
        "MX" => Mx(parts[0], 10, parts[2]),
        "CNAME" => Alias(parts[0], parts[2]),
        _ => Tlsa(parts[0], byte.Parse(parts[2]), 1, 1, Hash),
    };

    private static async Task<(DanePolicy Policy, string[] TlsaAsked)> LookUpAsync(string[] zone, string domain = "example.org", int port = 25, string? host = null)
    {
        await using var server = new StandInDns(q => Answer(q, zone));
        using var resolver = new MailResolver(new MailResolverOptions { Server = "127.0.0.1", Port = server.Port, Timeout = TimeSpan.FromSeconds(5), Retries = 0 });
        var lookup = new DaneLookup(resolver);
        DanePolicy policy;
        if (host is not null)
        {
            policy = await lookup.ForHostAsync(DnsName.Parse(host), port, Cancel);
        }
        else
        {
            var exchangers = await resolver.MxAsync(DnsName.Parse(domain), withAddresses: false, Cancel);
            policy = await lookup.ForExchangerAsync(exchangers, exchangers.Records[0], port, Cancel);
        }

        return (policy, [.. server.Asked.Where(q => q.Type == StandInDns.Tlsa).Select(q => q.Name)]);
    }

    public static TheoryData<string, string[], DaneUse, string?, string> Rules { get; } = new()
    {
        { "all signed", ["example.org MX mx.example.net", "mx.example.net A 192.0.2.1", "_25._tcp.mx.example.net TLSA 3"], DaneUse.Authenticate, "mx.example.net", "mx.example.net example.org" },
        { "MX not signed (2.2.1)", ["~example.org MX mx.example.net", "mx.example.net A 192.0.2.1", "_25._tcp.mx.example.net TLSA 3"], DaneUse.NotApplicable, null, "" },
        { "address not signed (2.2.2)", ["example.org MX mx.example.net", "~mx.example.net A 192.0.2.1", "_25._tcp.mx.example.net TLSA 3"], DaneUse.NotApplicable, null, "" },
        { "TLSA not signed", ["example.org MX mx.example.net", "mx.example.net A 192.0.2.1", "~_25._tcp.mx.example.net TLSA 3"], DaneUse.NotApplicable, null, "" },
        { "no TLSA", ["example.org MX mx.example.net", "mx.example.net A 192.0.2.1"], DaneUse.NotApplicable, null, "" },
        { "no address", ["example.org MX mx.example.net"], DaneUse.NotApplicable, null, "" },
        { "TLSA fails (2.1.2)", ["example.org MX mx.example.net", "mx.example.net A 192.0.2.1", "!_25._tcp.mx.example.net TLSA 3"], DaneUse.Unknown, null, "" },
        { "addresses fail (2.1.2)", ["example.org MX mx.example.net", "!mx.example.net A 192.0.2.1", "_25._tcp.mx.example.net TLSA 3"], DaneUse.Unknown, null, "" },
        { "unusable only (2.2)", ["example.org MX mx.example.net", "mx.example.net A 192.0.2.1", "_25._tcp.mx.example.net TLSA 1"], DaneUse.Encrypt, "mx.example.net", "mx.example.net example.org" },
        { "domain is a signed alias (2.2.1)", ["example.org CNAME other.example", "other.example MX mx.example.net", "mx.example.net A 192.0.2.1", "_25._tcp.mx.example.net TLSA 2"], DaneUse.Authenticate, "mx.example.net", "mx.example.net example.org other.example" },
        { "domain is an alias that is not signed", ["~example.org CNAME other.example", "other.example MX mx.example.net", "mx.example.net A 192.0.2.1", "_25._tcp.mx.example.net TLSA 2"], DaneUse.NotApplicable, null, "" },
        { "host is a signed alias, records at its end", ["example.org MX mx.example.net", "mx.example.net CNAME host.example.net", "host.example.net A 192.0.2.1", "_25._tcp.host.example.net TLSA 3", "_25._tcp.mx.example.net TLSA 2"], DaneUse.Authenticate, "host.example.net", "host.example.net mx.example.net example.org" },
        { "host is a signed alias, records at its start", ["example.org MX mx.example.net", "mx.example.net CNAME host.example.net", "host.example.net A 192.0.2.1", "_25._tcp.mx.example.net TLSA 2"], DaneUse.Authenticate, "mx.example.net", "mx.example.net example.org" },
        { "host is a signed alias, records at its end not signed", ["example.org MX mx.example.net", "mx.example.net CNAME host.example.net", "host.example.net A 192.0.2.1", "~_25._tcp.host.example.net TLSA 3", "_25._tcp.mx.example.net TLSA 2"], DaneUse.Authenticate, "mx.example.net", "mx.example.net example.org" },
        { "host is a signed alias of one that is not", ["example.org MX mx.example.net", "mx.example.net CNAME host.example.com", "~host.example.com A 192.0.2.1", "_25._tcp.host.example.com TLSA 3", "_25._tcp.mx.example.net TLSA 2"], DaneUse.Authenticate, "mx.example.net", "mx.example.net example.org" },
        { "host is an alias that is not signed", ["example.org MX mx.example.net", "~mx.example.net CNAME host.example.com", "host.example.com A 192.0.2.1", "_25._tcp.host.example.com TLSA 3"], DaneUse.NotApplicable, null, "" },
        { "host's alias cannot be asked for", ["example.org MX mx.example.net", "mx.example.net CNAME host.example.com", "~host.example.com A 192.0.2.1", "!mx.example.net CNAME x"], DaneUse.Unknown, null, "" },
        { "records at the end of the alias fail", ["example.org MX mx.example.net", "mx.example.net CNAME host.example.net", "host.example.net A 192.0.2.1", "!_25._tcp.host.example.net TLSA 3", "_25._tcp.mx.example.net TLSA 2"], DaneUse.Unknown, null, "" },
        { "the service's name is an alias (2.2.3)", ["example.org MX mx.example.net", "mx.example.net A 192.0.2.1", "_25._tcp.mx.example.net CNAME dane.example.com", "dane.example.com TLSA 2"], DaneUse.Authenticate, "mx.example.net", "mx.example.net example.org" },
        { "no MX record", ["example.org A 192.0.2.1", "_25._tcp.example.org TLSA 3"], DaneUse.Authenticate, "example.org", "example.org" },
    };

    [Theory, MemberData(nameof(Rules))]
    public async Task The_records_of_an_exchanger_are_found_and_used_as_RFC_7672_says(string rule, string[] zone, DaneUse use, string? baseDomain, string names)
    {
        var (policy, _) = await LookUpAsync(zone);
        Assert.True(use == policy.Use, $"{rule}: {policy}");
        Assert.Equal((baseDomain, names), (policy.BaseDomain, string.Join(' ', policy.ReferenceNames)));
        Assert.Equal(use == DaneUse.Authenticate, !policy.Records.IsEmpty);
        Assert.StartsWith("RFC ", policy.Source);
        Assert.NotEmpty(policy.Reason);
    }

    [Fact]
    public async Task Servers_of_zones_that_are_not_signed_are_not_asked_for_TLSA_RFC7672_2_2_2()
    {
        var (_, asked) = await LookUpAsync(["example.org MX mx.example.net", "~mx.example.net A 192.0.2.1"]);
        Assert.Empty(asked);
    }

    [Fact]
    public async Task A_host_by_its_own_name_has_no_next_hop_beside_it_and_the_port_is_the_one_given()
    {
        var (policy, asked) = await LookUpAsync(["relay.example.net A 192.0.2.1", "_587._tcp.relay.example.net TLSA 2"], port: 587, host: "relay.example.net");
        Assert.Equal(DaneUse.Authenticate, policy.Use);
        Assert.Equal(["relay.example.net"], policy.ReferenceNames);
        Assert.Equal(["_587._tcp.relay.example.net"], asked);
    }

    [Fact]
    public async Task A_domain_that_takes_no_mail_needs_no_records()
    {
        var (policy, asked) = await LookUpAsync(["example.org MX ."]);
        Assert.Equal((DaneUse.NotApplicable, "RFC 7505 section 3"), (policy.Use, policy.Source));
        Assert.Empty(asked);
    }
}
