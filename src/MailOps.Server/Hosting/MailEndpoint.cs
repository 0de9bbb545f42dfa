using System.Net;
using MailOps.Wire;

namespace MailOps.Server.Hosting;

/// <summary>A place to listen: what is spoken there, and how it is secured.</summary>
/// <param name="Protocol">What is spoken.</param>
/// <param name="Tls"><see cref="TlsMode.Implicit"/> or <see cref="TlsMode.StartTls"/>: TLS is always offered, except on a Unix socket (<see cref="TlsMode.None"/>).</param>
/// <param name="Address">The address to listen on.</param>
/// <param name="Port">The port; 0 lets the system pick a free one.</param>
public sealed record MailEndpoint(MailProtocol Protocol, TlsMode Tls, IPAddress Address, int Port)
{
    /// <summary>What may connect to a Unix socket unless it is said otherwise: the user of the process, and the group that the file has.</summary>
    public const UnixFileMode DefaultPathMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    /// <summary>A Unix socket, on which nothing but LMTP is spoken.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mode">Its rights: who may write may connect.</param>
    public static MailEndpoint AtPath(string path, UnixFileMode mode = DefaultPathMode) =>
        new(MailProtocol.Lmtp, TlsMode.None, IPAddress.None, 0) { Path = path, PathMode = mode };

    /// <summary>True for <c>::</c> where <c>0.0.0.0</c> has the same port: it is then every address of IPv6 alone, and otherwise of IPv4 too.</summary>
    internal bool IsIPv6Only { get; private init; }

    /// <summary>Endpoints as they are listened on beside each other.</summary>
    internal static IReadOnlyList<MailEndpoint> Together(IReadOnlyList<MailEndpoint> endpoints) =>
        [.. endpoints.Select(one => one with { IsIPv6Only = one.Path is null && one.Port > 0 && one.Address.Equals(IPAddress.IPv6Any) && endpoints.Any(other => other.Path is null && other.Port == one.Port && other.Address.Equals(IPAddress.Any)) })];

    /// <summary>The file of a Unix socket; null for an address and a port.</summary>
    public string? Path { get; private init; }

    /// <summary>The rights of the file.</summary>
    public UnixFileMode PathMode { get; private init; }
}
