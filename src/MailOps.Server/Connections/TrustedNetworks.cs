using System.Net;
using System.Net.Sockets;

namespace MailOps.Server.Connections;

/// <summary>Addresses that are trusted in some way: proxies that say for whom they connect, and who is not counted by address.</summary>
public sealed class TrustedNetworks : IEquatable<TrustedNetworks>
{
    private readonly IPNetwork[] _networks;

    private TrustedNetworks(IPNetwork[] networks) => _networks = networks;

    /// <summary>Nobody. What a server starts with.</summary>
    public static TrustedNetworks None { get; } = new([]);

    /// <summary>This machine itself.</summary>
    public static TrustedNetworks Loopback { get; } = Parse(["127.0.0.0/8", "::1"]);

    /// <summary>The networks; an address is one of its own.</summary>
    public IReadOnlyList<IPNetwork> Networks => _networks;

    /// <summary>Reads addresses and networks.</summary>
    /// <param name="texts">Each an address, or a network with its prefix, such as <c>192.0.2.10</c>, <c>10.0.0.0/8</c> or <c>2001:db8::/32</c>.</param>
    /// <exception cref="ArgumentException">One is neither; the message says which.</exception>
    public static TrustedNetworks Parse(IEnumerable<string> texts) => new([.. texts.Select(Read)]);

    /// <summary>True if an address is among them.</summary>
    public bool Contains(IPAddress? address)
    {
        if (address is null || _networks.Length == 0)
            return false;

        var plain = Plain(address);
        return Array.Exists(_networks, network => network.Contains(plain));
    }

    /// <summary>These and others.</summary>
    internal TrustedNetworks With(TrustedNetworks others) => others._networks.Length == 0 ? this : new TrustedNetworks([.. _networks.Union(others._networks)]);

    /// <inheritdoc/>
    public bool Equals(TrustedNetworks? other) => other is not null && _networks.AsSpan().SequenceEqual(other._networks);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TrustedNetworks);

    /// <inheritdoc/>
    public override int GetHashCode() => _networks.Length == 0 ? 0 : HashCode.Combine(_networks.Length, _networks[0]);

    /// <summary>The networks, separated by commas.</summary>
    public override string ToString() => string.Join(", ", _networks);

    private static IPNetwork Read(string text)
    {
        if (!text.Contains('/', StringComparison.Ordinal) && IPAddress.TryParse(text, out var address))
        {
            var plain = Plain(address);
            return new IPNetwork(plain, plain.AddressFamily is AddressFamily.InterNetwork ? 32 : 128);
        }

        return IPNetwork.TryParse(text, out var network)
            ? network
            : throw new ArgumentException($"'{text}' is neither an address nor a network. Write it as in 192.0.2.10, 10.0.0.0/8 or 2001:db8::/32.");
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
