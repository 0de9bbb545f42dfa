using MailOps.Client.Migration.Batches;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailOps.Client.Tests.Migration.Batches;

/// <summary>How fast a copy goes, as it is told.</summary>
public sealed class RateMeterTests
{
    [Fact]
    public void The_rate_is_that_of_the_last_half_minute()
    {
        var clock = new FakeTimeProvider();
        var meter = new RateMeter(clock);
        Assert.Equal(0, meter.Rate);
        for (var second = 0; second < 60; second++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            meter.Add(100);
        }

        Assert.Equal(100, meter.Rate, 1.0);
        for (var second = 0; second < 40; second++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            meter.Add(10);
        }

        Assert.Equal(10, meter.Rate, 1.0);
        clock.Advance(TimeSpan.FromSeconds(40));
        Assert.InRange(meter.Rate, 0, 5);
    }

    [Fact]
    public void What_comes_once_a_minute_is_slow_and_not_nothing()
    {
        var clock = new FakeTimeProvider();
        var meter = new RateMeter(clock);
        for (var minute = 0; minute < 5; minute++)
        {
            clock.Advance(TimeSpan.FromSeconds(60));
            meter.Add(600);
            Assert.Equal(10, meter.Rate, 0.1);
        }

        clock.Advance(TimeSpan.FromSeconds(50));
        Assert.InRange(meter.Rate, 5, 10);
    }
}
