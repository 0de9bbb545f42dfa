using System.Net;
using System.Net.Sockets;

namespace MailOps.Tests.Support;

/// <summary>
/// Ports for servers that must be told theirs. They lie below those that Linux gives to connections and to listeners on port 0, so that no
/// other test gets one of them before its server has it.
/// </summary>
public static class FreePort
{
    private const int First = 20_000;
    private const int Count = 12_000;

    // Processes begin at different places, and one process gives none out twice.
    private static int _last = Random.Shared.Next(Count);

    /// <summary>The next that is free on all addresses.</summary>
    public static int Next()
    {
        while (true)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _last) % Count);
            if (IsFree(IPAddress.Any, port) && (!Socket.OSSupportsIPv6 || IsFree(IPAddress.IPv6Any, port)))
                return port;
        }
    }

    private static bool IsFree(IPAddress address, int port)
    {
        using var listener = new TcpListener(address, port) { ExclusiveAddressUse = true };
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
