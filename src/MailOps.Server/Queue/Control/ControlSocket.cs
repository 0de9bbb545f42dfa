using System.Net.Sockets;
using MailOps.Server.Connections;

namespace MailOps.Server.Queue.Control;

/// <summary>The socket beside a queue's lock, on which the process that has the queue is asked.</summary>
internal static class ControlSocket
{
    private const UnixFileMode OwnersAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The file of the socket in a queue's directory.</summary>
    public static string PathIn(string queue) => Path.Join(queue, "control");

    /// <summary>Listens. Who does has the queue's lock, so a socket that lies there is nobody's.</summary>
    /// <exception cref="SocketException">The file system has no sockets.</exception>
    /// <exception cref="IOException">Something else lies there, or the file cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not make it.</exception>
    public static Socket Listen(string path)
    {
        RemoveFile(path);
        var socket = New();
        try
        {
            WithShort(path, socket.Bind);
            // Nobody can connect before it listens.
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(path, OwnersAlone);
            socket.Listen(128);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Removes the file, if it is a socket.</summary>
    /// <exception cref="IOException">Something else lies there.</exception>
    public static void RemoveFile(string path)
    {
        if (OperatingSystem.IsLinux() ? UnixSocketFile.IsThere(path) : File.Exists(path))
            File.Delete(path);
    }

    /// <summary>Connects to who listens.</summary>
    /// <returns>Null if nobody does.</returns>
    /// <exception cref="SocketException">It may not be connected to, or cannot be.</exception>
    public static async Task<Socket?> TryConnectAsync(string path, CancellationToken cancel)
    {
        var socket = New();
        try
        {
            // On one machine a connection is there at once, or not: nothing is waited for but room in the queue of who listens.
            while (true)
            {
                try
                {
                    WithShort(path, socket.Connect);
                    return socket;
                }
                catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.TryAgain)
                {
                    await Task.Delay(10, cancel);
                }
            }
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionRefused or SocketError.AddressNotAvailable or SocketError.ConnectionReset || (e.SocketErrorCode is not SocketError.AccessDenied && !File.Exists(path)))
        {
            socket.Dispose();
            return null;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>True if somebody listens there.</summary>
    public static async Task<bool> IsServedAsync(string path, CancellationToken cancel)
    {
        try
        {
            using var socket = await TryConnectAsync(path, cancel);
            return socket is not null;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    private static Socket New() => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    // The system takes no more than about a hundred octets: a longer path is reached by a link to its directory, which nobody else can change.
    private static void WithShort(string path, Action<UnixDomainSocketEndPoint> use)
    {
        if (Endpoint(path) is { } direct)
        {
            use(direct);
            return;
        }

        var folder = Directory.CreateTempSubdirectory("mailops-");
        var link = Path.Join(folder.FullName, "q");
        try
        {
            Directory.CreateSymbolicLink(link, Path.GetDirectoryName(path)!);
            use(new UnixDomainSocketEndPoint(Path.Join(link, Path.GetFileName(path))));
        }
        finally
        {
            if (Path.Exists(link))
                Directory.Delete(link);
            folder.Delete();
        }
    }

    private static UnixDomainSocketEndPoint? Endpoint(string path)
    {
        try
        {
            return new UnixDomainSocketEndPoint(path);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
