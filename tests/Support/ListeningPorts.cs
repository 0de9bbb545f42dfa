using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace MailOps.Tests.Support;

/// <summary>The ports of programs that a test runs for itself.</summary>
internal static class ListeningPorts
{
    /// <summary>Waits until a port takes connections.</summary>
    /// <param name="process">The program, which has to go on meanwhile.</param>
    /// <param name="name">Its name, for the error.</param>
    /// <param name="port">The port of 127.0.0.1.</param>
    /// <param name="output">What it said so far, for the error.</param>
    public static Task WaitForAsync(Process process, string name, int port, Func<string> output) =>
        Waiting.UntilAsync(
            () => process.HasExited
                ? throw new InvalidOperationException($"{name} ended with {process.ExitCode}: {output()}")
                : IsOpenAsync(IPAddress.Loopback, port),
            () => $"{name} does not listen on port {port}: {output()}");

    /// <summary>Waits until a port takes connections, of a program that goes on by itself.</summary>
    /// <param name="address">Its address.</param>
    /// <param name="port">The port.</param>
    /// <param name="log">What the program said so far, for the error.</param>
    public static Task WaitForAsync(IPAddress address, int port, Func<string> log) =>
        Waiting.UntilAsync(() => IsOpenAsync(address, port), () => $"Nothing listens on {address}:{port}. {log()}");

    private static async Task<bool> IsOpenAsync(IPAddress address, int port)
    {
        try
        {
            using var probe = new TcpClient();
            await probe.ConnectAsync(address, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
