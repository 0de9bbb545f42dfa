using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Connections;

/// <summary>The last reply of a session, as the client's kernel sees it come.</summary>
public sealed class LastReplyTests
{
    [Fact]
    public async Task The_reply_to_QUIT_comes_whole_and_in_one_segment_with_the_end_of_the_connection()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux joins the two, and counts segments.");
        await using var server = await TestServer.StartAsync();
        var fewest = uint.MaxValue;

        // A machine that stalls between the reply and the close may see two, once.
        for (var i = 0; i < 10 && fewest > 2; i++)
        {
            using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(IPAddress.Loopback, server.Port(MailProtocol.Smtp));
            var buffer = new byte[1000];
            Assert.NotEqual(0, await client.ReceiveAsync(buffer));
            var before = SegmentsIn(client);
            await client.SendAsync("QUIT\r\n"u8.ToArray());
            var length = 0;
            while (await client.ReceiveAsync(buffer.AsMemory(length)) is > 0 and var count)
                length += count;

            Assert.Equal("221 Bye\r\n", Encoding.ASCII.GetString(buffer, 0, length));
            fewest = Math.Min(fewest, SegmentsIn(client) - before);
        }

        // One acknowledges QUIT, as a kernel does at once on a connection that is young; the other is the reply and the end.
        Assert.InRange(fewest, 1u, 2u);
    }

    // tcpi_segs_in of struct tcp_info (tcp(7)).
    private static uint SegmentsIn(Socket socket)
    {
        var info = new byte[144];
        Assert.Equal(info.Length, socket.GetRawSocketOption(optionLevel: 6, optionName: 11, info));
        return BinaryPrimitives.ReadUInt32LittleEndian(info.AsSpan(140));
    }
}
