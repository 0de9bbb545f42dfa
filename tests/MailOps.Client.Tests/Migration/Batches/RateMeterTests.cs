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
        meter.Add(0);
        Assert.Equal(0, meter.Rate);
        var done = 0L;
        for (var second = 0; second < 60; second++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            meter.Add(done += 100);
        }

        Assert.Equal(100, meter.Rate, 1.0);
        for (var second = 0; second < 40; second++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            meter.Add(done += 10);
        }

        Assert.Equal(10, meter.Rate, 1.0);
        clock.Advance(TimeSpan.FromSeconds(40));
        Assert.InRange(meter.Rate, 0, 5);
    }
}
