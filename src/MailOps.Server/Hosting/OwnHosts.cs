using System.Net;
using MailOps.Server.Connections;
using MailOps.Wire;

namespace MailOps.Server.Hosting;

/// <summary>Hosts by whose name or address a server would come to itself.</summary>
internal static class OwnHosts
{
    /// <summary>True for one of them.</summary>
    /// <param name="hostName">The server's name.</param>
    /// <param name="endpoints">Where it listens.</param>
    /// <param name="name">The host's name.</param>
    /// <param name="addresses">The host's addresses.</param>
    /// <param name="port">The port.</param>
    public static bool Contain(string hostName, IReadOnlyList<MailEndpoint> endpoints, string name, IReadOnlyList<IPAddress> addresses, int port) =>
        name.Equals(hostName, StringComparison.OrdinalIgnoreCase)
        || endpoints.Any(endpoint => endpoint is { Protocol: MailProtocol.Smtp or MailProtocol.Submission, Path: null } && endpoint.Port == port
            && addresses.Any(address => address.Equals(endpoint.Address) || ((endpoint.Address.Equals(IPAddress.Any) || endpoint.Address.Equals(IPAddress.IPv6Any)) && OwnAddresses.Contains(address))));
}
