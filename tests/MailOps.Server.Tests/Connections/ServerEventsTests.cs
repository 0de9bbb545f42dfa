using System.Collections.Concurrent;
using MailOps.Server.Connections;
using Xunit;

namespace MailOps.Server.Tests.Connections;

public sealed class ServerEventsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ServerEvents _events = new();
    private readonly ConcurrentQueue<ServerEvent> _heard = new();

    private IEnumerable<string> Heard => _heard.Select(happened => happened switch
    {
        CommandReceived command => command.Command,
        EventsDropped dropped => $"{dropped.Count} dropped by {dropped.Time.Ticks}",
        _ => happened.ToString(),
    });

    [Fact]
    public async Task Events_come_in_order_and_one_at_a_time()
    {
        var inside = 0;
        _events.Subscribe(happened =>
        {
            Assert.Equal(1, Interlocked.Increment(ref inside));
            _heard.Enqueue(happened);
            Interlocked.Decrement(ref inside);
        });
        for (var i = 0; i < 10_000; i++)
            Publish(i);
        await _events.FlushAsync().WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(0, 10_000).Select(i => $"{i}"), Heard);
    }

    [Fact]
    public async Task A_listener_that_sleeps_holds_up_neither_who_publishes_nor_the_others()
    {
        using var mayGoOn = new ManualResetEventSlim();
        var slow = new ConcurrentQueue<ServerEvent>();
        _events.Subscribe(happened =>
        {
            mayGoOn.Wait(Patience);
            slow.Enqueue(happened);
        });
        _events.Subscribe(_heard.Enqueue);
        for (var i = 0; i < 100; i++)
            Publish(i);
        while (_heard.Count < 100)
            await Task.Delay(5, TestContext.Current.CancellationToken);
        Assert.Empty(slow);
        var flushed = _events.FlushAsync();
        Assert.False(flushed.IsCompleted);

        mayGoOn.Set();
        await flushed.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(_heard, slow);
        Assert.Equal(0, _events.Dropped);
    }

    [Fact]
    public async Task What_is_above_the_bound_is_dropped_counted_and_told_where_it_is_missing()
    {
        using var step = new SemaphoreSlim(0);
        using var called = new SemaphoreSlim(0);
        _events.Subscribe(
            happened =>
            {
                called.Release();
                step.Wait(Patience);
                _heard.Enqueue(happened);
            },
            capacity: 3);

        // The first is with the listener, three wait, two are dropped.
        Publish(0);
        Assert.True(await called.WaitAsync(Patience, TestContext.Current.CancellationToken));
        for (var i = 1; i <= 5; i++)
            Publish(i);
        Assert.Equal(2, _events.Dropped);

        // One has gone: there is a place for the next.
        step.Release();
        Assert.True(await called.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Publish(6);
        Publish(7);
        Assert.Equal(3, _events.Dropped);
        step.Release(100);
        await _events.FlushAsync().WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(["0", "1", "2", "3", "2 dropped by 5", "6", "1 dropped by 7"], Heard);

        Publish(8);
        await _events.FlushAsync().WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal("8", Heard.Last());
        Assert.Equal(3, _events.Dropped);
    }

    [Fact]
    public async Task A_gap_at_the_end_is_told_without_another_event()
    {
        using var mayGoOn = new ManualResetEventSlim();
        using var called = new SemaphoreSlim(0);
        _events.Subscribe(
            happened =>
            {
                called.Release();
                mayGoOn.Wait(Patience);
                _heard.Enqueue(happened);
            },
            capacity: 1);
        Publish(0);
        Assert.True(await called.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Publish(1);
        Publish(2);
        mayGoOn.Set();
        while (_heard.Count < 3)
            await Task.Delay(5, TestContext.Current.CancellationToken);
        Assert.Equal(["0", "1", "1 dropped by 2"], Heard);
    }

    [Fact]
    public async Task A_listener_that_throws_is_called_no_more_and_the_others_are()
    {
        var calls = 0;
        _events.Subscribe(_ =>
        {
            calls++;
            throw new InvalidOperationException("broken on purpose");
        });
        _events.Subscribe(_heard.Enqueue);
        for (var i = 0; i < 3; i++)
            Publish(i);
        await _events.FlushAsync().WaitAsync(Patience, TestContext.Current.CancellationToken);
        Publish(3);
        await _events.FlushAsync().WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(1, calls);
        Assert.Equal(4, _heard.Count);
    }

    [Fact]
    public async Task Who_leaves_hears_nothing_more_not_even_what_waits()
    {
        using var mayGoOn = new ManualResetEventSlim();
        using var called = new SemaphoreSlim(0);
        var subscription = _events.Subscribe(happened =>
        {
            called.Release();
            mayGoOn.Wait(Patience);
            _heard.Enqueue(happened);
        });
        Publish(0);
        Assert.True(await called.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Publish(1);
        var flushed = _events.FlushAsync();
        subscription.Dispose();
        await flushed.WaitAsync(Patience, TestContext.Current.CancellationToken);
        mayGoOn.Set();
        Publish(2);
        while (_heard.IsEmpty)
            await Task.Delay(5, TestContext.Current.CancellationToken);
        _events.Subscribe(_heard.Enqueue);
        Publish(3);
        await _events.FlushAsync().WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(["0", "3"], Heard);
    }

    [Fact]
    public void There_is_a_place_for_at_least_one_event() =>
        Assert.Equal("capacity", Assert.Throws<ArgumentOutOfRangeException>(() => _events.Subscribe(_heard.Enqueue, capacity: 0)).ParamName);

    private void Publish(int i) => _events.Publish(new CommandReceived { Command = $"{i}", Time = new DateTimeOffset(i, TimeSpan.Zero) });
}
