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
    [InlineData("<jörg@example.com>", "jörg@example.com")]
    [InlineData("<jo\u0308rg@bücher.example>", "jo\u0308rg@bücher.example")]
    [InlineData("<用户@例子.广告>", "用户@例子.广告")]
    [InlineData("<\"jörg k\"@xn--bcher-kva.example>", "\"jörg k\"@xn--bcher-kva.example")]
    [InlineData("<a@Straße.xn--bcher-kva.example>", "a@Straße.xn--bcher-kva.example")]
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
    [InlineData("<a@ｅｘａｍｐｌｅ.com>")]
    [InlineData("<a@exam。ple.com>")]
    [InlineData("<a@ex\u00ADample.com>")]
    [InlineData("<a@ü..example>")]
    [InlineData("<a@-ü.example>")]
    [InlineData("<a@ü b.example>")]
    [InlineData("<a\u0080@example.com>")]
    [InlineData("<\"\\ö\"@example.com>")]
    public void What_is_no_path_is_not_read(string text)
    {
        var reader = new SmtpReader(Encoding.UTF8.GetBytes(text));
        Assert.False(reader.Path(out _) && reader.AtEnd);
    }

    [Theory]
    [InlineData("3C C3 40 61 2E 62 3E")]
    [InlineData("3C C0 AF 40 61 2E 62 3E")]
    [InlineData("3C ED A0 80 40 61 2E 62 3E")]
    [InlineData("3C 61 40 FC 2E 62 3E")]
    public void What_is_not_UTF8_is_no_path(string octets) =>
        Assert.False(new SmtpReader(Convert.FromHexString(octets.Replace(" ", "", StringComparison.Ordinal))).Path(out _));

    [Theory]
    [InlineData("jo\u0308rg@bücher.example", "jörg@xn--bcher-kva.example")]
    [InlineData("jörg@BÜCHER.example", "jörg@xn--bcher-kva.example")]
    [InlineData("jörg@bu\u0308cher.example", "jörg@xn--bcher-kva.example")]
    [InlineData("jörg@xn--bcher-kva.example", "jörg@xn--bcher-kva.example")]
    [InlineData("a@faß.example", "a@xn--fa-hia.example")]
    [InlineData("a@аpple.example", "a@xn--pple-43d.example")]
    [InlineData("Ann@Example.com", "Ann@Example.com")]
    public void Paths_are_compared_in_their_canonical_form_RFC6532_3_1(string text, string expected)
    {
        Assert.True(new SmtpReader(Encoding.UTF8.GetBytes($"<{text}>")).Path(out var path));
        Assert.Equal(expected, path.ToCanonical().ToString());
    }

    [Fact]
    public void Local_part_and_domain_have_their_limits_RFC5321_4_5_3_1()
    {
        Assert.True(Read($"<{new string('a', 64)}@example.com>"));
        Assert.True(Read($"<{new string('a', 254 - 12)}@example.com>"));
        Assert.False(Read($"<{new string('a', 255 - 12)}@example.com>"));
        Assert.True(Read($"<{new string('a', 64)}@{new string('d', 255)}>"));
        Assert.False(Read($"<{new string('a', 65)}@{new string('d', 189)}>"));
        Assert.True(Read($"<{new string('ä', 32)}@example.com>"));
        Assert.True(Read($"<{new string('ä', 121)}@example.com>"));
        Assert.False(Read($"<{new string('ä', 122)}@example.com>"));
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
