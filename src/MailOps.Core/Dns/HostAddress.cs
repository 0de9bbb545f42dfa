using System.Net;

namespace MailOps.Dns;

/// <summary>An address of a host.</summary>
/// <param name="Address">The address, IPv4 or IPv6.</param>
/// <param name="Ttl">How long it may be kept.</param>
public sealed record HostAddress(IPAddress Address, TimeSpan Ttl)
{
    /// <summary>The address.</summary>
    public override string ToString() => Address.ToString();
}
