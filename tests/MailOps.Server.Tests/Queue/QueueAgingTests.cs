using MailOps.Maildir;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Spooling;
using Xunit;

namespace MailOps.Server.Tests.Queue;

/// <summary>What waits for too long while its destination is dead, and what could not be read when the queue started.</summary>
public sealed class QueueAgingTests : IAsyncDisposable
{
    private const string Text = "Subject: hello\r\n\r\nbody\r\n";

    private readonly QueueFixture _queue = new();
    private readonly NextServer _b = new();
    private readonly NextServer _c = new();

    public QueueAgingTests()
    {
        _queue.Routes["b.example"] = _b.Target;
        _queue.Routes["c.example"] = _c.Target;
        _queue.Routes["dead.example"] = QueueFixture.Nowhere;
    }

    [Theory]
    [InlineData(30)]
    [InlineData(1)]
    public async Task A_message_goes_back_when_its_envelope_says_whatever_the_lifetime_is_now(int days)
    {
        // Its destination is left alone nearly always, so that the minute's look is what finds it.
        _queue.Options = _queue.Options with { FirstBackOff = TimeSpan.FromDays(20), LongestRetry = TimeSpan.FromDays(20), WarnAfter = null };
        await _queue.StartAsync();
        await _queue.SendAsync(Text, "ann@here.example", "dora@dead.example");
        await _queue.StopAsync();

        _queue.Options = _queue.Options with { Lifetime = TimeSpan.FromDays(days) };
        await _queue.StartAsync();
        await QueueFixture.UntilAsync(() => _queue.Queue.States() is [{ IsBackedOff: true, Connections: 0 }], "a dead destination");
        await PassAsync(TimeSpan.FromDays(4.9));
        Assert.Empty(_queue.Told);
        await PassAsync(TimeSpan.FromDays(0.2));
        await _queue.EmptyAsync();
        Assert.StartsWith("Failed 1 451 4.4.1", Assert.Single(_queue.Told, told => !told.StartsWith("Report", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Single(_queue.Inbox("ann@here.example"));
    }

    [Fact]
    public async Task Who_greets_with_a_refusal_for_good_costs_no_message_when_its_sender_is_warned()
    {
        _b.Answer = line => line == "connect" ? "554 5.7.1 Go away" : null;
        _queue.Options = _queue.Options with { FirstBackOff = TimeSpan.FromDays(20), LongestRetry = TimeSpan.FromDays(20) };
        await _queue.StartAsync();
        await _queue.SendAsync(Text, "ann@here.example", "bob@b.example");
        await QueueFixture.UntilAsync(() => _queue.Queue.States() is [{ IsBackedOff: true, Connections: 0 }], "a destination that is left alone");
        await PassAsync(TimeSpan.FromHours(5));
        Assert.Equal(["Deferred 1 451 4.4.1 The server takes no mail now: 554 5.7.1 Go away", "Report Delayed 1"], await _queue.ToldAsync(2));
        Assert.Equal(1, _queue.Queue.Count);

        await PassAsync(TimeSpan.FromDays(5));
        await _queue.EmptyAsync();
        var report = await File.ReadAllTextAsync(Assert.Single(_queue.Inbox("ann@here.example"), file => File.ReadAllText(file).Contains("Action: failed", StringComparison.Ordinal)));
        Assert.Contains("Status: 5.4.7\r\n", report, StringComparison.Ordinal);
        Assert.Contains("554 5.7.1 Go away", report, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_clock_put_off_that_was_ahead_is_tried_when_it_is_right_again(bool isStartedAgain)
    {
        var isThere = false;
        _b.Answer = line => line.StartsWith("RCPT", StringComparison.Ordinal) && !Volatile.Read(ref isThere) ? "450 4.2.1 Later" : null;
        var right = _queue.Clock.GetUtcNow();
        await _queue.StartAsync();
        _queue.Clock.AdjustTime(right.AddDays(30));
        await _queue.SendAsync(Text, "ann@here.example", "bob@b.example");
        await _queue.SendAsync(Text, "ann@here.example", "dora@dead.example");
        await QueueFixture.UntilAsync(() => _queue.Told.Any(told => told.StartsWith("Deferred", StringComparison.Ordinal)) && _queue.Queue.States().Any(state => state is { IsBackedOff: true, Connections: 0 }), "two that wait");
        _queue.Clock.AdjustTime(right);
        if (isStartedAgain)
        {
            await _queue.StopAsync();
            await _queue.StartAsync();
        }

        Volatile.Write(ref isThere, true);
        _queue.Routes["dead.example"] = _c.Target;
        _queue.Clock.Advance(TimeSpan.FromMinutes(2));
        await QueueFixture.UntilAsync(() => !_b.Messages.IsEmpty, "the message");
        Assert.All(_queue.Queue.States(), state => Assert.True(!(state.NextTry > right.AddHours(2)), $"{state.NextTry}"));
    }

    [Fact]
    public async Task A_message_of_several_destinations_that_cannot_be_read_at_the_start_is_read_later()
    {
        await _queue.OpenAsync();
        var entry = await _queue.SpoolAsync(Text, SpoolFixture.Envelope("bob@b.example", "carl@c.example") with { Expires = DateTimeOffset.MaxValue });
        Assert.Null(entry.NextHop);
        var isBroken = true;
        _queue.Disk.BeforeReading = (operation, path) =>
        {
            if (isBroken && operation == "OpenFile" && path.Contains(entry.Id.ToString(), StringComparison.Ordinal))
                throw new MailStoreException(StoreFault.NoHandles, "Too many files are open.");
        };
        await _queue.Queue.StartAsync();
        var looks = _queue.Faults.Count;
        Assert.NotEqual(0, looks);
        Assert.Equal(0, _queue.Queue.Count);

        // The first beat of the queue may have been another look already.
        _queue.Clock.Advance(TimeSpan.FromMinutes(1));
        await QueueFixture.UntilAsync(() => _queue.Faults.Count > looks, "another look");
        Assert.All(_queue.Faults, fault => Assert.Equal("Too many files are open.", fault.Message));

        isBroken = false;
        _queue.Faults.Clear();
        await _queue.EmptyAsync();
        Assert.Equal((1, 1), (_b.Messages.Count, _c.Messages.Count));
    }

    public async ValueTask DisposeAsync()
    {
        await _queue.DisposeAsync();
        await _b.DisposeAsync();
        await _c.DisposeAsync();
    }

    private async Task PassAsync(TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromHours(1))
        {
            _queue.Clock.Advance(TimeSpan.FromHours(1));
            await Task.Delay(2);
        }
    }
}
