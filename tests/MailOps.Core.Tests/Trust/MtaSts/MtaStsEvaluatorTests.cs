using MailOps.Dns;
using MailOps.Tests.Support;
using MailOps.Trust.MtaSts;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using static MailOps.Tests.Support.StandInRecord;

namespace MailOps.Core.Tests.Trust.MtaSts;

public sealed class MtaStsEvaluatorTests : IAsyncDisposable
{
    private static readonly DnsName Domain = DnsName.Parse("example.org");

    private readonly PrivateFolder _folder = new();
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly StandInDns _dns;
    private readonly MailResolver _resolver;
    private readonly Answers _web = new();
    private readonly MtaStsFetcher _fetcher;
    private MtaStsEvaluator _evaluator;
    private StandInReply _txt = Id("1");

    public MtaStsEvaluatorTests()
    {
        _dns = new StandInDns(_ => _txt);
        _resolver = new MailResolver(new MailResolverOptions { Server = "127.0.0.1", Port = _dns.Port, UseCache = false });
        _fetcher = new MtaStsFetcher(_resolver, new MtaStsFetcherOptions { Handler = _web });
        _evaluator = Start();
        _web.Body = Policy();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _evaluator.Dispose();
        _fetcher.Dispose();
        _resolver.Dispose();
        _web.Dispose();
        await _dns.DisposeAsync();
        _folder.Dispose();
    }

    private MtaStsEvaluator Start() => new(_resolver, _fetcher, new MtaStsCache(_folder.Of("sts")), _clock);

    private static StandInReply Id(string id) => StandInReply.Of(Txt("_mta-sts.example.org", $"v=STSv1; id={id};"));

    private static string Policy(string mode = "enforce", int days = 30, string mx = "mx.example.org") =>
        $"version: STSv1\nmode: {mode}\nmx: {mx}\nmax_age: {days * 86400}\n";

    private Task<MtaStsApplied> AskAsync() => _evaluator.ForDomainAsync(Domain, Cancel);

    /// <summary>A policy host: null is a connection that fails.</summary>
    private sealed class Answers : HttpMessageHandler
    {
        public string? Body { get; set; }

        public int Asked => _asked;

        public Task Until { get; set; } = Task.CompletedTask;

