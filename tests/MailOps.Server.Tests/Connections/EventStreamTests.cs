using MailOps.Server.Connections;
using Xunit;

namespace MailOps.Server.Tests.Connections;

public sealed class EventStreamTests
{
    private readonly ServerEvents _events = new();
    private readonly TaskCompletionSource _ended = new();

    [Fact]
    public async Task It_tells_what_is_wanted_in_order_and_ends_with_its_source()
    {
        using var stream = new EventStream(happened => happened is CommandReceived);
        stream.Add(7, _events, _ended.Task);
        _events.Publish(new CommandReceived { Command = "one" });
        _events.Publish(new ConnectionOpened());
        _events.Publish(new CommandReceived { Command = "two" });
        _ended.SetResult();

        Assert.Equal(["7 one", "7 two"], await ReadAsync(stream));
    }

    [Fact]
    public async Task It_ends_with_the_last_of_several_sources()
    {
        var (others, otherEnded) = (new ServerEvents(), new TaskCompletionSource());
        using var stream = new EventStream(_ => true);
        stream.Add(1, _events, _ended.Task);
        stream.Add(2, others, otherEnded.Task);
        _ended.SetResult();
        others.Publish(new CommandReceived { Command = "later" });
        otherEnded.SetResult();

        Assert.Equal(["2 later"], await ReadAsync(stream));
    }

    [Fact]
    public async Task What_a_slow_reader_missed_is_told_where_it_is_missing()
    {
        using var stream = new EventStream(_ => true, capacity: 2);
        stream.Add(1, _events, _ended.Task);
        foreach (var command in new[] { "one", "two", "three", "four" })
        {
            _events.Publish(new CommandReceived { Command = command });
            await _events.FlushAsync();
        }

        _ended.SetResult();
        Assert.Equal(["1 one", "1 two", "1 gap of 2"], await ReadAsync(stream));
    }

    [Fact]
    public async Task Once_disposed_it_ends_and_listens_no_more()
    {
        var stream = new EventStream(_ => true);
        stream.Add(1, _events, _ended.Task);
        stream.Dispose();
        _events.Publish(new ConnectionOpened());
        await _events.FlushAsync();

        Assert.Empty(await ReadAsync(stream));
    }

    [Fact]
    public void A_stream_without_a_place_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new EventStream(_ => true, capacity: 0));

    private static async Task<string[]> ReadAsync(EventStream stream)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var read = new List<string>();
        await foreach (var (source, happened) in stream.ReadAllAsync(patience.Token))
            read.Add($"{source} {(happened is CommandReceived command ? command.Command : $"gap of {((EventsDropped)happened).Count}")}");
        return [.. read];
    }
}
