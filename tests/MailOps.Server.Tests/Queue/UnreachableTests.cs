using MailOps.Dns;
using MailOps.Server.Queue;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Server.Tests.Queue;

/// <summary>What is told of a destination that cannot be reached.</summary>
public sealed class UnreachableTests : IAsyncDisposable
{
    private const string Text = "Subject: hello\r\n\r\nbody\r\n";

    private readonly QueueFixture _queue = new();
    private readonly NextServer _next = new();

    [Fact]
    public async Task It_is_told_once_for_all_that_waits_each_time_that_it_is_tried()
    {
        await _queue.StartAsync();
        for (var i = 0; i < 200; i++)
            await _queue.SpoolAsync(Text, new Envelope { Sender = "ann@here.example", Recipients = [new EnvelopeRecipient { Address = "bob@b.example", NextHop = "b.example" }], Expires = _queue.Clock.GetUtcNow() + _queue.Options.Lifetime });
        await _queue.StopAsync();
        await _queue.StartAsync();
        for (var tries = 1; tries <= 3; tries++)
        {
            await QueueFixture.UntilAsync(() => _queue.Unreachable.Count >= tries && _queue.Queue.States() is [{ IsBackedOff: true, Connections: 0 }], $"{tries} tries");
            _queue.Clock.Advance(_queue.Options.LongestRetry * 1.2);
        }

        await QueueFixture.UntilAsync(() => _queue.Unreachable.Count >= 4, "the fourth try");
        Assert.Equal(4, _queue.Unreachable.Count);
        Assert.All(_queue.Unreachable, one => Assert.Equal((QueueFixture.Nowhere.Text, 200), (one.Destination, one.Waiting)));
        Assert.StartsWith("451 4.4.1 ", _queue.Unreachable.First().Reply, StringComparison.Ordinal);
        Assert.InRange(_queue.Unreachable.Last().NextTry - _queue.Unreachable.First().NextTry, 3 * _queue.Options.LongestRetry, 5 * _queue.Options.LongestRetry);
        Assert.Empty(_queue.Told);
    }

    [Fact]
    public async Task What_waits_for_it_is_tried_when_it_is()
    {
        await _queue.StartAsync();
        var entry = await _queue.SendAsync(Text, "ann@here.example", "bob@b.example");
        await QueueFixture.UntilAsync(() => _queue.Queue.States() is [{ IsBackedOff: true, Connections: 0 }], "a dead destination");
        Assert.Equal(Assert.Single(_queue.Queue.States()).NextTry, _queue.Queue.PlaceOf(entry.Id)?.NextTry);
        Assert.True(_queue.Queue.PlaceOf(entry.Id)?.NextTry > entry.Due);
    }

    [Fact]
    public async Task A_message_whose_own_try_it_was_is_told_of_by_itself_and_the_others_together()
    {
        _queue.Routes["b.example"] = _next.Target;
        _next.Answer = line => line.StartsWith("MAIL", StringComparison.Ordinal) ? "421 4.3.2 Closing" : null;
        await _queue.StartAsync();
        await _queue.SendAsync(Text, "ann@here.example", "bob@b.example");
        await _queue.ToldAsync(1);
        await QueueFixture.UntilAsync(() => _queue.Queue.States() is [{ IsBackedOff: true, Connections: 0 }], "the end of the try");
        Assert.Empty(_queue.Unreachable);

        await _queue.SendAsync(Text, "ann@here.example", "carol@b.example");
        _queue.Clock.Advance(_queue.Options.LongestRetry * 1.2);
        await _queue.ToldAsync(2);
        await QueueFixture.UntilAsync(() => !_queue.Unreachable.IsEmpty, "an event");
        Assert.Equal((_next.Target.Text, "421 4.3.2 Closing", 1), Assert.Single(_queue.Unreachable.Select(one => (one.Destination, one.Reply, one.Waiting))));
    }

    [Theory]
    [InlineData(8, true)]
    [InlineData(30, false)]
    public async Task Of_a_host_with_many_addresses_some_are_tried(int before, bool isReached)
    {
        await using var dns = new StandInDns(question => (question.Name, question.Type) switch
        {
            ("many.example", StandInDns.A) => StandInReply.Of([.. Enumerable.Range(10, before).Append(1).Select(i => StandInRecord.Address("many.example", $"127.0.0.{i}"))]),
            _ => StandInReply.Of(),
        });
        using var resolver = new MailResolver(new MailResolverOptions { Server = "127.0.0.1", Port = dns.Port });
        (_queue.Resolver, _queue.Port, _queue.SmartHost) = (resolver, _next.Port, null);
        await _queue.StartAsync();
        await _queue.SendAsync(Text, "ann@here.example", "bob@many.example");
        await QueueFixture.UntilAsync(() => _next.Messages.Count == 1 || !_queue.Unreachable.IsEmpty, "an end");
        Assert.Equal((isReached ? 1 : 0, isReached), (_next.Messages.Count, _queue.Unreachable.IsEmpty));
        await _queue.StopAsync();
        _queue.Resolver = null;
        await _queue.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _queue.DisposeAsync();
        await _next.DisposeAsync();
    }
}
