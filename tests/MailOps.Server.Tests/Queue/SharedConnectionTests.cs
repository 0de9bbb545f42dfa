using MailOps.Server.Queue;
using Xunit;

namespace MailOps.Server.Tests.Queue;

/// <summary>Destinations share the connections that the queue may have. The clock stands still: what waits for its time to be over waits for ever.</summary>
public sealed class SharedConnectionTests : IAsyncDisposable
{
    private const string Text = "Subject: hello\r\n\r\nbody\r\n";

    private readonly QueueFixture _queue = new();
    private readonly NextServer _b = new();
    private readonly NextServer _c = new();

    public SharedConnectionTests()
    {
        _queue.Routes["b.example"] = _b.Target;
        _queue.Routes["c.example"] = _c.Target;
        _queue.Options = _queue.Options with { MaxConnections = 1 };
    }

    [Fact]
    public async Task A_connection_without_work_gives_its_place_to_another_destination()
    {
        await _queue.StartAsync();
        foreach (var to in new[] { "bob@b.example", "carl@c.example", "bob@b.example" })
        {
            await _queue.SendAsync(Text, "ann@here.example", to);
            await _queue.ToldAsync(_queue.Told.Count + 1);
        }

        Assert.Equal((2, 1), (_b.Connections, _c.Connections));
    }

    [Fact]
    public async Task A_destination_with_much_work_goes_on_after_the_others_had_their_turn()
    {
        _queue.Options = _queue.Options with { MaxMessagesPerConnection = 1 };
        using var queued = new ManualResetEventSlim();
        _b.Answer = line =>
        {
            if (line == "connect")
                queued.Wait(TestContext.Current.CancellationToken);
            return null;
        };
        await _queue.StartAsync();
        foreach (var to in Enumerable.Repeat("bob@b.example", 5).Append("carl@c.example"))
            await _queue.SendAsync(Text, "ann@here.example", to);

        var takenByB = -1;
        _c.Answer = line =>
        {
            if (line == "connect")
                takenByB = _b.Messages.Count;
            return null;
        };
        queued.Set();
        await _queue.ToldAsync(6);

        // It may ask for a second connection when it has taken a message, and the other is in line by then.
        Assert.Equal(1, takenByB);
    }

    public async ValueTask DisposeAsync()
    {
        await _queue.DisposeAsync();
        await _b.DisposeAsync();
        await _c.DisposeAsync();
    }
}
