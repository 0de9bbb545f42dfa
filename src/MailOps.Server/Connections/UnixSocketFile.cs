using System.Net.Sockets;
using System.Runtime.InteropServices;
using MailOps.Maildir.Disk;

namespace MailOps.Server.Connections;

/// <summary>The file of a Unix socket.</summary>
internal static class UnixSocketFile
{
    private const int NoSuchDevice = 6;

    /// <summary>
    /// Makes the file of a socket, in the place of one that nobody listens on any more. Nobody can connect before its rights are what they
    /// should be, for that takes somebody who listens.
    /// </summary>
    /// <inheritdoc cref="Listener(string, UnixFileMode, IConnectionHandler)"/>
    public static void Bind(Socket socket, string path, UnixFileMode mode)
    {
        var endpoint = new UnixDomainSocketEndPoint(path);
        RemoveStale(path, endpoint);
        socket.Bind(endpoint);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, mode);
    }

    /// <summary>Whether a socket could have this path, somebody else's or one that nobody listens on included.</summary>
    /// <returns>True if it lies there already.</returns>
    /// <exception cref="IOException">Something that is no socket lies there, or the folder is missing.</exception>
    /// <exception cref="ArgumentException">No socket can have so long a path.</exception>
    public static bool Check(string path)
    {
        _ = new UnixDomainSocketEndPoint(path);
        if (!Directory.Exists(Path.GetDirectoryName(path)))
            throw new DirectoryNotFoundException();
        return IsThere(path);
    }

    /// <summary>Whether a socket lies there, however long its path is.</summary>
    /// <exception cref="IOException">Something that is no socket does.</exception>
    public static bool IsThere(string path)
    {
        var there = new FileInfo(path);
        if (!there.Exists && there.LinkTarget is null && !Directory.Exists(path))
            return false;
        // Of a link neither the end nor the link itself is taken away: it may lead anywhere.
        if (there.LinkTarget is not null || !IsSocket(path))
            throw new IOException("Something that is not a socket lies there. Remove it, or name another path.");
        return true;
    }

    private static void RemoveStale(string path, UnixDomainSocketEndPoint endpoint)
    {
        if (!Check(path))
            return;

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(endpoint);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionRefused)
        {
            File.Delete(path);
            return;
        }
        catch (SocketException)
        {
            // Whoever it is does not take us, but is there.
        }

        throw new SocketException((int)SocketError.AddressAlreadyInUse);
    }

    // That nobody listens is said of an ordinary file, too. A socket alone cannot be opened (open(2)).
    private static bool IsSocket(string path)
    {
        if (!OperatingSystem.IsLinux())
            return false;

        var descriptor = LinuxCalls.Open(path, LinuxCalls.NonBlocking | LinuxCalls.CloseOnExec, 0);
        if (descriptor < 0)
            return Marshal.GetLastPInvokeError() == NoSuchDevice;
        _ = LinuxCalls.Close(descriptor);
        return false;
    }
}
