using System.Net;
using System.Net.Sockets;
using MailOps.Server.Connections;
using MailOps.Wire;

namespace MailOps.Server.Hosting;

/// <summary>Binds listeners to endpoints, and says why where that fails.</summary>
internal static class EndpointBinding
{
    /// <summary>Listens on an endpoint; clients wait until the listener is started.</summary>
    /// <exception cref="MailServerException">It cannot be listened on; the message says why, and what to do.</exception>
    public static Listener Bind(MailEndpoint endpoint, IConnectionHandler handler)
    {
        if (endpoint.Path is { } path)
            return AtPath(path, endpoint.Protocol, () => new Listener(path, endpoint.PathMode, handler));

        var where = new IPEndPoint(endpoint.Address, endpoint.Port);
        return At(where, endpoint.Protocol.ToString(), () => new Listener(where, handler, endpoint.Tls is TlsMode.Implicit, endpoint.IsIPv6Only));
    }

    /// <summary>Listens on an address and port.</summary>
    /// <param name="endpoint">The address and port.</param>
    /// <param name="what">What it is for, for the message of an error.</param>
    /// <param name="listen">Does it.</param>
    /// <exception cref="MailServerException">It cannot be listened on; the message says why, and what to do.</exception>
    public static T At<T>(IPEndPoint endpoint, string what, Func<T> listen)
    {
        try
        {
            return listen();
        }
        catch (SocketException e)
        {
            var where = $"{endpoint} ({what})";
            throw e.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => new MailServerException(MailServerFault.PortInUse, $"Port {endpoint.Port} is taken: another program listens on {where}. Stop it, or name another port (0 picks a free one).", e),
                SocketError.AccessDenied => new MailServerException(MailServerFault.PortPrivileged, $"Port {endpoint.Port} is privileged: this user may not listen on {where}. Name a port above 1023 (0 picks a free one), or grant the privilege.", e),
                SocketError.AddressNotAvailable => new MailServerException(MailServerFault.AddressUnavailable, $"The address {endpoint.Address} is not one of this machine; cannot listen on {where}.", e),
                _ => new MailServerException(MailServerFault.AddressUnavailable, $"Cannot listen on {where}: {e.Message}", e),
            };
        }
    }

    /// <summary>Listens on a Unix socket.</summary>
    /// <param name="path">Its file.</param>
    /// <param name="protocol">What is spoken there.</param>
    /// <param name="listen">Does it.</param>
    /// <exception cref="MailServerException">It cannot be listened on; the message says why, and what to do.</exception>
    public static T AtPath<T>(string path, MailProtocol protocol, Func<T> listen)
    {
        try
        {
            return listen();
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse)
        {
            throw new MailServerException(MailServerFault.PortInUse, $"The socket '{path}' is taken: another program listens on it ({protocol}). Stop it, or name another path.", e);
        }
        catch (ArgumentException e)
        {
            throw new MailServerException(MailServerFault.SocketPathUnusable, $"The socket '{path}' cannot be made: its whole path is {System.Text.Encoding.UTF8.GetByteCount(path)} octets long, and no system takes more than about a hundred. Name a shorter one.", e);
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            throw new MailServerException(MailServerFault.SocketPathUnusable, $"The socket '{path}' cannot be made: {Reason(path, e)}", e);
        }
    }

    private static string Reason(string path, Exception e) =>
        !Directory.Exists(Path.GetDirectoryName(path)) ? $"there is no folder '{Path.GetDirectoryName(path)}'. Make it first, with rights for those who are to connect."
        : e is SocketException ? $"{e.Message}. Name a path in a folder where this user may create files."
        : e.Message;
}
