using System.Net;
using MailOps.Server.Connections;
using Xunit;

namespace MailOps.Server.Tests.Connections;

/// <summary>Who is believed about others.</summary>
public sealed class TrustedNetworksTests
{
    [Theory]
    [InlineData("192.0.2.10", "192.0.2.10", true)]
    [InlineData("192.0.2.10", "::ffff:192.0.2.10", true)]
    [InlineData("::ffff:192.0.2.10", "192.0.2.10", true)]
    [InlineData("192.0.2.10", "192.0.2.11", false)]
    [InlineData("10.0.0.0/8", "10.255.0.1", true)]
    [InlineData("10.0.0.0/8", "11.0.0.1", false)]
    [InlineData("10.1.2.3/8", "10.9.9.9", true)]
    [InlineData("2001:db8::/32", "2001:db8:1::1", true)]
    [InlineData("2001:db8::/32", "2001:db9::1", false)]
    [InlineData("::1", "127.0.0.1", false)]
    [InlineData("0.0.0.0/0", "::1", false)]
    public void An_address_is_among_them_or_not(string network, string address, bool expected) =>
        Assert.Equal(expected, TrustedNetworks.Parse([network]).Contains(IPAddress.Parse(address)));

    [Fact]
    public void By_default_there_is_nobody() => Assert.False(TrustedNetworks.None.Contains(IPAddress.Loopback));

    [Theory]
    [InlineData("")]
    [InlineData("proxy.example.com")]
    [InlineData("10.0.0.1/33")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.0/x")]
    public void What_is_no_network_is_named(string text)
    {
        var refused = Assert.Throws<ArgumentException>(() => TrustedNetworks.Parse(["192.0.2.1", text]));
        Assert.StartsWith($"'{text}' is neither an address nor a network.", refused.Message, StringComparison.Ordinal);
    }
}