        private int _asked;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Assert.Equal("https://mta-sts.example.org/.well-known/mta-sts.txt", request.RequestUri!.ToString());
            Interlocked.Increment(ref _asked);
            await Until.WaitAsync(cancellationToken);
            return Body is null ? throw new HttpRequestException("The connection failed.") : new HttpResponseMessage { Content = new StringContent(Body) };
        }
    }

    [Fact]
    public async Task A_policy_is_fetched_once_and_then_kept_while_its_id_stays()
    {
        var first = await AskAsync();
        Assert.Equal((MtaStsOrigin.Fetched, "1", MtaStsMode.Enforce, null), (first.Origin, first.Id, first.Policy!.Mode, first.Problem));
        _clock.Advance(TimeSpan.FromHours(23));
        var second = await AskAsync();
        Assert.Equal((MtaStsOrigin.Cached, 1, null), (second.Origin, _web.Asked, second.Problem));
    }

    [Fact]
    public async Task A_new_id_brings_the_new_policy_at_once()
    {
        await AskAsync();
        (_txt, _web.Body) = (Id("2"), Policy("testing"));
        var next = await AskAsync();
        Assert.Equal((MtaStsOrigin.Fetched, "2", MtaStsMode.Testing), (next.Origin, next.Id, next.Policy!.Mode));
    }

    [Fact]
    public async Task A_domain_without_a_record_has_no_policy_and_its_policy_host_is_not_asked()
    {
        _txt = StandInReply.NameError;
        var none = await AskAsync();
        Assert.Equal((MtaStsOrigin.None, 0), (none.Origin, _web.Asked));
        Assert.Contains("NXDOMAIN", none.Reason);
        Assert.True(none.Evaluate("any.host.example").Allowed);
        Assert.Equal("RFC 8461 section 3.1", none.Source);
    }

    public static TheoryData<string> Losses { get; } = ["NXDOMAIN", "no data", "SERVFAIL", "two records", "no id", "fetch fails", "policy is broken", "new id, fetch fails"];

    [Theory, MemberData(nameof(Losses))]
    public async Task A_policy_that_is_kept_holds_whatever_happens_to_DNS_and_HTTPS_RFC8461_3_3(string loss)
    {
        await AskAsync();
        _txt = loss switch
        {
            "NXDOMAIN" => StandInReply.NameError,
            "no data" => StandInReply.Of(),
            "SERVFAIL" => StandInReply.ServerFailure,
            "two records" => StandInReply.Of(Txt("_mta-sts.example.org", "v=STSv1; id=1"), Txt("_mta-sts.example.org", "v=STSv1; id=2")),
            "no id" => StandInReply.Of(Txt("_mta-sts.example.org", "v=STSv1;")),
            "new id, fetch fails" => Id("2"),
            _ => _txt,
        };
        _web.Body = loss == "policy is broken" ? "version: STSv1" : null;

        _clock.Advance(TimeSpan.FromDays(30) - TimeSpan.FromSeconds(1));
        var held = await AskAsync();
        Assert.Equal((MtaStsOrigin.Cached, "1"), (held.Origin, held.Id));
        Assert.NotNull(held.Problem);
        Assert.False(held.Evaluate("other.example").Allowed);

        // Its time is up, and nothing can be found out: the domain is one without a policy.
        _clock.Advance(TimeSpan.FromMinutes(6));
        var none = await AskAsync();
        Assert.Equal(MtaStsOrigin.None, none.Origin);
        Assert.True(none.Evaluate("other.example").Allowed);
    }

    [Fact]
    public async Task A_restart_does_not_lose_the_policy()
    {
        await AskAsync();
        _evaluator.Dispose();
        _evaluator = Start();
        _txt = StandInReply.ServerFailure;
        _clock.Advance(TimeSpan.FromDays(20));
        Assert.Equal(MtaStsOrigin.Cached, (await AskAsync()).Origin);
    }

    [Fact]
    public async Task A_policy_that_is_fetched_daily_never_runs_out_over_months()
    {
        await AskAsync();
        for (var day = 1; day <= 200; day++)
        {
            _clock.Advance(TimeSpan.FromDays(1));
            var refreshed = Assert.Single(await _evaluator.RefreshAsync(Cancel));
            Assert.Equal((MtaStsOrigin.Fetched, _clock.GetUtcNow()), (refreshed.Origin, refreshed.Fetched));
            Assert.Equal(1 + day, _web.Asked);
            Assert.Empty(await _evaluator.RefreshAsync(Cancel));
        }
    }

    [Fact]
    public async Task A_refresh_that_fails_is_told_and_the_policy_is_forgotten_when_its_time_is_up()
    {
        await AskAsync();
        _web.Body = null;
        _clock.Advance(TimeSpan.FromDays(29));
        var failed = Assert.Single(await _evaluator.RefreshAsync(Cancel));
        Assert.Equal(MtaStsOrigin.Cached, failed.Origin);
        Assert.Contains("The connection failed", failed.Problem);
        _clock.Advance(TimeSpan.FromDays(1));
        Assert.Empty(await _evaluator.RefreshAsync(Cancel));
        Assert.Empty(Directory.GetFiles(_folder.Of("sts")));
    }

    [Fact]
    public async Task A_failed_fetch_is_not_repeated_for_five_minutes_but_for_another_id_RFC8461_3_3()
    {
        _web.Body = null;
        Assert.Contains("The connection failed", (await AskAsync()).Reason);
        _web.Body = Policy();
        _clock.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(1));
        Assert.Equal(MtaStsOrigin.None, (await AskAsync()).Origin);
        Assert.Equal(1, _web.Asked);

        _txt = Id("2");
        Assert.Equal(MtaStsOrigin.Fetched, (await AskAsync()).Origin);
    }

    [Fact]
    public async Task A_failed_fetch_is_repeated_after_five_minutes()
    {
        _web.Body = null;
        await AskAsync();
        _web.Body = Policy();
        _clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(MtaStsOrigin.Fetched, (await AskAsync()).Origin);
    }

    [Fact]
    public async Task Deliveries_that_come_together_share_a_fetch_and_one_that_is_cancelled_does_not_end_it()
    {
        var held = new TaskCompletionSource();
        _web.Until = held.Task;
        using var cancel = new CancellationTokenSource();
        var first = _evaluator.ForDomainAsync(Domain, cancel.Token);
        while (_web.Asked == 0)
            await Task.Delay(5, Cancel);
        var others = Enumerable.Range(0, 5).Select(_ => AskAsync()).ToArray();
        while (_dns.Asked.Count < 6)
            await Task.Delay(5, Cancel);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        held.SetResult();
        Assert.All(await Task.WhenAll(others), a => Assert.NotNull(a.Policy));

        // What was shared is not handed out again later.
        _clock.Advance(TimeSpan.FromDays(2));
        _web.Body = Policy("testing");
        Assert.Equal(MtaStsMode.Testing, (await AskAsync()).Policy!.Mode);
    }

    [Fact]
    public async Task A_policy_of_no_age_applies_once_and_takes_the_earlier_one_back()
    {
        await AskAsync();
        (_txt, _web.Body) = (Id("2"), Policy(days: 0));
        Assert.Equal(MtaStsOrigin.Fetched, (await AskAsync()).Origin);
        _txt = StandInReply.NameError;
        Assert.Equal(MtaStsOrigin.None, (await AskAsync()).Origin);
    }

    [Theory]
    [InlineData("enforce", "mx.example.org", true, true)]
    [InlineData("enforce", "other.example", false, false)]
    [InlineData("testing", "mx.example.org", true, true)]
    [InlineData("testing", "other.example", true, false)]
    [InlineData("none", "other.example", true, true)]
    public async Task The_mode_says_what_comes_of_a_host_that_is_not_named_RFC8461_5(string mode, string host, bool allowed, bool conforms)
    {
        _web.Body = Policy(mode);
        var verdict = (await AskAsync()).Evaluate(host);
        Assert.Equal((allowed, conforms), (verdict.Allowed, verdict.Conforms));
    }

    [Theory]
    [InlineData("enforce", false, false)]
    [InlineData("testing", true, false)]
    [InlineData("none", true, true)]
    public async Task A_host_without_TLS_breaks_the_policy(string mode, bool allowed, bool conforms)
    {
        _web.Body = Policy(mode);
        var verdict = (await AskAsync()).EvaluateWithoutTls("mx.example.org");
        Assert.Equal((allowed, conforms), (verdict.Allowed, verdict.Conforms));
    }

    [Theory]
    [InlineData("mx.example.org", 0, true, "its certificate holds")]
    [InlineData("*.example.org", 0, true, "its certificate holds")]
    [InlineData("example.org", 0, false, "is for example.org")]
    [InlineData("", 0, false, "'mx.example.org' (common name)")]
    [InlineData("mx.example.org", 21, false, "NotTimeValid")]
    [InlineData("mx.example.org", -11, false, "NotTimeValid")]
    public async Task The_certificate_of_a_host_must_name_it_and_hold_RFC8461_4_2(string name, int days, bool allowed, string reason)
    {
        var now = _clock.GetUtcNow();
        using var root = new TestAuthority("Root", at: now);
        using var middle = new TestAuthority("Middle", root, now);
        using var server = middle.Issue(name.Length == 0 ? [] : [name], now, commonName: "mx.example.org");
        var applied = await AskAsync();
        var verdict = applied.EvaluateCertificate("mx.example.org", [server, middle.Certificate], now.AddDays(days), [root.Certificate]);
        Assert.Equal((allowed, "RFC 8461 section 4.2"), (verdict.Allowed, verdict.Source));
        Assert.Contains(reason, verdict.Reason);

        // Neither without the authority in between, nor by the system's authorities; nor if the policy does not name the host.
        Assert.False(applied.EvaluateCertificate("mx.example.org", [server], now, [root.Certificate]).Allowed);
        Assert.False(applied.EvaluateCertificate("mx.example.org", [server, middle.Certificate], now).Allowed);
        Assert.False(applied.EvaluateCertificate("mx.example.org", [], now, [root.Certificate]).Allowed);
        Assert.Equal("RFC 8461 section 4.1", applied.EvaluateCertificate("other.example.org", [server, middle.Certificate], now, [root.Certificate]).Source);
    }

    [Fact]
    public async Task In_testing_a_certificate_that_does_not_hold_is_told_and_allowed()
    {
        _web.Body = Policy("testing");
        var verdict = (await AskAsync()).EvaluateCertificate("mx.example.org", [TestCertificate.Localhost], DateTimeOffset.UtcNow);
        Assert.Equal((true, false), (verdict.Allowed, verdict.Conforms));
        Assert.Contains("is for localhost", verdict.Reason);
    }
}
