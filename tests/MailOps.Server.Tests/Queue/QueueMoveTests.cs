using MailOps.Maildir;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Routing;
using MailOps.Server.Queue.Spooling;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Server.Tests.Queue;

/// <summary>Messages that an administrator gives another route.</summary>
public sealed class QueueMoveTests : IAsyncDisposable
{
    private const string Text = "Subject: hello\r\n\r\nbody\r\n";

    private readonly QueueFixture _queue = new();
    private readonly NextServer _next = new();

    public QueueMoveTests() => _queue.Routes["other.example"] = QueueFixture.At(10);

    [Fact]
    public async Task It_is_tried_on_its_new_route_at_once_with_all_who_wait()
    {
        await _queue.StartAsync();
        var entry = await _queue.SendAsync(Text, "ann@here.example", "bob@b.example", "carl@other.example");
        await UntilDeadAsync(2);
        Assert.Equal(QueueChange.Done, await _queue.Queue.MoveAsync(entry.Id, _next.Target));
        await _queue.EmptyAsync();
        Assert.Equal(["bob@b.example", "carl@other.example"], Assert.Single(_next.Taken).Recipients);
        Assert.Equal(["Sent 1,2 250 2.0.0 Ok: taken"], _queue.Told);
        Assert.Equal([("1,2", _next.Target.Text)], _queue.Moved);
        Assert.Empty(_queue.Queue.States());
        Assert.Equal(QueueChange.NotFound, await _queue.Queue.MoveAsync(entry.Id, _next.Target));
    }

    [Fact]
    public async Task It_keeps_its_route_through_a_restart_and_gets_the_usual_one_back()
    {
        await _queue.StartAsync();
        var entry = await _queue.SendAsync(Text, "ann@here.example", "bob@b.example");
        await UntilDeadAsync(1);
        Assert.Equal(QueueChange.Done, await _queue.Queue.SuspendAsync(entry.Id, isSuspended: true));
        var there = QueueFixture.At(11);
        Assert.Equal(QueueChange.Done, await _queue.Queue.MoveAsync(entry.Id, there));
        Assert.Equal(QueueChange.Unchanged, await _queue.Queue.MoveAsync(entry.Id, there));
        Assert.EndsWith(",N=+,H", Assert.Single(_queue.Files()), StringComparison.Ordinal);
        await _queue.StopAsync();

        _queue.Routes["b.example"] = _next.Target;
        await _queue.StartAsync();
        Assert.Equal((there.Text, 1, 1), Assert.Single(_queue.Queue.States().Select(state => (state.Target, state.Count, state.Suspended))));
        using (var message = await _queue.Queue.OpenAsync(_queue.Queue.PlaceOf(entry.Id)!.Entry))
            Assert.Equal(there.Text, Assert.Single(message!.Recipients).Route);

        Assert.Equal(QueueChange.Done, await _queue.Queue.MoveAsync(entry.Id, null));
        Assert.EndsWith(",N=b.example,H", Assert.Single(_queue.Files()), StringComparison.Ordinal);
        await Task.Delay(100);
        Assert.Equal(0, _next.Connections);
        Assert.Equal(QueueChange.Done, await _queue.Queue.SuspendAsync(entry.Id, isSuspended: false));
        await _queue.EmptyAsync();
        Assert.Single(_next.Messages);
    }

    [Fact]
    public async Task It_is_deferred_on_its_route_and_a_recipient_who_was_served_stays_so()
    {
        _next.Answer = line => line.Contains("busy@", StringComparison.Ordinal) ? "450 4.2.1 Busy" : null;
        _queue.Routes["b.example"] = _next.Target;
        await _queue.StartAsync();
        var entry = await _queue.SendAsync(Text, "ann@here.example", "bob@b.example", "busy@b.example");
        await _queue.ToldAsync(2);
        await QueueFixture.UntilAsync(() => _queue.Queue.PlaceOf(entry.Id) is { IsUnderWay: false }, "the end of the try");
        await using var other = new NextServer { Answer = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "451 4.3.0 Later" : null };
        Assert.Equal(QueueChange.Done, await _queue.Queue.MoveAsync(entry.Id, other.Target));
        await _queue.ToldAsync(3);
        Assert.Equal("RCPT TO:<busy@b.example>", Assert.Single(other.Commands, line => line.StartsWith("RCPT", StringComparison.Ordinal)));
        other.Answer = _ => null;
        await _queue.EmptyAsync();
        Assert.Equal(["busy@b.example"], Assert.Single(other.Taken).Recipients);
        Assert.Equal(["bob@b.example"], Assert.Single(_next.Taken).Recipients);
    }

