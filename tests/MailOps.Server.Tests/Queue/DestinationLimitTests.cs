using MailOps.Server.Hosting.Configuration;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Routing;
using MailOps.Server.Queue.Scheduling;
using Xunit;

namespace MailOps.Server.Tests.Queue;

/// <summary>How fast mail goes to a destination: by its limits, and by what it takes.</summary>
public sealed class DestinationLimitTests : IAsyncDisposable
{
    private readonly NextServer _next = new();
    private readonly QueueFixture _queue = new();

    public DestinationLimitTests() => _queue.Routes["b.example"] = _next.Target;

    public async ValueTask DisposeAsync()
    {
        if (_queue.Queue is not null)
            await _queue.DisposeAsync();
        await _next.DisposeAsync();
    }

    [Fact]
    public async Task No_more_messages_are_sent_in_any_60_seconds_than_the_limit_has()
    {
        Limit("127.0.0.1", new DestinationLimits { MaxMessagesPerMinute = 3 });
        await _queue.StartAsync();
        await SendAsync(7);
        await QueueFixture.UntilAsync(() => _queue.Queue.States() is [{ Count: 4 }], "three messages that have left");
        var state = Assert.Single(_queue.Queue.States());
        Assert.False(state.IsBackedOff);
        Assert.Equal(_queue.Clock.GetUtcNow().AddSeconds(61), state.NextTry);
        _queue.Clock.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(4, Assert.Single(_queue.Queue.States()).Count);

        _queue.Clock.Advance(TimeSpan.FromSeconds(2));
        await QueueFixture.UntilAsync(() => _queue.Queue.States() is [{ Count: 1 }], "three more");
        _queue.Clock.Advance(TimeSpan.FromSeconds(61));
        await _queue.EmptyAsync();
        Assert.Equal(7, _next.Messages.Count);
    }

    [Fact]
    public async Task What_was_sent_counts_although_nothing_waited_meanwhile_and_whatever_is_asked_of_connections()
    {
        Limit("*", new DestinationLimits { MaxMessagesPerMinute = 3 });
        await _queue.StartAsync();
        await SendAsync(1);
        await _queue.SendAsync("Subject: x\r\n\r\n", EnvelopeOf() with { IsTlsOptional = true });
        await SendAsync(1);
        await _queue.ToldAsync(3);
        await QueueFixture.UntilAsync(() => Passes() && _queue.Queue.States().Count == 0, "an empty queue");
        await SendAsync(1);
        Assert.Equal(3, _next.Messages.Count);
        var state = Assert.Single(_queue.Queue.States());
        Assert.InRange(state.NextTry!.Value - _queue.Clock.GetUtcNow(), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(61));

        _queue.Clock.Advance(TimeSpan.FromSeconds(61));
        await _queue.EmptyAsync();
        Assert.Equal(4, _next.Messages.Count);

        // Connections that wait for more work end.
        bool Passes()
        {
            _queue.Clock.Advance(TimeSpan.FromMilliseconds(50));
            return true;
        }
    }

    [Fact]
    public async Task What_is_known_to_fail_goes_back_at_once_whatever_the_limit()
    {
        Limit("*", new DestinationLimits { MaxMessagesPerMinute = 1 });
        _queue.Routes["never.example"] = RouteTarget.Of("no..name");
        await _queue.StartAsync();
        for (var i = 0; i < 3; i++)
            await _queue.SendAsync("Subject: x\r\n\r\n", "nobody@here.example", "bob@never.example");
        await QueueFixture.UntilAsync(() => _queue.Told.Count(told => told.StartsWith("Failed", StringComparison.Ordinal)) == 3, $"three refusals: {string.Join("; ", _queue.Told)}");
    }

    [Fact]
    public async Task A_connection_carries_as_many_messages_as_the_limit_has()
    {
        Limit("127.0.0.1", new DestinationLimits { MaxMessagesPerConnection = 2, MaxConnections = 1 });
        await _queue.StartAsync();
        await SendAsync(5);
        await _queue.EmptyAsync();
        Assert.Equal((5, 3), (_next.Messages.Count, _next.Connections));
    }

