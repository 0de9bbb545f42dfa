using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MailOps.Server.Connections;

/// <summary>The line or block with which a proxy says for whom it connects: versions 1 and 2 of HAProxy's PROXY protocol.</summary>
/// <param name="Source">The client; null where the proxy speaks for itself or does not know.</param>
/// <param name="Problem">What is wrong with the header, or null.</param>
/// <param name="IsForClient">True if the proxy speaks for a client, known or not; false if it speaks for itself.</param>
internal readonly record struct ProxyHeader(IPEndPoint? Source, string? Problem, bool IsForClient)
{
    /// <summary>The longest line of version 1, with its CRLF.</summary>
    public const int LongestLine = 107;

    /// <summary>Octets of version 2 before the addresses.</summary>
    public const int BlockStart = 16;

    // Addresses and ports of both sides.
    private const int Ipv4Length = 12;
    private const int Ipv6Length = 36;
    private const int UnixLength = 216;

    /// <summary>What version 1 begins with.</summary>
    public static ReadOnlySpan<byte> LineSignature => "PROXY "u8;

    /// <summary>What version 2 begins with.</summary>
    public static ReadOnlySpan<byte> BlockSignature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>Reads a line of version 1.</summary>
    /// <param name="line">With its CRLF.</param>
    public static ProxyHeader ReadLine(ReadOnlySpan<byte> line)
    {
        if (!line.EndsWith("\r\n"u8))
            return Wrong("the line does not end with CRLF within 107 octets");

        var words = Encoding.Latin1.GetString(line[..^2]).Split(' ');
        if (words is ["PROXY", "UNKNOWN", ..])
            return Unknown;
        if (words is not ["PROXY", "TCP4" or "TCP6", var source, var destination, var sourcePort, var destinationPort])
            return Wrong("the line is not PROXY TCP4 or TCP6, two addresses and two ports, nor PROXY UNKNOWN");

        var family = words[1] is "TCP4" ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
        if (!TryAddress(source, family, out var address) || !TryAddress(destination, family, out _))
            return Wrong($"an address is not one of {words[1]}");
        return TryPort(sourcePort, out var port) && TryPort(destinationPort, out _)
            ? Client(address, port)
            : Wrong("a port is not a number from 0 to 65535");
    }

    /// <summary>Reads a block of version 2.</summary>
    /// <param name="block">All of it. What stands behind the addresses (TLVs) is not looked at.</param>
    public static ProxyHeader ReadBlock(ReadOnlySpan<byte> block)
    {
        if (block[12] >> 4 != 2)
            return Wrong("the version is not 2");

        var addresses = block[BlockStart..];
        return (block[12] & 0xF, block[13]) switch
        {
            // The proxy's own connection, to see whether anybody is there.
            (0, _) => default,
            (1, 0x00) => Unknown,
            (1, 0x11) => addresses.Length < Ipv4Length ? TooShort : Client(addresses[..4], addresses[8..10]),
            (1, 0x21) => addresses.Length < Ipv6Length ? TooShort : Client(addresses[..16], addresses[32..34]),
            (1, 0x31) => addresses.Length < UnixLength ? TooShort : Unknown,
            (1, _) => Wrong("the protocol is not TCP"),
            _ => Wrong("the command is neither LOCAL nor PROXY"),
        };
    }

    /// <summary>A header that is none.</summary>
    public static ProxyHeader Wrong(string problem) => new(null, problem, IsForClient: false);

    // Whoever it is, the proxy's own address is not theirs: what that may do, they may not.
    private static ProxyHeader Unknown => new(null, null, IsForClient: true);

    private static ProxyHeader TooShort => Wrong("the block is shorter than its addresses");

    private static ProxyHeader Client(ReadOnlySpan<byte> address, ReadOnlySpan<byte> port) =>
        Client(new IPAddress(address), BinaryPrimitives.ReadUInt16BigEndian(port));

    private static ProxyHeader Client(IPAddress address, int port) => new(new IPEndPoint(address, port), null, IsForClient: true);

    // IPAddress takes older spellings too, such as 127.1, that no proxy writes.
    private static bool TryAddress(string text, AddressFamily family, out IPAddress address) =>
        IPAddress.TryParse(text, out address!)
        && address.AddressFamily == family
        && (family is AddressFamily.InterNetwork ? address.ToString() == text : !text.AsSpan().ContainsAny("[]%"));

    private static bool TryPort(string text, out ushort port) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && (text.Length == 1 || text[0] != '0');
}
