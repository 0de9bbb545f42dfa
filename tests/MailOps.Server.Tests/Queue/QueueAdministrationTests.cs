using MailOps.Server.Queue;
using Xunit;

namespace MailOps.Server.Tests.Queue;

/// <summary>What an administrator sees of the queue, and does to it.</summary>
public sealed class QueueAdministrationTests : IAsyncDisposable
{
    private const string Text = "Subject: hello\r\n\r\nbody\r\n";

    private readonly QueueFixture _queue = new();
    private readonly NextServer _next = new();

    public QueueAdministrationTests() => _queue.Routes["b.example"] = _next.Target;

    [Fact]
    public async Task A_message_that_is_held_is_not_tried_not_even_after_a_restart_until_it_may_go_on()
    {
        _queue.Routes["b.example"] = QueueFixture.Nowhere;
        await _queue.StartAsync();
        var entry = await _queue.SendAsync(Text, "ann@here.example", "bob@b.example");
        await UntilDeadAsync();
        Assert.Equal(QueueChange.Done, await _queue.Queue.SuspendAsync(entry.Id, isSuspended: true));
        Assert.Equal(QueueChange.Unchanged, await _queue.Queue.SuspendAsync(entry.Id, isSuspended: true));
        Assert.Equal(1, Assert.Single(_queue.Queue.States()).Suspended);
        await _queue.StopAsync();

        _queue.Routes["b.example"] = _next.Target;
        await _queue.StartAsync();
        _queue.Clock.Advance(TimeSpan.FromHours(1));
        await Task.Delay(100);
        Assert.Equal(0, _next.Connections);
        Assert.Equal(QueueChange.Done, await _queue.Queue.SuspendAsync(entry.Id, isSuspended: false));
        await _queue.EmptyAsync();
        Assert.Single(_next.Messages);
        Assert.Equal(QueueChange.NotFound, await _queue.Queue.SuspendAsync(entry.Id, isSuspended: true));
    }

    [Fact]
    public async Task A_message_that_is_held_while_it_is_being_sent_is_held_if_it_is_not_taken()
    {
        using var go = new ManualResetEventSlim();
        _next.Answer = line =>
        {
            if (!line.StartsWith("MAIL", StringComparison.Ordinal))
                return null;
            go.Wait(TimeSpan.FromSeconds(20));
            return "451 4.3.0 Later";
        };
        await _queue.StartAsync();
        var entry = await _queue.SendAsync(Text, "ann@here.example", "bob@b.example");
        await QueueFixture.UntilAsync(() => _next.Commands.Any(line => line.StartsWith("MAIL", StringComparison.Ordinal)), "MAIL");
        Assert.Equal(QueueChange.UnderWay, await _queue.Queue.RemoveAsync(entry.Id, withReport: false));
        Assert.Equal(QueueChange.Done, await _queue.Queue.SuspendAsync(entry.Id, isSuspended: true));
        go.Set();
        await _queue.ToldAsync(1);
        await QueueFixture.UntilAsync(() => Assert.Single(_queue.Files()).EndsWith(",H", StringComparison.Ordinal), "the name");
        _queue.Clock.Advance(TimeSpan.FromHours(1));
        await Task.Delay(100);
        Assert.Single(_queue.Told);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_message_is_removed_from_all_its_queues_and_its_sender_hears_of_it_if_that_is_wanted(bool withReport)
    {
        _queue.Routes["b.example"] = QueueFixture.Nowhere;
        _queue.Routes["c.example"] = QueueFixture.At(10);
        await _queue.StartAsync();
        var entry = await _queue.SendAsync(Text, "ann@here.example", "bob@b.example", "carl@c.example");
        await QueueFixture.UntilAsync(() => _queue.Queue.States() is { Count: 2 } states && states.All(state => state is { IsBackedOff: true, Connections: 0 }), "both dead");
        Assert.Equal(QueueChange.Done, await _queue.Queue.RemoveAsync(entry.Id, withReport));
        Assert.Empty(_queue.Files());
        Assert.Empty(_queue.Queue.States());
        Assert.Equal(withReport ? 2 : 0, _queue.Inbox("ann@here.example").Length);
        Assert.All(_queue.Inbox("ann@here.example"), file => Assert.Contains("removed from the queue by the", File.ReadAllText(file), StringComparison.Ordinal));
        Assert.Equal(QueueChange.NotFound, await _queue.Queue.RemoveAsync(entry.Id, withReport));
    }

    [Fact]
    public async Task Queues_tell_what_waits_for_whom_and_why()
    {
        _queue.Routes["b.example"] = QueueFixture.Nowhere;
        await _queue.StartAsync();
        var first = await _queue.SendAsync(Text, "ann@here.example", "bob@b.example");
        _queue.Clock.Advance(TimeSpan.FromMilliseconds(1));
        var second = await _queue.SendAsync(Text, "ann@here.example", "bill@b.example");
        await UntilDeadAsync();
        var state = Assert.Single(_queue.Queue.States());
        Assert.Equal(("[127.0.0.1]:9", 2, 0, true), (state.Target, state.Count, state.Suspended, state.IsBackedOff));
        Assert.StartsWith("451 4.4.1 127.0.0.1 did not accept a connection on port 9", state.LastError, StringComparison.Ordinal);
        Assert.True(state.NextTry > _queue.Clock.GetUtcNow());
        Assert.Equal([first.Id, second.Id], _queue.Queue.FirstAfter(default, 10));
    }

    public async ValueTask DisposeAsync()
    {
        await _queue.DisposeAsync();
        await _next.DisposeAsync();
    }

    private Task UntilDeadAsync() => QueueFixture.UntilAsync(() => _queue.Queue.States() is [{ IsBackedOff: true, Connections: 0 }], "a dead destination");
}
