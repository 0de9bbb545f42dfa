using System.Net;
using System.Net.Sockets;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Routing;
using MailOps.Server.Queue.Security;
using MailOps.Server.Queue.Transport;
using MailOps.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailOps.Server.Tests.Queue;

/// <summary>Hosts whose system takes connections, and that never say a word.</summary>
public sealed class PatienceTests : IAsyncDisposable
{
    private const string Text = "Subject: hello\r\n\r\nbody\r\n";

    private readonly QueueFixture _queue = new();
    private readonly NextServer _next = new();
    private readonly List<TcpListener> _silent = [];

    public PatienceTests()
    {
        _queue.Routes["one.example"] = QueueFixture.At(Silent());
        _queue.Routes["two.example"] = QueueFixture.At(Silent());
        _queue.Routes["live.example"] = _next.Target;
        _queue.Options = _queue.Options with { MaxConnections = 2 };
    }

    [Fact]
    public async Task Are_given_up_after_half_a_minute_where_others_wait_for_their_connections()
    {
        await _queue.StartAsync();
        foreach (var to in new[] { "a@one.example", "b@two.example", "c@live.example" })
            await _queue.SendAsync(Text, "ann@here.example", to);
        _queue.Clock.Advance(TimeSpan.FromSeconds(29));
        Assert.Empty(_queue.Unreachable);
        Assert.Empty(_next.Messages);
        _queue.Clock.Advance(TimeSpan.FromSeconds(1));
        await QueueFixture.UntilAsync(() => !_next.Messages.IsEmpty, "the message");
        await QueueFixture.UntilAsync(() => _queue.Unreachable.Count == 2, "two that were given up");
        Assert.All(_queue.Unreachable, one => Assert.Contains("took 30 seconds and was not ready for mail, while other destinations waited", one.Reply, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Have_the_time_of_the_protocol_where_nobody_waits()
    {
        await _queue.StartAsync();
        await _queue.SendAsync(Text, "ann@here.example", "a@one.example");
        await _queue.SendAsync(Text, "ann@here.example", "c@live.example");
        await _queue.ToldAsync(1);
        _queue.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Empty(_queue.Unreachable);
        Assert.Equal(1, _queue.Queue.StateOf(_queue.Routes["one.example"].Text)?.Connections);
    }

    [Fact]
    public async Task Are_left_as_soon_as_nothing_waits_for_them()
    {
        await _queue.StartAsync();
        var entry = await _queue.SendAsync(Text, "ann@here.example", "a@one.example");
        using var connection = await _silent[0].AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        Assert.Equal(QueueChange.Done, await _queue.Queue.RemoveAsync(entry.Id, withReport: false));
        _queue.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, await connection.GetStream().ReadAsync(new byte[1], TestContext.Current.CancellationToken).AsTask().WaitAsync(Waiting.Patience));
        Assert.Empty(_queue.Unreachable);
    }

    [Fact]
    public async Task Leave_the_next_host_of_a_domain_its_turn()
    {
        await _queue.StartAsync();
        var clock = new FakeTimeProvider();
        Assert.True(RouteTarget.TryParse("far.example", out var target, out _));
        var route = new Route(target, [Host("silent", _silent[0]), new RouteHost("live", _next.Port, 20, [IPAddress.Loopback])]);
        using var opening = new Opening(clock, TestContext.Current.CancellationToken);
        var opened = new ConnectionOpener(new TransportOptions { HostName = "mx.here.example", Scratch = Path.GetTempPath(), Clock = clock }).OpenAsync(route, SecurityDemand.Usual, opening);
        await QueueFixture.UntilAsync(() => _silent[0].Pending(), "a connection");
        opening.GiveUp();
        var found = await opened.WaitAsync(Waiting.Patience);
        Assert.Equal("live", found.Host);
        Assert.NotNull(found.Connection);
        await found.Connection.DisposeAsync();
    }

    [Fact]
    public async Task Are_tried_once_in_a_minute_however_often_that_is_asked_for()
    {
        _queue.Routes["dead.example"] = QueueFixture.Nowhere;
        await _queue.StartAsync();
        await _queue.SendAsync(Text, "ann@here.example", "a@dead.example");
        await DeadAsync(1);
        for (var times = 0; times < 10; times++)
            Assert.Equal(1, _queue.Queue.TryNow("dead.example"));
        await DeadAsync(2);
        for (var times = 0; times < 10; times++)
            Assert.Equal(1, _queue.Queue.TryNow("dead.example"));
        Assert.True(_queue.Queue.StateOf(QueueFixture.Nowhere.Text)?.IsBackedOff);
        _queue.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, _queue.Queue.TryNow("dead.example"));
        await DeadAsync(3);

        Task DeadAsync(int times) => QueueFixture.UntilAsync(() => _queue.Unreachable.Count == times && _queue.Queue.StateOf(QueueFixture.Nowhere.Text) is { Connections: 0 }, $"try {times}");
    }

    public async ValueTask DisposeAsync()
    {
        await _queue.DisposeAsync();
        await _next.DisposeAsync();
        _silent.ForEach(listener => listener.Dispose());
    }

    private static RouteHost Host(string name, TcpListener listener) => new(name, PortOf(listener), 10, [IPAddress.Loopback]);

    private static int PortOf(TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port;

    private int Silent()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        _silent.Add(listener);
        return PortOf(listener);
    }
}
