using System.Text;
using CsCheck;
using MailOps.Smtp;
using Xunit;

namespace MailOps.Tests.Smtp;

public sealed class SmtpReaderTests
{
    [Theory]
    [InlineData("<>", "")]
    [InlineData("<ann@example.com>", "ann@example.com")]
    [InlineData("ann@example.com", "ann@example.com")]
    [InlineData("<a.b+tag@ex-ample.com>", "a.b+tag@ex-ample.com")]
    [InlineData("<\"a b\"@example.com>", "\"a b\"@example.com")]
    [InlineData("<\"ann\"@example.com>", "ann@example.com")]
    [InlineData("<\"a\\\"b\"@example.com>", "\"a\\\"b\"@example.com")]
    [InlineData("<@relay.example,@other.example:ann@example.com>", "ann@example.com")]
    [InlineData("<ann@[192.0.2.1]>", "ann@[192.0.2.1]")]
    [InlineData("<ann@[IPv6:2001:db8::1]>", "ann@[IPv6:2001:db8::1]")]
    [InlineData("<Postmaster>", "Postmaster")]
    public void Paths_are_read_RFC5321_4_1_2(string text, string expected)
    {
        var reader = new SmtpReader(Encoding.UTF8.GetBytes(text));
        Assert.True(reader.Path(out var path));
        Assert.True(reader.AtEnd);
        Assert.Equal(expected, path.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("<")]
    [InlineData("<ann@example.com")]
    [InlineData("<ann>")]
    [InlineData("<@example.com>")]
    [InlineData("<ann@>")]
    [InlineData("<.ann@example.com>")]
    [InlineData("<a..b@example.com>")]
    [InlineData("<ann.@example.com>")]
    [InlineData("<a b@example.com>")]
    [InlineData("<\"a@example.com>")]
    [InlineData("<ann@-example.com>")]
    [InlineData("<ann@exa..mple.com>")]
    [InlineData("<ann@exa mple.com>")]
    [InlineData("<ann@[192.0.2.1>")]
    [InlineData("<a\rb@example.com>")]
    [InlineData("<a@[192.0.2.1\rBcc:b@example.com]>")]
    [InlineData("<a@[192.0.2.1\0]>")]
    [InlineData("<../../etc@example.com")]
    public void What_is_no_path_is_not_read(string text)
    {
        var reader = new SmtpReader(Encoding.UTF8.GetBytes(text));
        Assert.False(reader.Path(out _) && reader.AtEnd);
    }

    [Fact]
    public void Local_part_and_domain_have_their_limits_RFC5321_4_5_3_1()
    {
        Assert.True(Read($"<{new string('a', 64)}@example.com>"));
        Assert.False(Read($"<{new string('a', 65)}@example.com>"));
        Assert.False(Read($"<a@{new string('d', 256)}>"));
    }

    [Fact]
    public void Random_octets_never_break_the_reader() =>
        Gen.Byte.Array[0, 80].Sample(octets =>
        {
            var reader = new SmtpReader(octets);
            while (!reader.AtEnd && (reader.Path(out _) || reader.Space() || reader.Parameter(out _, out _)))
            {
            }
        });

    [Fact]
    public void A_path_that_was_read_can_be_written_and_read_again() =>
        Gen.String[Gen.Char[" !\"abc.@\\"], 1, 10].Sample(local =>
        {
            var path = new SmtpPath(local, "example.com");
            var reader = new SmtpReader(Encoding.UTF8.GetBytes($"<{path}>"));
            return reader.Path(out var again) && reader.AtEnd && again == path;
        });

    private static bool Read(string text) => new SmtpReader(Encoding.UTF8.GetBytes(text)).Path(out _);
}
