using MailOps.Dns;
using MailOps.Tests.Support;
using MailOps.Trust.MtaSts;
using MailOps.Trust.TlsRpt;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using static MailOps.Tests.Support.StandInRecord;

namespace MailOps.Core.Tests.Trust.MtaSts;

public sealed class MtaStsFetcherTests : IDisposable
{
    private const string Policy = "version: STSv1\nmode: enforce\nmx: mx.example.org\nmax_age: 86400\n";

    private readonly TestAuthority _authority = new("Web");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _authority.Dispose();

    private async Task<(MtaStsFetch Fetch, string[] Requests)> FetchAsync(string? response, string name = "mta-sts.example.org", DateTimeOffset? at = null, bool trusted = true, StandInReply? address = null)
    {
        using var certificate = _authority.Issue([name], at);
        await using var host = new PolicyHost(certificate) { Response = response };
        await using var dns = new StandInDns(q => address ?? (q.Type == StandInDns.A && q.Name == "mta-sts.example.org" ? StandInReply.Of(Address(q.Name, "127.0.0.1")) : StandInReply.Of()));
        using var resolver = new MailResolver(new MailResolverOptions { Server = "127.0.0.1", Port = dns.Port, Retries = 0 });
        using var fetcher = new MtaStsFetcher(resolver, new MtaStsFetcherOptions { Port = host.Port, TrustedRoots = trusted ? [_authority.Certificate] : null });
        return (await fetcher.FetchAsync(DnsName.Parse("example.org"), Cancel), [.. host.Requests]);
    }

    [Fact]
    public async Task A_policy_is_fetched_from_its_well_known_place()
    {
        var (fetch, requests) = await FetchAsync(PolicyHost.Ok(Policy));
        Assert.True(fetch.Policy is not null, fetch.Reason);
        Assert.Equal(["mx.example.org"], fetch.Policy.Mx);
        var request = Assert.Single(requests);
        Assert.StartsWith("GET /.well-known/mta-sts.txt HTTP/1.1\r\n", request);
        Assert.Contains("Host: mta-sts.example.org:", request);
    }

    [Theory]
    [InlineData("text/plain; charset=utf-8")]
    [InlineData("TEXT/plain;charset=us-ascii")]
    public async Task Parameters_of_the_media_type_do_not_matter(string type) =>
        Assert.NotNull((await FetchAsync(PolicyHost.Ok(Policy, type))).Fetch.Policy);

