using System.Net;
using MailOps.Dns;
using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Queue.Routing;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Queue;

public sealed class RouteTests
{
    [Theory]
    [InlineData("Example.NET", "example.net", "example.net", null, true, false)]
    [InlineData("bücher.example:587", "xn--bcher-kva.example:587", "xn--bcher-kva.example", 587, true, false)]
    [InlineData("[Mail.Example.NET]", "[mail.example.net]", "mail.example.net", null, false, false)]
    [InlineData("[mail.example.net]:587", "[mail.example.net]:587", "mail.example.net", 587, false, false)]
    [InlineData("[192.0.2.1]:2525", "[192.0.2.1]:2525", "192.0.2.1", 2525, false, false)]
    [InlineData("[IPv6:2001:db8::1]", "[2001:db8::1]", "2001:db8::1", null, false, false)]
    [InlineData("[2001:db8::1]:26", "[2001:db8::1]:26", "2001:db8::1", 26, false, false)]
    [InlineData("lmtp:[127.0.0.1]:24", "lmtp:[127.0.0.1]:24", "127.0.0.1", 24, false, true)]
    [InlineData("lmtp:mail.example", "lmtp:[mail.example]", "mail.example", null, false, true)]
    [InlineData("smtps:[mail.example.net]", "[mail.example.net]:465", "mail.example.net", 465, false, false)]
    [InlineData("SMTPS:[mail.example.net]:2465", "smtps:[mail.example.net]:2465", "mail.example.net", 2465, false, false)]
    [InlineData("Ann@a.example@[mail.example.net]:587", "Ann@a.example@[mail.example.net]:587", "mail.example.net", 587, false, false)]
    [InlineData("smtps:ann@[mail.example.net]:2465", "smtps:ann@[mail.example.net]:2465", "mail.example.net", 2465, false, false)]
    [InlineData("LMTP:/run/lmtp.sock", "lmtp:/run/lmtp.sock", "/run/lmtp.sock", null, false, true)]
    public void A_target_is_read_and_has_one_form(string text, string form, string host, int? port, bool usesMx, bool isLmtp)
    {
        Assert.True(RouteTarget.TryParse(text, out var target, out var error), error);
        Assert.Equal((form, host, port, usesMx, isLmtp), (target.Text, target.Host, target.Port, target.UsesMx, target.IsLmtp));
        Assert.True(RouteTarget.TryParse(form, out var again, out _));
        Assert.Equal(target, again);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("lmtp:", "empty")]
    [InlineData("192.0.2.1", "[192.0.2.1]")]
    [InlineData("2001:db8::1", "[2001:db8::1]")]
    [InlineData("/run/lmtp.sock", "lmtp:/run/lmtp.sock")]
    [InlineData("smtps:example.net", "behind smtps: give a host in brackets")]
    [InlineData("smtps:", "behind smtps: give a host in brackets")]
    [InlineData("lmtp:ann@[mail.example.net]", "LMTP has none")]
    [InlineData("ann@example.net", "a login stands before a host in brackets")]
    [InlineData("a b@[example.net]", "a login stands before a host in brackets")]
    [InlineData("example.net:0", "1 to 65535")]
    [InlineData("example.net:65536", "1 to 65535")]
    [InlineData("[example.net", "no target")]
    [InlineData("[]", "no target")]
    [InlineData("[example.net]587", "no target")]
    [InlineData("exam ple.net", "no domain name")]
    public void What_is_no_target_is_refused_with_what_to_write(string text, string part)
    {
        Assert.False(RouteTarget.TryParse(text, out _, out var error));
        Assert.Contains(part, error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_nearest_route_counts_then_the_smart_host_then_the_domain_itself()
    {
        static RouteTarget To(string text) => RouteTarget.TryParse(text, out var target, out _) ? target : throw new FormatException(text);
        var table = new RouteTable(new Dictionary<string, RouteTarget> { ["a.example"] = To("[one]"), [".example"] = To("[two]"), [".deep.example"] = To("[three]") }, To("[smart]"));
        Assert.Equal("[one]", table.TargetOf("A.example").Text);
        Assert.Equal("[two]", table.TargetOf("b.example").Text);
        Assert.Equal("[two]", table.TargetOf("x.a.example").Text);
        Assert.Equal("[three]", table.TargetOf("x.y.deep.example").Text);
        Assert.Equal("[smart]", table.TargetOf("example").Text);
        Assert.Equal("[smart]", table.TargetOf("[192.0.2.1]").Text);

        Assert.Equal(("example.org", true), (RouteTable.Empty.TargetOf("example.org").Host, RouteTable.Empty.TargetOf("example.org").UsesMx));
        Assert.Equal(IPAddress.Parse("2001:db8::1"), RouteTable.Empty.TargetOf("[IPv6:2001:db8::1]").Address);
        Assert.Equal(IPAddress.Parse("192.0.2.1"), RouteTable.Empty.TargetOf("[192.0.2.1]").Address);
    }

    [Theory]
    [InlineData("ann@Example.COM", "example.com")]
    [InlineData("\"a@b\"@example.com", "example.com")]
    [InlineData("jürgen@BÜCHER.example", "xn--bcher-kva.example")]
    [InlineData("ann@[IPv6:2001:DB8::1]", "[ipv6:2001:db8::1]")]
    public void A_recipient_waits_for_its_domain(string address, string nextHop) => Assert.Equal(nextHop, NextHops.Of(address));

    [Fact]
    public async Task Exchangers_are_tried_by_preference_and_equal_ones_in_any_order_RFC5321_5_1()
    {
        await using var dns = Dns();
        using var resolver = Resolver(dns);
        var router = new MailRouter(resolver, 2525, Stranger);
        var orders = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 60; i++)
            orders.Add(string.Join(' ', (await router.FindAsync(RouteTarget.Of("many.example"), CancellationToken.None)).Hosts.Select(host => $"{host.Preference} {host.Name}")));
        Assert.Equal(["5 first.example 10 one.example 10 two.example", "5 first.example 10 two.example 10 one.example"], orders.Order(StringComparer.Ordinal));

        var host = (await router.FindAsync(RouteTarget.Of("many.example"), CancellationToken.None)).Hosts[0];
        Assert.Equal((2525, "192.0.2.1"), (host.Port, string.Join(' ', host.Addresses)));
    }

    [Fact]
    public async Task We_and_exchangers_that_are_no_nearer_are_left_out()
    {
        await using var dns = Dns();
        using var resolver = Resolver(dns);
        var router = new MailRouter(resolver, 25, (name, _, _) => name == "two.example");
        Assert.Equal(["first.example"], (await router.FindAsync(RouteTarget.Of("many.example"), CancellationToken.None)).Hosts.Select(host => host.Name));

        var loop = await new MailRouter(resolver, 25, (name, _, _) => name == "first.example").FindAsync(RouteTarget.Of("many.example"), CancellationToken.None);
        Assert.StartsWith("554 5.4.6 Mail for many.example loops back", loop.Refusal!.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("plain.example", "0 plain.example", null)]
    [InlineData("[127.0.0.5]:26", "0 127.0.0.5", null)]
    [InlineData("[one.example]", "0 one.example", null)]
    [InlineData("null.example", null, "556 5.1.10")]
    [InlineData("missing.example", null, "550 5.1.2")]
    [InlineData("empty.example", null, "550 5.4.4")]
    [InlineData("broken.example", null, "451 4.4.3")]
    [InlineData("nohost.example", null, "451 4.4.4")]
    [InlineData("[missing.example]", null, "451 4.4.3")]
    public async Task What_DNS_says_is_the_route_or_the_reason_why_there_is_none(string text, string? hosts, string? refusal)
    {
        await using var dns = Dns();
        using var resolver = Resolver(dns);
        Assert.True(RouteTarget.TryParse(text, out var target, out _));
        var route = await new MailRouter(resolver, 25, Stranger).FindAsync(target, CancellationToken.None);
        Assert.Equal(hosts ?? "", string.Join(' ', route.Hosts.Select(host => $"{host.Preference} {host.Name}")));
        if (refusal is null)
            Assert.Null(route.Refusal);
        else
            Assert.StartsWith(refusal, route.Refusal!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_domain_that_names_hundreds_of_exchangers_costs_no_more_than_some()
    {
        await using var dns = new StandInDns(question => (question.Name, question.Type) switch
        {
            ("flood.example", StandInDns.Mx) => StandInReply.Of([.. Enumerable.Range(0, 300).Select(i => StandInRecord.Mx("flood.example", (ushort)(i + 1), $"h{i}.flood.example"))]),
            (_, StandInDns.A) => StandInReply.Of(StandInRecord.Address(question.Name, "192.0.2.1")),
            _ => StandInReply.Of(),
        });
        using var resolver = Resolver(dns);
        var route = await new MailRouter(resolver, 25, Stranger).FindAsync(RouteTarget.Of("flood.example"), CancellationToken.None);
        Assert.Equal("h0.flood.example", route.Hosts[0].Name);
        Assert.InRange(dns.Asked.Count, 2, 50);
        var nearer = await new MailRouter(resolver, 25, (name, _, _) => name == "h250.flood.example").FindAsync(RouteTarget.Of("flood.example"), CancellationToken.None);
        Assert.Equal("h249.flood.example", nearer.Hosts[^1].Name);
    }

    [Fact]
    public async Task A_null_MX_beside_others_is_no_exchanger_and_the_others_are_RFC7505_3()
    {
        await using var dns = new StandInDns(question => (question.Name, question.Type) switch
        {
            ("mixed.example", StandInDns.Mx) => StandInReply.Of(StandInRecord.Mx("mixed.example", 0, "."), StandInRecord.Mx("mixed.example", 10, "one.example")),
            ("one.example", StandInDns.A) => StandInReply.Of(StandInRecord.Address(question.Name, "192.0.2.1")),
            _ => StandInReply.Of(),
        });
        using var resolver = Resolver(dns);
        var route = await new MailRouter(resolver, 25, Stranger).FindAsync(RouteTarget.Of("mixed.example"), CancellationToken.None);
        Assert.Null(route.Refusal);
        Assert.Equal(["one.example"], route.Hosts.Select(host => host.Name));
    }

    [Theory]
    [InlineData("0.0.0.0", "127.0.0.1")]
    [InlineData("0.0.0.0", "0.0.0.0")]
    [InlineData("::", "::1")]
    [InlineData("::", "::")]
    [InlineData("::ffff:127.0.0.1", "127.0.0.1")]
    [InlineData("::ffff:127.0.0.1", "0.0.0.0")]
    [InlineData("127.0.0.9", "0.0.0.0")]
    public void An_address_by_which_a_connection_comes_to_this_server_is_its_own(string address, string listening)
    {
        MailEndpoint[] endpoints = [new(MailProtocol.Smtp, TlsMode.StartTls, IPAddress.Parse(listening), 25)];
        Assert.True(OwnHosts.Contain("mx.here.example", endpoints, "mx.b.example", [IPAddress.Parse(address)], 25));
        Assert.False(OwnHosts.Contain("mx.here.example", endpoints, "mx.b.example", [IPAddress.Parse(address)], 26));
        Assert.False(OwnHosts.Contain("mx.here.example", endpoints, "mx.b.example", [IPAddress.Parse("192.0.2.1")], 25));
    }

    private static bool Stranger(string name, IReadOnlyList<IPAddress> addresses, int port) => false;

    private static MailResolver Resolver(StandInDns dns) => new(new MailResolverOptions { Server = "127.0.0.1", Port = dns.Port, Timeout = TimeSpan.FromSeconds(10) });

    private static StandInDns Dns() => new(question => (question.Name, question.Type) switch
    {
        ("many.example", StandInDns.Mx) => StandInReply.Of(StandInRecord.Mx("many.example", 10, "one.example"), StandInRecord.Mx("many.example", 5, "first.example"), StandInRecord.Mx("many.example", 10, "two.example")),
        ("null.example", StandInDns.Mx) => StandInReply.Of(StandInRecord.Mx("null.example", 0, ".")),
        ("nohost.example", StandInDns.Mx) => StandInReply.Of(StandInRecord.Mx("nohost.example", 0, "empty.example")),
        ("one.example" or "two.example" or "first.example" or "plain.example", StandInDns.A) => StandInReply.Of(StandInRecord.Address(question.Name, "192.0.2.1")),
        ("missing.example", _) => StandInReply.NameError,
        ("broken.example", _) => StandInReply.ServerFailure,
        _ => StandInReply.Of(),
    });
}
