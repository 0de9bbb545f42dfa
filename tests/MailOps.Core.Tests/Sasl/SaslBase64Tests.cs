using System.Text;
using MailOps.Sasl;
using Xunit;

namespace MailOps.Core.Tests.Sasl;

public sealed class SaslBase64Tests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("=", "")]
    [InlineData("YW5u", "ann")]
    [InlineData("YW4=", "an")]
    public void A_response_is_base64_or_a_lone_equals_sign_RFC4954_4(string text, string expected)
    {
        Assert.True(SaslBase64.TryDecodeResponse(Encoding.ASCII.GetBytes(text), out var decoded));
        Assert.Equal(expected, Encoding.ASCII.GetString(decoded));
    }

    [Theory]
    [InlineData("YW5")]
    [InlineData("YW 5u")]
    [InlineData("YW5u\t")]
    [InlineData("YW5u=")]
    [InlineData("YW*u")]
    [InlineData("YW4=YW4=")]
    public void Anything_else_is_refused(string text) => Assert.False(SaslBase64.TryDecodeResponse(Encoding.ASCII.GetBytes(text), out _));
}
