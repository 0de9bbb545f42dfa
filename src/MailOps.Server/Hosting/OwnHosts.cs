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
            && addresses.Select(Reached).Any(address => address.Equals(endpoint.Address) || (IsAny(endpoint.Address) && OwnAddresses.Contains(address))));

    // Where a connection comes to: one to no address in particular to this machine.
    private static IPAddress Reached(IPAddress address)
    {
        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return !IsAny(address) ? address : address.Equals(IPAddress.Any) ? IPAddress.Loopback : IPAddress.IPv6Loopback;
    }

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}
