using System.Net;
using System.Net.Sockets;
using MailOps.Dns;
using MailOps.Tests.Support;
using Xunit;
using static MailOps.Tests.Support.StandInRecord;

namespace MailOps.Core.Tests.Dns;

public sealed class MailResolverTests
{
    private static MailResolver Resolver(int port, int milliseconds = 5000, int retries = 0, int concurrency = 64) => new(new MailResolverOptions
    {
        Server = "127.0.0.1",
        Port = port,
        Timeout = TimeSpan.FromMilliseconds(milliseconds),
        Retries = retries,
        MaxConcurrency = concurrency,
    });

    private static async Task<DnsAnswer<MxRecord>> AskAsync(Func<StandInQuestion, StandInReply?> script, string domain = "example.org", bool withAddresses = false, int milliseconds = 5000, int retries = 0)
    {
        await using var server = new StandInDns(script);
        using var resolver = Resolver(server.Port, milliseconds, retries);
        return await resolver.MxAsync(DnsName.Parse(domain), withAddresses, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Exchangers_are_ordered_by_preference()
    {
        var answer = await AskAsync(q => q.Type == StandInDns.Mx
            ? StandInReply.Of(Mx(q.Name, 20, "b.example.org"), Mx(q.Name, 5, "Z.Example.org", 60), Mx(q.Name, 20, "a.example.org"))
            : StandInReply.Of());
        Assert.Equal(DnsStatus.Answered, answer.Status);
        Assert.Equal("5 z.example.org; 20 a.example.org; 20 b.example.org", string.Join("; ", answer.Records));
        Assert.All(answer.Records, r => Assert.Equal(MxKind.Explicit, r.Kind));
        Assert.Equal(TimeSpan.FromSeconds(60), answer.Records[0].Ttl);
        Assert.Null(answer.Records[0].Addresses);
    }

    [Fact]
    public async Task A_domain_without_MX_is_its_own_exchanger_RFC5321_5_1()
    {
        var answer = await AskAsync(q => q.Type == StandInDns.Aaaa ? StandInReply.Of(Address(q.Name, "2001:db8::1", 77)) : StandInReply.Of());
        var record = Assert.Single(answer.Records);
        Assert.Equal((MxKind.Implicit, 0, "example.org", TimeSpan.FromSeconds(77)), (record.Kind, record.Preference, record.Exchange, record.Ttl));
    }

    [Fact]
    public async Task A_null_MX_is_said_RFC7505()
    {
        var answer = await AskAsync(q => StandInReply.Of(Mx(q.Name, 0, "")), withAddresses: true);
        var record = Assert.Single(answer.Records);
        Assert.Equal((MxKind.Null, "."), (record.Kind, record.Exchange));
        Assert.Empty(record.Addresses!);
    }

    [Fact]
    public async Task No_MX_and_no_address_is_no_data()
    {
        var answer = await AskAsync(_ => StandInReply.Of());
        Assert.Equal(DnsStatus.NoData, answer.Status);
        Assert.Empty(answer.Records);
        Assert.Contains("no host takes mail", answer.Detail);
    }

    [Fact]
    public async Task NXDOMAIN_is_not_taken_for_an_implicit_MX()
    {
        var answer = await AskAsync(q => q.Type == StandInDns.Mx ? StandInReply.NameError : StandInReply.Of(Address(q.Name, "192.0.2.1")));
        Assert.Equal(DnsStatus.NameNotFound, answer.Status);
    }

    [Fact]
    public async Task A_failed_MX_lookup_is_not_taken_for_an_implicit_MX()
    {
        var answer = await AskAsync(q => q.Type == StandInDns.Mx ? StandInReply.ServerFailure : StandInReply.Of(Address(q.Name, "192.0.2.1")));
        Assert.Equal(DnsStatus.ServerFailure, answer.Status);
        Assert.Contains("SERVFAIL", answer.Detail);
    }

    [Fact]
    public async Task A_refusing_server_is_not_a_missing_domain()
    {
        var answer = await AskAsync(_ => new StandInReply { ResponseCode = 5 });
        Assert.Equal(DnsStatus.Refused, answer.Status);
    }

    [Fact]
    public async Task A_silent_server_times_out_after_its_retries()
    {
        await using var server = new StandInDns(_ => null);
        using var resolver = Resolver(server.Port, milliseconds: 600, retries: 2);
        var answer = await resolver.MxAsync(DnsName.Parse("example.org"), false, TestContext.Current.CancellationToken);
        Assert.Equal(DnsStatus.TimedOut, answer.Status);
        Assert.InRange(server.Asked.Count, 2, 3);
    }

    [Fact]
    public async Task A_lost_packet_is_asked_for_again()
    {
        var calls = 0;
        var answer = await AskAsync(q => Interlocked.Increment(ref calls) == 1 ? null : StandInReply.Of(Mx(q.Name, 1, "mx.example.org")), milliseconds: 3000, retries: 2);
        Assert.Equal(DnsStatus.Answered, answer.Status);
    }

    [Fact]
    public async Task A_port_where_nothing_listens_is_no_answer_and_not_a_missing_domain()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)taken.LocalEndPoint!).Port;
        taken.Close();
        using var resolver = Resolver(port, milliseconds: 300);
        var answer = await resolver.MxAsync(DnsName.Parse("example.org"), false, TestContext.Current.CancellationToken);
        Assert.Contains(answer.Status, new[] { DnsStatus.Unreachable, DnsStatus.TimedOut });
    }

    [Fact]
    public async Task A_resolver_whose_name_is_unknown_is_unreachable()
    {
        using var resolver = new MailResolver(new MailResolverOptions { Server = "no-such-host.invalid" });
        var answer = await resolver.MxAsync(DnsName.Parse("example.org"), false, TestContext.Current.CancellationToken);
        Assert.Equal(DnsStatus.Unreachable, answer.Status);
        Assert.Contains("does not resolve", answer.Detail);
    }

    [Fact]
    public async Task A_truncated_answer_is_asked_for_again_over_TCP()
    {
        var many = Enumerable.Range(1, 100).Select(i => Mx("example.org", (ushort)i, $"mx{i}.a-rather-long-name.example.org")).ToArray();
        var answer = await AskAsync(q => q.Tcp ? StandInReply.Of(many) : new StandInReply { Truncated = true });
        Assert.Equal(100, answer.Records.Length);
    }

    [Fact]
    public async Task An_answer_with_a_wrong_id_is_not_believed()
    {
        var answer = await AskAsync(q => new StandInReply { WrongId = true, Records = [Mx(q.Name, 1, "evil.example")] }, milliseconds: 500);
        Assert.Contains(answer.Status, new[] { DnsStatus.Malformed, DnsStatus.TimedOut });
        Assert.Empty(answer.Records);
    }

    [Fact]
    public async Task An_answer_to_another_question_is_not_believed_RFC5452_4_2()
    {
        var answer = await AskAsync(q => new StandInReply { OtherName = "other.example", Records = [Mx(q.Name, 1, "evil.example")] }, milliseconds: 500);
        Assert.Equal(DnsStatus.Malformed, answer.Status);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(40)]
    public async Task Garbage_is_malformed_and_throws_nothing(int length)
    {
        var answer = await AskAsync(_ => new StandInReply { Raw = [.. Enumerable.Repeat((byte)0xFF, length)] }, milliseconds: 500);
        Assert.Contains(answer.Status, new[] { DnsStatus.Malformed, DnsStatus.TimedOut });
    }

    [Fact]
    public async Task An_alias_is_followed_and_said()
    {
        var answer = await AskAsync(q => q.Type == StandInDns.Mx ? StandInReply.Of(Alias(q.Name, "real.example.net"), Mx("real.example.net", 10, "mx.example.net")) : null);
        var record = Assert.Single(answer.Records);
        Assert.Equal(("example.org", "real.example.net", "mx.example.net"), (record.Domain, record.CanonicalName, record.Exchange));
    }

    [Fact]
    public async Task An_alias_that_the_server_does_not_follow_is_asked_for_by_its_name()
    {
        var answer = await AskAsync(q => q.Name == "example.org"
            ? StandInReply.Of(Alias(q.Name, "real.example.net"))
            : q.Type == StandInDns.Mx ? StandInReply.Of(Mx(q.Name, 10, "mx.example.net")) : StandInReply.Of());
        Assert.Equal("mx.example.net", Assert.Single(answer.Records).Exchange);
    }

    [Fact]
    public async Task An_alias_of_a_host_without_MX_gives_an_implicit_one()
    {
        var answer = await AskAsync(q => q.Name == "example.org"
            ? StandInReply.Of(Alias(q.Name, "real.example.net"))
            : q.Type == StandInDns.A ? StandInReply.Of(Address(q.Name, "192.0.2.7")) : StandInReply.Of(), withAddresses: true);
        var record = Assert.Single(answer.Records);
        Assert.Equal((MxKind.Implicit, "real.example.net"), (record.Kind, record.CanonicalName));
        Assert.Equal([IPAddress.Parse("192.0.2.7")], record.Addresses);
    }

    [Fact]
    public async Task Aliases_in_a_circle_end()
    {
        var answer = await AskAsync(q => StandInReply.Of(Alias(q.Name, q.Name == "example.org" ? "b.example" : "example.org")));
        Assert.Equal(DnsStatus.ServerFailure, answer.Status);
        Assert.Contains("circle", answer.Detail);
    }

    [Fact]
    public async Task Aliases_without_end_end()
    {
        var n = 0;
        var answer = await AskAsync(q => StandInReply.Of(Alias(q.Name, $"n{Interlocked.Increment(ref n)}.example")));
        Assert.Equal(DnsStatus.ServerFailure, answer.Status);
    }

    [Fact]
    public async Task Addresses_come_on_request_with_the_reason_when_there_is_none()
    {
        var answer = await AskAsync(q => (q.Type, q.Name) switch
        {
            (StandInDns.Mx, _) => StandInReply.Of(Mx(q.Name, 1, "both.example"), Mx(q.Name, 2, "none.example"), Mx(q.Name, 3, "broken.example")),
            (StandInDns.A, "both.example") => StandInReply.Of(Address(q.Name, "192.0.2.1")),
            (StandInDns.Aaaa, "both.example") => StandInReply.Of(Address(q.Name, "2001:db8::1")),
            (_, "broken.example") => StandInReply.ServerFailure,
            _ => StandInReply.NameError,
        }, withAddresses: true);
        Assert.Equal([IPAddress.Parse("2001:db8::1"), IPAddress.Parse("192.0.2.1")], answer.Records[0].Addresses);
        Assert.Empty(answer.Records[1].Addresses!);
        Assert.Contains("NXDOMAIN", answer.Records[1].AddressError);
        Assert.Null(answer.Records[2].Addresses);
        Assert.Contains("SERVFAIL", answer.Records[2].AddressError);
    }

    [Fact]
    public async Task An_internationalised_name_is_asked_for_in_punycode()
    {
        await using var server = new StandInDns(q => StandInReply.Of(Mx(q.Name, 1, "mx.xn--bcher-kva.example")));
        using var resolver = Resolver(server.Port);
        var answer = await resolver.MxAsync(DnsName.Parse("bücher.example"), false, TestContext.Current.CancellationToken);
        Assert.Equal("xn--bcher-kva.example", server.Asked.First().Name);
        Assert.True(answer.Status == DnsStatus.Answered, answer.Detail);
        var record = Assert.Single(answer.Records);
        Assert.Equal(("bücher.example", "xn--bcher-kva.example", "mx.bücher.example"), (record.Domain, record.DomainAscii, record.ExchangeUnicode));
    }

    [Fact]
    public async Task Cancelling_ends_the_wait_for_a_server_that_never_answers()
    {
        await using var server = new StandInDns(_ => null);
        using var resolver = Resolver(server.Port, milliseconds: 600_000);
        using var cancel = new CancellationTokenSource();
        var waiting = resolver.MxAsync(DnsName.Parse("example.org"), false, cancel.Token);
        while (server.Asked.IsEmpty)
            await Task.Delay(5, TestContext.Current.CancellationToken);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
        Assert.True(waiting.IsCanceled);
    }

    [Fact]
    public async Task No_more_questions_are_under_way_than_allowed_and_none_is_lost()
    {
        await using var server = new StandInDns(q => new StandInReply { Records = [Mx(q.Name, 1, "mx." + q.Name)], Until = Task.Delay(2) });
        using var resolver = Resolver(server.Port, milliseconds: 20_000, retries: 1, concurrency: 8);
        var answers = await Task.WhenAll(Enumerable.Range(0, 500).Select(i =>
            resolver.MxAsync(DnsName.Parse($"d{i}.example"), false, TestContext.Current.CancellationToken)));
        Assert.All(answers, a => Assert.Equal("mx." + a.Name.Ascii, Assert.Single(a.Records).Exchange));
        Assert.InRange(server.MostAtOnce, 2, 8);
    }
}
