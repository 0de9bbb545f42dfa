using System.Net;
using MailOps.Server.Connections;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailOps.Server.Tests.Connections;

/// <summary>The buckets of addresses and accounts.</summary>
public sealed class RateGuardTests
{
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UtcNow);

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(600)]
    [InlineData(6_000)]
    [InlineData(1_000_000)]
    public void As_many_as_are_allowed_may_come_at_once_and_then_room_comes_back_evenly(int limit)
    {
        var buckets = Guard(new RateLimits { CommandsPerMinute = limit }).Of(IPAddress.Parse("192.0.2.7"));
        Assert.Equal(limit, Fill(buckets, RateKind.Commands));

        // A part of the minute has that part of the room.
        foreach (var part in new[] { 1, 2, 5 }.Where(part => limit % part == 0))
        {
            _clock.Advance(TimeSpan.FromMinutes(1) / part);
            Assert.InRange(Fill(buckets, RateKind.Commands), (limit / part) - 1, limit / part);
        }

        // However long nothing comes, there is no more room than that.
        _clock.Advance(TimeSpan.FromDays(30));
        Assert.Equal(limit, Fill(buckets, RateKind.Commands));
    }

    [Fact]
    public void No_minute_has_more_than_twice_what_is_allowed_wherever_it_begins()
    {
        var buckets = Guard(new RateLimits { MessagesPerMinute = 60 }).Of(IPAddress.Parse("192.0.2.7"));
        var taken = new List<int>();
        for (var second = 0; second < 600; second++)
        {
            taken.Add(Fill(buckets, RateKind.Messages));
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(60, taken[0]);
        Assert.All(taken.Skip(1), one => Assert.Equal(1, one));
    }

    [Fact]
    public void Who_is_told_when_to_come_again_gets_in_then_and_not_before()
    {
        var buckets = Guard(new RateLimits { RecipientsPerMinute = 4 }).Of(IPAddress.Parse("192.0.2.7"));
        Fill(buckets, RateKind.Recipients);
        _clock.Advance(TimeSpan.FromSeconds(5));
        var excess = buckets.Take(RateKind.Recipients)!;
        Assert.Equal("too many recipients from your address, at most 4 a minute, try again in 10 seconds", excess.Reason);
        Assert.Equal(10, excess.Wait.TotalSeconds, 3);
        _clock.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal("too many recipients from your address, at most 4 a minute, try again in 1 second", buckets.Take(RateKind.Recipients)!.Reason);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(buckets.Take(RateKind.Recipients));
        Assert.NotNull(buckets.Take(RateKind.Recipients));
    }

    [Fact]
    public void Each_kind_each_address_and_each_account_has_its_own()
    {
        var guard = Guard(new RateLimits { ConnectionsPerMinute = 1, CommandsPerMinute = 1, MessagesPerMinute = 1, RecipientsPerMinute = 1, AccountMessagesPerDay = 1, AccountRecipientsPerDay = 1 });
        foreach (var buckets in new[] { guard.Of(IPAddress.Parse("192.0.2.7")), guard.Of(IPAddress.Parse("192.0.2.8")) })
            Assert.All(Enum.GetValues<RateKind>(), kind => Assert.Equal(1, Fill(buckets, kind)));
        foreach (var buckets in new[] { guard.Of("ann@example.com"), guard.Of("joe@example.com") })
            Assert.All([RateKind.Messages, RateKind.Recipients], kind => Assert.Equal(1, Fill(buckets, kind)));
        Assert.Equal("too many messages from your account, at most 1 a day, try again in 86400 seconds", guard.Of("ann@example.com").Take(RateKind.Messages)!.Reason);
        Assert.Same(guard.Of("ann@example.com"), guard.Of("ann@example.com"));
    }

    [Fact]
    public void Zero_sets_no_limit_and_less_is_none()
    {
        var buckets = Guard(new RateLimits { CommandsPerMinute = 0 }).Of(IPAddress.Loopback);
        for (var i = 0; i < 100_000; i++)
            Assert.Null(buckets.Take(RateKind.Commands));
        Assert.Contains("cannot be less than none", Assert.Throws<ArgumentException>(() => Guard(new RateLimits { AccountRecipientsPerDay = -1 })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Clients_from_ever_more_addresses_fill_no_memory_and_who_came_last_is_remembered()
    {
        var guard = Guard(new RateLimits { ConnectionsPerMinute = 1 });
        var octets = new byte[16];
        octets[0] = 0x20;
        var regular = guard.Of(IPAddress.Parse("192.0.2.7"));
        Assert.Null(regular.Take(RateKind.Connections));
        for (var i = 0; i < 3 * RateGuard.MostRemembered; i++)
        {
            BitConverter.TryWriteBytes(octets.AsSpan(4), i);
            Assert.Null(guard.Of(new IPAddress(octets)).Take(RateKind.Connections));
            if (i % 1000 == 0)
                Assert.NotNull(guard.Of(IPAddress.Parse("192.0.2.7")).Take(RateKind.Connections));
        }

        Assert.Equal(RateGuard.MostRemembered, guard.Remembered);
        Assert.NotNull(guard.Of(new IPAddress(octets)).Take(RateKind.Connections));
    }

    [Fact]
    public async Task Of_many_who_come_at_the_same_time_no_more_get_in()
    {
        var buckets = Guard(new RateLimits { CommandsPerMinute = 10_000 }).Of(IPAddress.Parse("192.0.2.7"));
        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Fill(buckets, RateKind.Commands))));
        Assert.Equal(10_000, taken.Sum());
    }

    [Fact]
    public void A_command_that_has_room_costs_no_memory()
    {
        var buckets = Guard(new RateLimits { CommandsPerMinute = 1_000_000 }).Of(IPAddress.Parse("192.0.2.7"));
        Assert.Null(buckets.Take(RateKind.Commands));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10_000; i++)
            buckets.Take(RateKind.Commands);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private RateGuard Guard(RateLimits limits) => new(limits, TrustedNetworks.Loopback, _clock);

    private static int Fill(RateBuckets buckets, RateKind kind)
    {
        var taken = 0;
        while (buckets.Take(kind) is null)
            taken++;
        return taken;
    }
}
