using System.Text;
using MailOps.Trust.MtaSts;
using Xunit;

namespace MailOps.Core.Tests.Trust.MtaSts;

public sealed class MtaStsPolicyTests
{
    private static MtaStsPolicy Read(string text)
    {
        Assert.True(MtaStsPolicy.TryParse(Encoding.UTF8.GetBytes(text), out var policy, out var error), error);
        return policy;
    }

    private static string Refusal(byte[] body)
    {
        Assert.False(MtaStsPolicy.TryParse(body, out _, out var error));
        return error;
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public void The_policy_of_RFC_8461_section_3_2_is_read_with_either_line_end(string end)
    {
        var policy = Read("version: STSv1|mode: enforce|mx: mail.example.com|mx: *.example.net|mx: backupmx.example.com|max_age: 604800|".Replace("|", end, StringComparison.Ordinal));
        Assert.Equal((MtaStsMode.Enforce, TimeSpan.FromDays(7)), (policy.Mode, policy.MaxAge));
        Assert.Equal(["mail.example.com", "*.example.net", "backupmx.example.com"], policy.Mx);
    }

    [Theory]
    [InlineData("mode:testing\nversion:STSv1\nmax_age:0\nmx:a.example", MtaStsMode.Testing, 0)] // any order, no space, no last line end
    [InlineData("version: STSv1\nmode: none\nmax_age: 31557600\n", MtaStsMode.None, 31557600)]
    [InlineData("version: STSv1\nmode: testing\nmode: enforce\nmax_age: 1\nmax_age: 2\nmx: a.example\n", MtaStsMode.Testing, 1)] // the first of two
    [InlineData("version: STSv1 \t\nmode: \t enforce\nmax_age: 0000000001\nmx: a.example \n\n", MtaStsMode.Enforce, 1)]
    [InlineData("version: STSv1\nmode: enforce\nmax_age: 1\nmx: a.example\nnew-field: ü and: more\n", MtaStsMode.Enforce, 1)] // extensions
    public void Policies_that_are_valid_are_read(string text, MtaStsMode mode, int seconds)
    {
        var policy = Read(text);
        Assert.Equal((mode, TimeSpan.FromSeconds(seconds)), (policy.Mode, policy.MaxAge));
    }

    [Theory]
    [InlineData("", "no version")]
    [InlineData("mode: enforce\nmx: a.example\nmax_age: 1", "no version")]
    [InlineData("version: STSv2\nmode: enforce\nmx: a.example\nmax_age: 1", "version is 'STSv2'")]
    [InlineData("version: STSv1\nmx: a.example\nmax_age: 1", "no mode")]
    [InlineData("version: STSv1\nmode: Enforce\nmx: a.example\nmax_age: 1", "mode is 'Enforce'")]
    [InlineData("version: STSv1\nmode: report\nmx: a.example\nmax_age: 1", "mode is 'report'")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.example", "no max_age")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 31557601", "max_age is")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.example\nmax_age: -1", "max_age is")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 1d", "max_age is")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 00000000001", "max_age is")]
    [InlineData("version: STSv1\nmode: enforce\nmax_age: 1", "names no mx")]
    [InlineData("version: STSv1\nmode: testing\nmax_age: 1", "names no mx")]
    [InlineData("version: STSv1\nmode: enforce\nmx: *\nmax_age: 1", "mx is neither")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.*.example\nmax_age: 1", "mx is neither")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a*.example\nmax_age: 1", "mx is neither")]
    [InlineData("version: STSv1\nmode: enforce\nmx: *.*.example\nmax_age: 1", "mx is neither")]
    [InlineData("version: STSv1\nmode: enforce\nmx: .example\nmax_age: 1", "mx is neither")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.example.\nmax_age: 1", "mx is neither")]
    [InlineData("version: STSv1\nmode: enforce\nmx: user@a.example\nmax_age: 1", "mx is neither")]
    [InlineData("version: STSv1\nmode: enforce\nmx: 192.0.2.1\nmax_age: 1", "mx is neither")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.example, b.example\nmax_age: 1", "mx is neither")]
    [InlineData("version: STSv1\nmode: enforce\nmx:\nmax_age: 1", "no value")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.example\rmax_age: 1", "control characters")]
    [InlineData("version: STSv1\nmode: enforce\nmx : a.example\nmax_age: 1", "not of the form")]
    [InlineData("<html>", "not of the form")]
    public void Policies_that_are_not_valid_are_refused_and_say_why(string text, string error) =>
        Assert.Contains(error, Refusal(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void A_policy_has_64_KiB_at_the_most_and_is_UTF8()
    {
        var text = "version: STSv1\nmode: none\nmax_age: 1\nx: ";
        Read(text + new string('a', 65_536 - text.Length));
        Assert.Contains("65536", Refusal(Encoding.UTF8.GetBytes(text + new string('a', 65_537 - text.Length))));
        Assert.Contains("UTF-8", Refusal([.. Encoding.UTF8.GetBytes(text), 0xff]));
    }

    [Theory]
    [InlineData("*.example.com", "mail.example.com", true)] // RFC 8461 section 4.1
    [InlineData("*.example.com", "example.com", false)]
    [InlineData("*.example.com", "foo.bar.example.com", false)]
    [InlineData("*.example.com", "mailexample.com", false)]
    [InlineData("mail.example.com", "mail.example.com", true)]
    [InlineData("Mail.EXAMPLE.com", "mAIL.example.COM.", true)]
    [InlineData("mail.example.com", "a.mail.example.com", false)]
    [InlineData("example.com", "mail.example.com", false)]
    [InlineData("*.com", "example.com", true)]
    [InlineData("*.com", "com", false)]
    [InlineData("xn--bcher-kva.example", "bücher.example", true)]
    [InlineData("bücher.example", "xn--bcher-kva.example", true)]
    [InlineData("mail.example.com", "*.example.com", false)]
    [InlineData("mail.example.com", ".", false)]
    public void A_wildcard_stands_for_the_whole_left_most_label(string pattern, string host, bool named) =>
        Assert.Equal(named, Read($"version: STSv1\nmode: enforce\nmx: other.test\nmx: {pattern}\nmax_age: 1").Names(host));
}
