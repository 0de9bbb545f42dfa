using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace MailOps.Tests.Support;

/// <summary>The ports of a program that a test runs for itself.</summary>
internal static class ListeningPorts
{
    /// <summary>Waits until a port takes connections.</summary>
    /// <param name="process">The program, which has to go on meanwhile.</param>
    /// <param name="name">Its name, for the error.</param>
    /// <param name="port">The port of 127.0.0.1.</param>
    /// <param name="output">What it said so far, for the error.</param>
    public static async Task WaitForAsync(Process process, string name, int port, Func<string> output)
    {
        for (var tries = 0; tries < 600; tries++)
        {
            if (process.HasExited)
                throw new InvalidOperationException($"{name} ended with {process.ExitCode}: {output()}");
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(50);
            }
        }

        throw new InvalidOperationException($"{name} does not listen on port {port}: {output()}");
    }
}
