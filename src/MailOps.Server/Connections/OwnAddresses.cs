using System.Net;
using System.Net.NetworkInformation;

namespace MailOps.Server.Connections;

/// <summary>The addresses of this machine.</summary>
internal static class OwnAddresses
{
    /// <summary>True if an address leads to this machine, as far as it knows itself: not one that a router translates.</summary>
    public static bool Contains(IPAddress address) =>
        IPAddress.IsLoopback(address)
        || NetworkInterface.GetAllNetworkInterfaces().Any(one => one.GetIPProperties().UnicastAddresses.Any(own => own.Address.Equals(address)));
}
