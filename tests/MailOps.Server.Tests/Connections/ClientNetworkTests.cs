using System.Net;
using MailOps.Server.Connections;
using Xunit;

namespace MailOps.Server.Tests.Connections;

public sealed class ClientNetworkTests
{
    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7")]
    [InlineData("::ffff:192.0.2.7", "192.0.2.7")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64")]
    [InlineData("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64")]
    [InlineData("fe80::1%3", "fe80::/64")]
    [InlineData("::1", "::/64")]
    public void An_IPv4_address_is_one_client_and_an_IPv6_64_is(string address, string network) =>
        Assert.Equal(network, ClientNetwork.Text(ClientNetwork.Of(IPAddress.Parse(address))));
}