    [Theory]
    [InlineData("HTTP/1.1 301 Moved\r\nLocation: https://mta-sts.example.org/.well-known/mta-sts.txt\r\nContent-Length: 0\r\n\r\n", "no redirect is followed")]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "answered 404")]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n", "answered 204")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "not as text/plain")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n", "not as text/plain")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n", "no version")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\nversion: STSv1", "could not be asked")]
    [InlineData("Hello\r\n\r\n", "could not be asked")]
    public async Task Whatever_else_is_answered_is_no_policy_and_is_asked_for_once(string response, string reason)
    {
        var (fetch, requests) = await FetchAsync(response);
        Assert.Null(fetch.Policy);
        Assert.Contains(reason, fetch.Reason);
        Assert.Single(requests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_above_64_KiB_is_not_read_to_its_end(bool chunked)
    {
        var body = new string('a', 70_000);
        var (fetch, _) = await FetchAsync(chunked
            ? $"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n{body.Length:x}\r\n{body}\r\n"
            : PolicyHost.Ok(body));
        Assert.Null(fetch.Policy);
        Assert.Contains("more than 65536 octets", fetch.Reason);
    }

    [Theory]
    [InlineData("example.org")]
    [InlineData("mta-sts.example.net")]
    [InlineData("*.mta-sts.example.org")]
    public async Task The_certificate_must_be_for_the_policy_host(string name)
    {
        var (fetch, requests) = await FetchAsync(PolicyHost.Ok(Policy), name);
        Assert.Null(fetch.Policy);
        Assert.Contains("certificate", fetch.Reason);
        Assert.Equal(TlsFault.StsWebPkiInvalid, fetch.Fault);
        Assert.Empty(requests);
    }

    [Fact]
    public async Task A_wildcard_certificate_will_do() =>
        Assert.NotNull((await FetchAsync(PolicyHost.Ok(Policy), "*.example.org")).Fetch.Policy);

    [Fact]
    public async Task The_certificate_must_not_have_expired()
    {
        var (fetch, requests) = await FetchAsync(PolicyHost.Ok(Policy), at: DateTimeOffset.UtcNow.AddDays(-25));
        Assert.Null(fetch.Policy);
        Assert.Empty(requests);
    }

    [Fact]
    public async Task The_certificate_must_be_of_a_trusted_authority()
    {
        var (fetch, requests) = await FetchAsync(PolicyHost.Ok(Policy), trusted: false);
        Assert.Null(fetch.Policy);
        Assert.Contains("certificate", fetch.Reason);
        Assert.Equal(TlsFault.StsWebPkiInvalid, fetch.Fault);
        Assert.Empty(requests);
    }

    [Fact]
    public async Task A_policy_host_without_an_address_is_said_so()
    {
        Assert.Contains("NXDOMAIN", (await FetchAsync("", address: StandInReply.NameError)).Fetch.Reason);
        Assert.Contains("neither an A nor an AAAA", (await FetchAsync("", address: StandInReply.Of())).Fetch.Reason);
    }

    [Fact]
    public async Task A_policy_host_where_nothing_listens_is_said_so()
    {
        await using var dns = new StandInDns(q => q.Type == StandInDns.A ? StandInReply.Of(Address(q.Name, "127.0.0.1")) : StandInReply.Of());
        using var resolver = new MailResolver(new MailResolverOptions { Server = "127.0.0.1", Port = dns.Port });
        using var fetcher = new MtaStsFetcher(resolver, new MtaStsFetcherOptions { Port = FreePort.Next() });
        var fetch = await fetcher.FetchAsync(DnsName.Parse("example.org"), Cancel);
        Assert.Null(fetch.Policy);
        Assert.Contains("mta-sts.example.org could not be asked", fetch.Reason);
        Assert.Equal(TlsFault.StsPolicyFetchError, fetch.Fault);
    }

    [Fact]
    public async Task A_domain_that_is_too_long_for_a_policy_host_has_none()
    {
        var labels = string.Join('.', Enumerable.Repeat(new string('a', 61), 4));
        using var resolver = new MailResolver(new MailResolverOptions { Server = "127.0.0.1" });
        using var fetcher = new MtaStsFetcher(resolver, new MtaStsFetcherOptions());
        var fetch = await fetcher.FetchAsync(DnsName.Parse(labels), Cancel);
        Assert.Null(fetch.Policy);
        Assert.Contains("253 at the most", fetch.Reason);
    }

    [Fact]
    public async Task A_fetch_takes_a_minute_at_the_most()
    {
        var clock = new FakeTimeProvider();
        using var certificate = _authority.Issue(["mta-sts.example.org"]);
        await using var host = new PolicyHost(certificate);
        await using var dns = new StandInDns(q => q.Type == StandInDns.A ? StandInReply.Of(Address(q.Name, "127.0.0.1")) : StandInReply.Of());
        using var resolver = new MailResolver(new MailResolverOptions { Server = "127.0.0.1", Port = dns.Port });
        using var fetcher = new MtaStsFetcher(resolver, new MtaStsFetcherOptions { Port = host.Port, TrustedRoots = [_authority.Certificate], TimeProvider = clock });
        var fetching = fetcher.FetchAsync(DnsName.Parse("example.org"), Cancel);
        while (host.Requests.IsEmpty)
            await Task.Delay(10, Cancel);

        clock.Advance(TimeSpan.FromSeconds(59));
        Assert.False(fetching.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Contains("within 60 s", (await fetching).Reason);
    }

    [Fact]
    public async Task A_handler_that_follows_redirects_does_not_bring_in_what_it_found()
    {
        using var handler = new Redirected();
        using var resolver = new MailResolver(new MailResolverOptions { Server = "127.0.0.1" });
        using var fetcher = new MtaStsFetcher(resolver, new MtaStsFetcherOptions { Handler = handler });
        var fetch = await fetcher.FetchAsync(DnsName.Parse("example.org"), Cancel);
        Assert.Null(fetch.Policy);
        Assert.Contains("https://elsewhere.example/", fetch.Reason);
    }

    private sealed class Redirected : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(
            new HttpResponseMessage { Content = new StringContent(Policy), RequestMessage = new HttpRequestMessage(HttpMethod.Get, "https://elsewhere.example/") });
    }

    [Fact]
    public async Task A_cancelled_fetch_throws()
    {
        using var certificate = _authority.Issue(["mta-sts.example.org"]);
        await using var host = new PolicyHost(certificate);
        await using var dns = new StandInDns(q => q.Type == StandInDns.A ? StandInReply.Of(Address(q.Name, "127.0.0.1")) : StandInReply.Of());
        using var resolver = new MailResolver(new MailResolverOptions { Server = "127.0.0.1", Port = dns.Port });
        using var fetcher = new MtaStsFetcher(resolver, new MtaStsFetcherOptions { Port = host.Port, TrustedRoots = [_authority.Certificate] });
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var fetching = fetcher.FetchAsync(DnsName.Parse("example.org"), cancel.Token);
        while (host.Requests.IsEmpty)
            await Task.Delay(10, Cancel);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetching);
    }
}
