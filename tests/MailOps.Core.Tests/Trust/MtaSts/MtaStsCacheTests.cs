using MailOps.Dns;
using MailOps.Tests.Support;
using MailOps.Trust.MtaSts;
using Xunit;

namespace MailOps.Core.Tests.Trust.MtaSts;

public sealed class MtaStsCacheTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly PrivateFolder _folder = new();

    private MtaStsCache Cache => new(_folder.Of("sts"));

    public void Dispose() => _folder.Dispose();

    private static MtaStsCacheEntry Entry(string domain = "example.org", int days = 7, string id = "1") =>
        new(DnsName.Parse(domain), id, Start, new MtaStsPolicy(MtaStsMode.Enforce, TimeSpan.FromDays(days), ["mx.example.org", "*.example.net"]));

    [Fact]
    public void What_is_kept_is_found_after_a_restart()
    {
        Assert.Null(Cache.Keep(Entry("Bücher.example")));
        var found = Cache.Find(DnsName.Parse("xn--bcher-kva.example"))!;
        Assert.Equal(("1", Start, MtaStsMode.Enforce, TimeSpan.FromDays(7)), (found.Id, found.Fetched, found.Policy.Mode, found.Policy.MaxAge));
        Assert.Equal(["mx.example.org", "*.example.net"], found.Policy.Mx);
        Assert.Null(Cache.Find(DnsName.Parse("example.org")));
        Assert.Equal(["xn--bcher-kva.example.json"], Directory.GetFiles(_folder.Of("sts")).Select(Path.GetFileName));
    }

    [Fact]
    public void A_later_policy_takes_the_place_of_the_earlier_one()
    {
        var cache = Cache;
        cache.Keep(Entry());
        cache.Keep(Entry(id: "2"));
        Assert.Equal("2", cache.Find(DnsName.Parse("example.org"))!.Id);
        Assert.Equal("2", Cache.Find(DnsName.Parse("example.org"))!.Id);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"domain":"other.example","id":"1","fetched":"2026-06-01T12:00:00+00:00","mode":"enforce","max_age":1,"mx":["a.example"]}""")]
    [InlineData("""{"domain":"example.org","id":null,"fetched":"2026-06-01T12:00:00+00:00","mode":"enforce","max_age":1,"mx":["a.example"]}""")]
    [InlineData("""{"domain":"example.org","id":"1","fetched":"9999-12-31T23:59:59+00:00","mode":"enforce","max_age":1,"mx":["a.example"]}""")]
    [InlineData("""{"domain":"example.org","id":"1","fetched":"yesterday","mode":"enforce","max_age":1,"mx":["a.example"]}""")]
    [InlineData("""{"domain":"example.org","id":"1","fetched":"2026-06-01T12:00:00+00:00","mode":"loud","max_age":1,"mx":["a.example"]}""")]
    [InlineData("""{"domain":"example.org","id":"1","fetched":"2026-06-01T12:00:00+00:00","mode":2,"max_age":1,"mx":["a.example"]}""")]
    [InlineData("""{"domain":"example.org","id":"1","fetched":"2026-06-01T12:00:00+00:00","mode":"enforce","max_age":-1,"mx":["a.example"]}""")]
    [InlineData("""{"domain":"example.org","id":"1","fetched":"2026-06-01T12:00:00+00:00","mode":"enforce","max_age":31557601,"mx":["a.example"]}""")]
    [InlineData("""{"domain":"example.org","id":"1","fetched":"2026-06-01T12:00:00+00:00","mode":"enforce","max_age":1,"mx":[]}""")]
    [InlineData("""{"domain":"example.org","id":"1","fetched":"2026-06-01T12:00:00+00:00","mode":"enforce","max_age":1,"mx":[null]}""")]
    public void A_damaged_file_is_passed_over_and_replaced(string text)
    {
        _folder.Write("sts/example.org.json", text);
        var cache = Cache;
        Assert.Null(cache.Find(DnsName.Parse("example.org")));
        Assert.Empty(cache.All());
        Assert.Null(cache.Keep(Entry()));
        Assert.NotNull(Cache.Find(DnsName.Parse("example.org")));
    }

    [Fact]
    public void A_disk_that_takes_nothing_leaves_the_policy_in_memory_and_is_said_so()
    {
        var cache = Cache;
        Directory.Delete(_folder.Of("sts"));
        var problem = cache.Keep(Entry());
        Assert.Contains("could not be written", problem);
        Assert.NotNull(cache.Find(DnsName.Parse("example.org")));
    }

    [Fact]
    public void What_has_run_out_is_forgotten_with_its_file_and_the_rest_is_not()
    {
        Cache.Keep(Entry("a.example", days: 7));
        Cache.Keep(Entry("b.example", days: 8));
        _folder.Write("sts/not a domain.json", "{}");
        var cache = Cache;
        cache.RemoveExpired(Start.AddDays(7));
        Assert.Equal("b.example", Assert.Single(cache.All()).Domain.Ascii);
        Assert.False(File.Exists(_folder.Of("sts/a.example.json")));
        Assert.True(File.Exists(_folder.Of("sts/b.example.json")));
    }

    [Fact]
    public void What_a_writer_left_half_done_is_removed_and_what_one_is_writing_is_not()
    {
        var old = _folder.Write("sts/old.tmp", "{");
        var fresh = _folder.Write("sts/fresh.tmp", "{");
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddHours(-2));
        Assert.Empty(Cache.All());
        Assert.Equal((false, true), (File.Exists(old), File.Exists(fresh)));
    }

    [Theory]
    [InlineData(30, 23, false)]
    [InlineData(30, 24, true)]
    [InlineData(1, 11, false)]
    [InlineData(1, 12, true)]
    [InlineData(30, -1, true)]
    public void A_policy_is_due_after_a_day_or_at_half_its_time(int days, int hours, bool due) =>
        Assert.Equal(due, Entry(days: days).IsDue(Start.AddHours(hours)));
}
