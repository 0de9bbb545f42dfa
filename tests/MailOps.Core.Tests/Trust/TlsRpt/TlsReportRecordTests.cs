using MailOps.Dns;
using MailOps.Trust.TlsRpt;
using Xunit;

namespace MailOps.Core.Tests.Trust.TlsRpt;

public sealed class TlsReportRecordTests
{
    [Theory]
    [InlineData("v=TLSRPTv1;rua=mailto:reports@example.com", "reports@example.com")] // RFC 8460 section 3.1.1
    [InlineData("v=TLSRPTv1; rua=https://reporting.example.com/v1/tlsrpt", "https://reporting.example.com/v1/tlsrpt")] // section 3.1.2
    [InlineData("v=TLSRPTv1 ; rua=mailto:a@example.com ;", "a@example.com")]
    [InlineData("v=TLSRPTv1; new_field=a,b:c; rua=mailto:a@example.com; x.y-z=!~", "a@example.com")]
    [InlineData("v=TLSRPTv1; rua=mailto:a@example.com \t,\t https://r.example.com/?a=b&c=d , mailto:b@example.com", "a@example.com b@example.com https://r.example.com/?a=b&c=d")]
    [InlineData("v=TLSRPTv1; rua=mailto:first@example.com; rua=mailto:second@example.com", "first@example.com")]
    [InlineData("v=TLSRPTv1; rua=mailto:a@example.com,mailto:a@example.com", "a@example.com")]
    [InlineData("v=TLSRPTv1; rua=MAILTO:a%21b@example.com?subject=x", "a!b@example.com")]
    [InlineData("v=TLSRPTv1; rua=ftp://example.com/,mailto:a@example.com", "a@example.com")]
    [InlineData("v=TLSRPTv1; rua=mailto:1@a.example,mailto:2@a.example,mailto:3@a.example,mailto:4@a.example,mailto:5@a.example,mailto:6@a.example", "1@a.example 2@a.example 3@a.example 4@a.example 5@a.example")]
    public void A_record_is_read(string text, string targets)
    {
        Assert.True(TlsReportRecord.TryFind([text], out var record, out var error), error);
        Assert.Equal(targets, string.Join(' ', [.. record.Mail, .. record.Web.Select(url => url.AbsoluteUri)]));
    }

    [Theory]
    [InlineData("v=TLSRPTv1", "No TXT record")]
    [InlineData("V=TLSRPTv1; rua=mailto:a@example.com", "No TXT record")]
    [InlineData("v=tlsrptv1; rua=mailto:a@example.com", "No TXT record")]
    [InlineData("v=TLSRPTv10; rua=mailto:a@example.com", "No TXT record")]
    [InlineData(" v=TLSRPTv1; rua=mailto:a@example.com", "No TXT record")]
    [InlineData("rua=mailto:a@example.com; v=TLSRPTv1;", "No TXT record")]
    [InlineData("v=TLSRPTv1;", "no rua")]
    [InlineData("v=TLSRPTv1; RUA=mailto:a@example.com", "no rua")]
    [InlineData("v=TLSRPTv1; x=1", "no rua")]
    [InlineData("v=TLSRPTv1; rua=", "not a field")]
    [InlineData("v=TLSRPTv1; rua", "not a field")]
    [InlineData("v=TLSRPTv1; rua=mailto:a@example.com;; x=2", "not a field")]
    [InlineData("v=TLSRPTv1; rua =mailto:a@example.com", "not a field")]
    [InlineData("v=TLSRPTv1; rua=mailto:a@example.com; x=a=b", "not a field")]
    [InlineData("v=TLSRPTv1; rua=mailto:a@example.com; \u001b[2J=b", "'\\x1b[2J=b' in the TXT record is not a field")]
    [InlineData("v=TLSRPTv1; rua=mailto:a@example.com,", "not a URI")]
    [InlineData("v=TLSRPTv1; rua=,mailto:a@example.com", "not a URI")]
    [InlineData("v=TLSRPTv1; rua=mailto:a@example.com!10m", "not a URI")]
    [InlineData("v=TLSRPTv1; rua=mailto:a b@example.com", "not a URI")]
    [InlineData("v=TLSRPTv1; rua=a@example.com", "not a URI")]
    [InlineData("v=TLSRPTv1; rua=mailto:\u00e9@example.com", "not a URI")]
    [InlineData("v=TLSRPTv1; rua=mailto:a\r\nRCPT@example.com", "not a URI")]
    public void A_record_that_is_not_valid_is_none_and_says_why(string text, string error)
    {
        Assert.False(TlsReportRecord.TryFind([text], out _, out var said));
        Assert.Contains(error, said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://reports.example.com/")]
    [InlineData("https://127.0.0.1/")]
    [InlineData("https://[::1]/")]
    [InlineData("https://localhost/")]
    [InlineData("https://user@reports.example.com/")]
    [InlineData("https:reports")]
    [InlineData("mailto:")]
    [InlineData("mailto:a")]
    [InlineData("mailto:a@localhost")]
    [InlineData("mailto:a@[127.0.0.1]")]
    [InlineData("mailto:a%0D%0ARCPT%20TO:b@example.com")]
    [InlineData("mailto:a%2Cb@example.com")]
    [InlineData("mailto:a@example.com%2Cb@example.com")]
    [InlineData("mailto:%3Ca@example.com%3E")]
    [InlineData("mailto:%22a%20b%22@example.com")]
    [InlineData("mailto:a%00@example.com")]
    [InlineData("mailto:%C3%A9@example.com")]
    public void Where_no_report_can_be_sent_there_is_no_record(string uri)
    {
        Assert.False(TlsReportRecord.TryFind([$"v=TLSRPTv1; rua={uri}"], out _, out var said));
        Assert.Contains("names no address behind mailto: and no host name behind https:", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_two_records_none_counts_and_what_is_for_other_purposes_does_not_disturb()
    {
        const string One = "v=TLSRPTv1; rua=mailto:a@example.com";
        Assert.False(TlsReportRecord.TryFind([One, One], out _, out var error));
        Assert.Equal("2 TXT records begin with v=TLSRPTv1; of more than one none counts.", error);
        Assert.True(TlsReportRecord.TryFind(["v=spf1 -all", One], out var record, out _));
        Assert.Equal("a@example.com", Assert.Single(record.Mail));
    }

    [Fact]
    public void The_record_of_a_domain_lies_below_it()
    {
        Assert.True(TlsReportRecord.TryName(DnsName.Parse("Bücher.example"), out var name, out _));
        Assert.Equal("_smtp._tls.xn--bcher-kva.example", name.Ascii);
    }
}
