using System.Net;
using System.Net.Sockets;
using MailOps.Server.Connections;
using MailOps.Server.Tests.Imap;
using Xunit;

namespace MailOps.Server.Tests.Connections;

public sealed class EpollLoopTests
{
    // Not what is waited for, but how long a test that hangs may hang.
    private static readonly TimeSpan Hung = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task What_is_posted_while_the_loop_falls_asleep_wakes_it()
    {
        var loop = Loop();
        await Task.WhenAll(Enumerable.Range(0, 2).Select(i => Task.Run(() =>
        {
            using var done = new ManualResetEventSlim();
            for (var round = 0; round < 50_000; round++)
            {
                done.Reset();
                loop.Post(static state => ((ManualResetEventSlim)state!).Set(), done);
                Assert.True(done.Wait(Hung), $"The loop sleeps although step {round} was posted.");
                Thread.SpinWait((round * 7 + i * 13) % 200);
            }
        })));
    }

    [Fact]
    public async Task Where_no_client_can_be_accepted_it_is_told_once_and_tried_again_later_however_many_come()
    {
        Loop();
        var clock = new SteppedClock();
        var failures = 0;
        var accepted = new TaskCompletionSource<Socket>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));

        // Nothing listens any more, so to accept is an error, as it is without file handles.
        socket.Listen();
        socket.Shutdown(SocketShutdown.Receive);
        var acceptor = EpollAcceptor.Start(socket, accepted.SetResult, _ => Interlocked.Increment(ref failures), clock)!;
        var looks = 0;
        for (; Volatile.Read(ref failures) < 3; looks++)
        {
            for (var i = 0; i < 100; i++)
                acceptor.Ready(read: true, written: false);
            clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(1);
        }

        Assert.InRange(failures, 3, 1 + looks);
        socket.Listen();
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(socket.LocalEndPoint!);
        clock.Advance(TimeSpan.FromMilliseconds(100));
        (await accepted.Task.WaitAsync(Hung)).Dispose();
        acceptor.End();
    }

    private static EpollLoop Loop()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "epoll is Linux's.");
        return EpollLoop.Next()!;
    }
}
