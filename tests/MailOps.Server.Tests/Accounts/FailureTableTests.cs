using MailOps.Server.Accounts;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailOps.Server.Tests.Accounts;

public sealed class FailureTableTests
{
    private static readonly TimeSpan Quarter = TimeSpan.FromMinutes(15);

    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void The_last_of_so_many_failures_locks_for_a_time()
    {
        var table = Table(3);
        Assert.Equal((1, false), table.Fail("a"));
        Assert.Equal((2, false), table.Fail("a"));
        Assert.False(table.IsLocked("a"));
        Assert.Equal((3, true), table.Fail("a"));
        Assert.True(table.IsLocked("a"));
        Assert.False(table.IsLocked("b"));

        _clock.Advance(Quarter - TimeSpan.FromSeconds(1));
        Assert.True(table.IsLocked("a"));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(table.IsLocked("a"));
        Assert.Equal((1, false), table.Fail("a"));
    }

    [Fact]
    public void Failures_are_forgotten_one_by_one()
    {
        var table = Table(3);
        table.Fail("a");
        table.Fail("a");
        _clock.Advance(Quarter / 3);
        Assert.Equal((2, false), table.Fail("a"));
        _clock.Advance(Quarter);
        Assert.Equal((1, false), table.Fail("a"));
    }

    [Fact]
    public void A_client_that_repeats_an_old_password_now_and_then_is_never_locked()
    {
        var table = Table(10);
        for (var i = 0; i < 1000; i++)
        {
            Assert.False(table.Fail("a").Locked);
            _clock.Advance(TimeSpan.FromMinutes(2));
        }
    }

    [Fact]
    public void What_is_forgiven_counts_from_nothing()
    {
        var table = Table(2);
        table.Fail("a");
        table.Forgive("a");
        Assert.Equal((1, false), table.Fail("a"));
    }

    [Fact]
    public void Without_a_limit_nothing_is_counted()
    {
        var table = Table(0);
        Assert.Equal((0, false), table.Fail("a"));
        Assert.Equal(0, table.Count);
    }

    [Fact]
    public void However_many_are_tried_memory_is_bounded_and_locks_outlive_mere_counts()
    {
        var table = Table(2, capacity: 100);
        table.Fail("locked");
        table.Fail("locked");
        for (var i = 0; i < 10_000; i++)
            table.Fail($"sprayed {i}");
        Assert.True(table.Count <= 200, $"{table.Count} are remembered.");
        Assert.True(table.IsLocked("locked"));
    }

    private FailureTable<string> Table(int limit, int capacity = 1000) => new(limit, Quarter, Quarter, capacity, _clock);
}
