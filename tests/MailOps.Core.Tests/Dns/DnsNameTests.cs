using MailOps.Dns;
using Xunit;

namespace MailOps.Core.Tests.Dns;

public sealed class DnsNameTests
{
    [Theory]
    [InlineData("example.org", "example.org", "example.org")]
    [InlineData("Example.ORG.", "example.org", "example.org")]
    [InlineData("  example.org\t", "example.org", "example.org")]
    [InlineData("john@example.org", "example.org", "example.org")]
    [InlineData("John Doe <john@example.org>", "example.org", "example.org")]
    [InlineData("bücher.example", "xn--bcher-kva.example", "bücher.example")]
    [InlineData("BÜCHER.example", "xn--bcher-kva.example", "bücher.example")]
    [InlineData("xn--bcher-kva.example", "xn--bcher-kva.example", "bücher.example")]
    [InlineData("пример。испытание", "xn--e1afmkfd.xn--80akhbyknj4f", "пример.испытание")]
    [InlineData("_25._tcp.mx.example.org", "_25._tcp.mx.example.org", "_25._tcp.mx.example.org")]
    public void A_name_is_known_in_both_forms(string input, string ascii, string unicode)
    {
        Assert.True(DnsName.TryParse(input, out var name, out var error), error);
        Assert.Equal(ascii, name.Ascii);
        Assert.Equal(unicode, name.Unicode);
    }

    [Fact]
    public void Sharp_s_stays_itself_under_UTS46()
    {
        Assert.Equal("xn--strae-oqa.example", DnsName.Parse("straße.example").Ascii);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("   ", "empty")]
    [InlineData("john@", "empty")]
    [InlineData("a..b", "empty label")]
    [InlineData(".example.org", "empty label")]
    [InlineData("192.0.2.1", "is an address")]
    [InlineData("john@[192.0.2.1]", "is an address")]
    [InlineData("-a.example", "hyphen")]
    [InlineData("a b.example", "U+0020")]
    [InlineData("a\0b.example", "U+0000")]
    [InlineData("exa!mple.org", "'!'")]
    [InlineData("aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg.org", "63")]
    public void What_is_no_name_is_told_why(string input, string reason)
    {
        Assert.False(DnsName.TryParse(input, out _, out var error));
        Assert.Contains(reason, error);
    }

    [Fact]
    public void A_name_longer_than_253_octets_is_refused_RFC1035_2_3_4()
    {
        var input = string.Join('.', Enumerable.Repeat(new string('a', 60), 5));
        Assert.False(DnsName.TryParse(input, out _, out var error));
        Assert.Contains("253", error);
    }

    [Fact]
    public void Names_are_equal_when_the_wire_says_so()
    {
        Assert.Equal(DnsName.Parse("bücher.example"), DnsName.Parse("XN--bcher-kva.example."));
    }
}
