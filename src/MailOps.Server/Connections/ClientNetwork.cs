using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace MailOps.Server.Connections;

/// <summary>Which clients count as one where they are counted by address: those of an IPv4 address, or of an IPv6 /64, which one customer has whole.</summary>
internal static class ClientNetwork
{
    /// <summary>The network of a client. Those whom a proxy does not know are one; over a Unix socket it is null.</summary>
    public static IPAddress? Of(ServerConnection c) => c.Remote?.Address is { } address ? Of(address) : c.IsIntroduced ? IPAddress.None : null;

    /// <summary>The address itself, or the first of its /64.</summary>
    public static IPAddress Of(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily is not AddressFamily.InterNetworkV6)
            return address;

        Span<byte> octets = stackalloc byte[16];
        address.TryWriteBytes(octets, out _);
        BinaryPrimitives.WriteUInt64BigEndian(octets[8..], 0);
        return new IPAddress(octets);
    }

    /// <summary>A network as people write it.</summary>
    public static string Text(IPAddress network) => network.AddressFamily is AddressFamily.InterNetworkV6 ? $"{network}/64" : network.ToString();
}
