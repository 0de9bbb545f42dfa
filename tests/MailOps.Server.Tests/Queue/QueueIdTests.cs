using MailOps.Server.Queue;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailOps.Server.Tests.Queue;

public sealed class QueueIdTests
{
    // Other tests have other clocks.
    private long _sequence;

    [Fact]
    public void An_id_tells_when_the_message_came()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2100, 1, 2, 3, 4, 5, 678, TimeSpan.Zero));
        Assert.Equal(clock.GetUtcNow(), QueueId.Next(clock).Arrived);
    }

    [Fact]
    public void Ids_are_text_and_back_and_sort_by_arrival_as_text()
    {
        var ids = Enumerable.Range(0, 5000).Select(_ => QueueId.Next(TimeProvider.System, ref _sequence)).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.Equal(ids.Select(id => id.ToString()), ids.Select(id => id.ToString()).Order(StringComparer.Ordinal));
        Assert.All(ids, id => Assert.True(QueueId.TryParse(id.ToString().ToLowerInvariant(), out var read) && read == id));
    }

    [Fact]
    public void Ids_go_up_while_a_clock_that_was_set_back_has_not_caught_up()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2101, 1, 1, 0, 0, 0, TimeSpan.Zero)) { AutoAdvanceAmount = TimeSpan.Zero };
        var first = QueueId.Next(clock, ref _sequence);
        clock.AdjustTime(clock.GetUtcNow().AddMinutes(-10));
        Assert.Equal(first.Value + 1, QueueId.Next(clock, ref _sequence).Value);
    }

    [Fact]
    public void The_highest_id_is_read_and_one_above_it_is_none()
    {
        Assert.True(QueueId.TryParse("FZZZZZZZZZZZZ", out var highest));
        Assert.Equal(ulong.MaxValue, highest.Value);
        Assert.False(QueueId.TryParse("G000000000000", out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0123456789AB")]
    [InlineData("0123456789ABCD")]
    [InlineData("0123456789ABI")]
    [InlineData("0123456789AB/")]
    [InlineData("0123456789ABé")]
    public void What_is_no_id_is_not_read(string text) => Assert.False(QueueId.TryParse(text, out _));
}