    [Fact]
    public async Task It_is_not_moved_while_it_is_being_sent()
    {
        var go = new TaskCompletionSource();
        var here = new TaskCompletionSource();
        _next.Answer = line =>
        {
            if (line.StartsWith("MAIL", StringComparison.Ordinal))
            {
                here.TrySetResult();
#pragma warning disable xUnit1031 // The double answers when it is told to.
                go.Task.Wait(TimeSpan.FromSeconds(20));
#pragma warning restore xUnit1031
            }

            return null;
        };
        _queue.Routes["b.example"] = _next.Target;
        await _queue.StartAsync();
        var entry = await _queue.SendAsync(Text, "ann@here.example", "bob@b.example");
        await here.Task.WaitAsync(Waiting.Patience);
        Assert.Equal(QueueChange.UnderWay, await _queue.Queue.MoveAsync(entry.Id, QueueFixture.Nowhere));
        go.SetResult();
        await _queue.EmptyAsync();
        Assert.Single(_next.Messages);
    }

    [Theory]
    [InlineData("Append", 1, true)]
    [InlineData("Rename", 1, true)]
    [InlineData("Rename", 2, false)]
    public async Task It_is_where_its_file_says_if_the_disk_breaks_in_between(string operation, int at, bool isAskedAgain)
    {
        await _queue.StartAsync();
        var entry = await _queue.SendAsync(Text, "ann@here.example", "bob@b.example");
        await UntilDeadAsync(1);
        var calls = 0;
        _queue.Disk.Before = (what, path) =>
        {
            if (what == operation && path.Contains(entry.Id.ToString(), StringComparison.Ordinal) && ++calls >= at)
                throw new MailStoreException(StoreFault.Full, "The disk is full.");
        };
        _queue.Clock.Advance(TimeSpan.FromSeconds(10));
        await Assert.ThrowsAsync<MailStoreException>(() => _queue.Queue.MoveAsync(entry.Id, _next.Target));

        _queue.Disk.Before = (_, _) => { };
        _queue.Clock.Advance(TimeSpan.FromMinutes(1));
        await QueueFixture.UntilAsync(() => isAskedAgain ? _queue.Queue.Count == 1 : !_next.Messages.IsEmpty, "the message, read again");
        if (isAskedAgain)
            Assert.Equal(QueueChange.Done, await _queue.Queue.MoveAsync(entry.Id, _next.Target));
        await _queue.EmptyAsync();
        Assert.Single(_next.Messages);
    }

    [Fact]
    public async Task Queues_tell_what_came_and_left_in_the_last_minute()
    {
        _queue.Routes["b.example"] = _next.Target;
        var isAway = true;
        _next.Answer = line => isAway && line == "connect" ? "421 4.3.2 Away" : null;
        await _queue.StartAsync();
        for (var i = 0; i < 3; i++)
            await _queue.SendAsync(Text, "ann@here.example", "bob@b.example");
        var held = await _queue.SendAsync(Text, "ann@here.example", "bob@b.example");
        await _queue.Queue.SuspendAsync(held.Id, isSuspended: true);
        Assert.Equal((4, 0), Rates());
        await QueueFixture.UntilAsync(() => _queue.Queue.States() is [{ IsBackedOff: true, Connections: 0 }], "a back-off");

        isAway = false;
        _queue.Clock.Advance(TimeSpan.FromSeconds(70));
        await QueueFixture.UntilAsync(() => _queue.Queue.Count == 1, "three messages");
        Assert.Equal((0, 3), Rates());
        _queue.Clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal((0, 0), Rates());

        (int, int) Rates() => _queue.Queue.States() is [var state] ? (state.Incoming, state.Outgoing) : default;
    }

    public async ValueTask DisposeAsync()
    {
        await _queue.DisposeAsync();
        await _next.DisposeAsync();
    }

    private Task UntilDeadAsync(int count) =>
        QueueFixture.UntilAsync(() => _queue.Queue.States() is { } states && states.Count == count && states.All(state => state is { IsBackedOff: true, Connections: 0 }), "dead destinations");
}
