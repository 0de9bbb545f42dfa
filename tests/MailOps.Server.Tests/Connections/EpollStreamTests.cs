using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using MailOps.Server.Connections;
using Xunit;

namespace MailOps.Server.Tests.Connections;

public sealed class EpollStreamTests : IAsyncLifetime
{
    private readonly Socket _client = new(SocketType.Stream, ProtocolType.Tcp);
    private Socket _server = null!;
    private Stream _stream = null!;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "epoll is Linux's.");
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        await _client.ConnectAsync(listener.LocalEndPoint!);
        _server = await listener.AcceptAsync();
        _stream = EpollStream.Over(_server, isBrisk: true, new WireMeter());
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        if (_stream is null)
            return;
        await _stream.DisposeAsync();
        _server.Dispose();
    }

    [Fact]
    public async Task What_comes_later_ends_a_read_that_waits_and_the_end_is_none()
    {
        var buffer = new byte[10];
        var reading = _stream.ReadAsync(buffer, CancellationToken.None);
        Assert.False(reading.IsCompleted);
        await _client.SendAsync("abc"u8.ToArray());
        Assert.Equal(3, await reading);
        Assert.Equal("abc"u8.ToArray(), buffer[..3]);
        reading = _stream.ReadAsync(buffer, CancellationToken.None);
        _client.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await reading);
    }

    [Fact]
    public async Task A_peer_that_reads_slowly_gets_all_in_order()
    {
        var octets = RandomNumberGenerator.GetBytes(8 * 1024 * 1024);
        var writing = _stream.WriteAsync(octets, CancellationToken.None).AsTask();
        Assert.False(writing.IsCompleted);
        var received = new byte[octets.Length];
        for (var at = 0; at < received.Length;)
        {
            at += await _client.ReceiveAsync(received.AsMemory(at, Math.Min(100_000, received.Length - at)));
            await Task.Yield();
        }

        await writing;
        Assert.True(octets.AsSpan().SequenceEqual(received));
    }

    [Fact]
    public async Task A_peer_that_always_sends_is_read_to_its_end()
    {
        var octets = RandomNumberGenerator.GetBytes(8 * 1024 * 1024);
        var sending = Task.Run(async () =>
        {
            for (var at = 0; at < octets.Length;)
                at += await _client.SendAsync(octets.AsMemory(at));
            _client.Shutdown(SocketShutdown.Send);
        });
        var received = new MemoryStream();
        var buffer = new byte[1000];
        while (await _stream.ReadAsync(buffer, CancellationToken.None) is var count && count > 0)
            received.Write(buffer, 0, count);
        await sending;
        Assert.True(octets.AsSpan().SequenceEqual(received.ToArray()));
    }

    [Fact]
    public async Task A_read_that_is_cancelled_ends_in_the_pool_and_takes_nothing_from_the_next()
    {
        var buffer = new byte[10];
        for (var round = 0; round < 100; round++)
        {
            using var cancel = new CancellationTokenSource();
            var reading = ReadAsync(buffer, cancel.Token);
            var cancelling = Task.Run(cancel.Cancel);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
            await cancelling;
        }

        await _client.SendAsync("abc"u8.ToArray());
        Assert.Equal(3, await _stream.ReadAsync(buffer, CancellationToken.None));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await _stream.ReadExactlyAsync(buffer, new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task A_socket_that_is_closed_under_its_session_ends_waits_that_nothing_else_can_end()
    {
        var reading = _stream.ReadExactlyAsync(new byte[1], CancellationToken.None).AsTask();
        var writing = _stream.WriteAsync(new byte[32 * 1024 * 1024], CancellationToken.None).AsTask();
        _server.Close(0);
        Assert.IsType<EpollStream>(_stream).Abort();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => reading);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => writing);
    }

    [Fact]
    public async Task A_peer_that_resets_is_an_error_as_of_any_stream()
    {
        var reading = _stream.ReadExactlyAsync(new byte[1], CancellationToken.None).AsTask();
        _client.LingerState = new LingerOption(enable: true, 0);
        _client.Dispose();
        var error = await Assert.ThrowsAsync<IOException>(() => reading);
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(error.InnerException).SocketErrorCode);
    }

    [Fact]
    public async Task A_session_that_computes_goes_on_in_the_pool_and_others_on_the_loops_thread()
    {
        Assert.False(await ReadsInPoolAsync());
        Assert.IsType<EpollStream>(_stream).GoOnInPool();
        Assert.True(await ReadsInPoolAsync());
    }

    private async Task<bool> ReadsInPoolAsync()
    {
        var reading = Task.Run(async () =>
        {
            await _stream.ReadExactlyAsync(new byte[1], CancellationToken.None);
            return Thread.CurrentThread.IsThreadPoolThread;
        });

        // It must wait before anything comes.
        while (!IsWaiting())
            await Task.Delay(5);
        await _client.SendAsync("x"u8.ToArray());
        return await reading;
    }

    private bool IsWaiting() => ((EpollStream)_stream).IsReadWaiting;

    private async Task<int> ReadAsync(byte[] buffer, CancellationToken cancel)
    {
        try
        {
            return await _stream.ReadAsync(buffer, cancel);
        }
        finally
        {
            Assert.True(Thread.CurrentThread.IsThreadPoolThread);
        }
    }
}