    [Fact]
    public async Task A_destination_begins_with_one_connection_and_has_twice_as_many_with_each_round_up_to_its_limit()
    {
        Limit("127.0.0.1", new DestinationLimits { MaxConnections = 3 });
        using var waiting = new SemaphoreSlim(0);
        var blocked = 0;
        _next.Answer = line =>
        {
            if (line != ".")
                return null;
            Interlocked.Increment(ref blocked);
            waiting.Wait(TimeSpan.FromSeconds(30));
            return null;
        };
        await _queue.StartAsync();
        await SendAsync(20);
        foreach (var (connections, seen) in new[] { (1, 1), (2, 3), (3, 6) })
        {
            await QueueFixture.UntilAsync(() => Volatile.Read(ref blocked) == seen, $"{connections} connections at work, only: {Volatile.Read(ref blocked)}");
            Assert.Equal((connections, connections), (_next.Connections, Assert.Single(_queue.Queue.States()).Connections));
            waiting.Release(connections);
        }

        waiting.Release(20);
        await _queue.EmptyAsync();
        Assert.Equal(3, _next.Connections);
    }

    [Theory]
    [InlineData("421 4.3.2 Too busy")]
    [InlineData("450 4.7.1 Come later")]
    [InlineData("554 5.7.1 Go away")]
    public async Task Who_wants_no_mail_when_greeted_is_left_alone_twice_as_long_each_time_and_tried_by_one_connection(string greeting)
    {
        var isAway = true;
        _next.Answer = line => line == "connect" && isAway ? greeting : null;
        await _queue.StartAsync();
        await SendAsync(10);
        foreach (var (tries, minutes) in new[] { (1, 1), (2, 2), (3, 4), (4, 8) })
        {
            await QueueFixture.UntilAsync(() => _queue.Queue.States() is [{ IsBackedOff: true, Connections: 0 }], $"back-off {tries}");
            Assert.Equal(tries, _next.Connections);
            var left = Assert.Single(_queue.Queue.States()).NextTry!.Value - _queue.Clock.GetUtcNow();
            Assert.InRange(left.TotalMinutes, minutes * 0.85, minutes * 1.15);
            _queue.Clock.Advance(TimeSpan.FromMinutes(minutes * 0.8));
            Assert.Equal((tries, 0), (_next.Connections, Assert.Single(_queue.Queue.States()).Connections));
            isAway = tries < 4;
            _queue.Clock.Advance(TimeSpan.FromMinutes(minutes * 0.4));
        }

        await _queue.EmptyAsync();
        Assert.Equal(10, _next.Messages.Count);
        Assert.DoesNotContain(_queue.Told, told => !told.StartsWith("Sent", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_takes_mail_over_some_connections_and_wants_no_more_of_them_is_not_left_alone()
    {
        using var waiting = new SemaphoreSlim(0);
        var (connected, blocked) = (0, 0);
        _next.Answer = line =>
        {
            if (line == "connect")
                return Interlocked.Increment(ref connected) > 1 ? "421 4.7.0 Too many connections" : null;
            if (line != "." || Interlocked.Increment(ref blocked) != 2)
                return null;
            waiting.Wait(TimeSpan.FromSeconds(30));
            return null;
        };
        await _queue.StartAsync();
        await SendAsync(20);
        await QueueFixture.UntilAsync(() => Volatile.Read(ref connected) == 2 && _queue.Queue.States() is [{ Connections: 1, LastError: not null }], "a second connection that is refused");
        Assert.False(Assert.Single(_queue.Queue.States()).IsBackedOff);
        waiting.Release();
        await _queue.EmptyAsync();
        Assert.Equal((20, 2), (_next.Messages.Count, Volatile.Read(ref connected)));
        Assert.Empty(_queue.Unreachable);
    }

    [Theory]
    [InlineData("example.net", 1, 10, 600)]
    [InlineData("EXAMPLE.net", 1, 10, 600)]
    [InlineData("mail.example.net", 2, null, 600)]
    [InlineData("a.b.example.net", 3, null, 600)]
    [InlineData("example.org", 4, null, 600)]
    [InlineData("[192.0.2.1]:2525", 5, null, 600)]
    [InlineData("[mail.example.net]:587", 2, null, 600)]
    [InlineData("ann@[example.net]", 1, 10, 600)]
    [InlineData("lmtp:/run/example.net", 4, null, 600)]
    public void The_nearest_pattern_counts_and_the_widest_where_it_says_nothing(string target, int connections, int? messages, int perMinute)
    {
        var table = new DestinationLimitTable(new Dictionary<string, DestinationLimits>(StringComparer.Ordinal)
        {
            ["*"] = new() { MaxConnections = 4, MaxMessagesPerMinute = 600 },
            ["example.net"] = new() { MaxConnections = 1, MaxMessagesPerConnection = 10 },
            [".example.net"] = new() { MaxConnections = 2 },
            [".b.example.net"] = new() { MaxConnections = 3 },
            ["192.0.2.1"] = new() { MaxConnections = 5 },
        });
        Assert.True(RouteTarget.TryParse(target, out var parsed, out _));
        Assert.Equal(new DestinationLimits { MaxConnections = connections, MaxMessagesPerConnection = messages, MaxMessagesPerMinute = perMinute }, table.Of(parsed));
        Assert.Equal(new DestinationLimits(), DestinationLimitTable.None.Of(parsed));
    }

    [Fact]
    public void An_address_is_the_same_however_it_is_written()
    {
        var limits = DestinationLimitSettings.Of([("2001:DB8:0::1", [("MaxConnections", (object?)1)])], (_, _, error) => Assert.Fail(error));
        Assert.True(RouteTarget.TryParse("[2001:db8:0:0::1]:25", out var target, out var problem), problem);
        Assert.Equal(1, new DestinationLimitTable(limits).Of(target).MaxConnections);
    }

    [Fact]
    public void A_minute_has_room_when_the_oldest_is_a_minute_old()
    {
        var limit = new MinuteLimit(3);
        var start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, 500, TimeSpan.Zero);
        Assert.True(limit.IsIdle(start));
        limit.Count(start);
        limit.Count(start.AddSeconds(10));
        Assert.Equal(start.AddSeconds(20), limit.RoomAt(start.AddSeconds(20)));
        limit.Count(start.AddSeconds(20));
        Assert.Equal(start.AddSeconds(60.5), limit.RoomAt(start.AddSeconds(20)));
        Assert.Equal(start.AddSeconds(60.5), limit.RoomAt(start.AddSeconds(60.4)));
        limit.Count(start.AddSeconds(60.5));
        Assert.Equal(start.AddSeconds(70.5), limit.RoomAt(start.AddSeconds(61)));
        Assert.False(limit.IsIdle(start.AddSeconds(120)));
        Assert.True(limit.IsIdle(start.AddSeconds(122)));

        // A clock that was set back a little forgets nothing, and one that was set back far begins anew.
        limit.Count(start.AddSeconds(200));
        Assert.False(limit.IsIdle(start.AddSeconds(190)));
        Assert.True(limit.IsIdle(start.AddDays(-1)));
    }

    private void Limit(string pattern, DestinationLimits limits) =>
        _queue.Options = _queue.Options with { Limits = new DestinationLimitTable([new(pattern, limits)]) };

    private async Task SendAsync(int count)
    {
        for (var i = 0; i < count; i++)
            await _queue.SendAsync("Subject: x\r\n\r\n", EnvelopeOf());
    }

    private Envelope EnvelopeOf() => new()
    {
        Sender = "ann@here.example",
        Recipients = [new EnvelopeRecipient { Address = "bob@b.example", NextHop = "b.example" }],
        Expires = _queue.Clock.GetUtcNow() + _queue.Options.Lifetime,
    };
}
