using MailOps.Trust.MtaSts;
using Xunit;

namespace MailOps.Core.Tests.Trust.MtaSts;

public sealed class MtaStsRecordTests
{
    [Theory]
    [InlineData("v=STSv1; id=20160831085700Z;", "20160831085700Z")] // RFC 8461 section 3.1
    [InlineData("v=STSv1;id=1", "1")]
    [InlineData("v=STSv1 ; id=1 ;", "1")]
    [InlineData("v=STSv1; id=12345678901234567890123456789012;", "12345678901234567890123456789012")]
    [InlineData("v=STSv1; new_field=a,b:c; id=A1; x.y-z=!~", "A1")]
    [InlineData("v=STSv1; id=first; id=second", "first")]
    public void A_record_is_read(string text, string id)
    {
        Assert.True(MtaStsRecord.TryFind([text], out var record, out var error), error);
        Assert.Equal(id, record.Id);
    }

    [Theory]
    [InlineData("v=STSv1", "No TXT record")]
    [InlineData("v=STSv1;", "no id")]
    [InlineData("V=STSv1; id=1", "No TXT record")]
    [InlineData("v=stsv1; id=1", "No TXT record")]
    [InlineData("v=STSv10; id=1", "No TXT record")]
    [InlineData(" v=STSv1; id=1", "No TXT record")]
    [InlineData("id=1; v=STSv1;", "No TXT record")]
    [InlineData("v=STSv1; x=1", "no id")]
    [InlineData("v=STSv1; ID=1", "no id")]
    [InlineData("v=STSv1; id=", "not a field")]
    [InlineData("v=STSv1; id", "not a field")]
    [InlineData("v=STSv1; id=1;; x=2", "not a field")]
    [InlineData("v=STSv1; id=1;;", "not a field")]
    [InlineData("v=STSv1; id =1", "not a field")]
    [InlineData("v=STSv1; id= 1", "not a field")]
    [InlineData("v=STSv1; id=a b", "not a field")]
    [InlineData("v=STSv1; id=1; x=a=b", "not a field")]
    [InlineData("v=STSv1; id=1; -x=a", "not a field")]
    [InlineData("v=STSv1; id=1; x=é", "not a field")]
    [InlineData("v=STSv1; id=1; a12345678901234567890123456789012=1", "not a field")]
    [InlineData("v=STSv1; id=123456789012345678901234567890123", "1 to 32 letters and digits")]
    [InlineData("v=STSv1; id=2026-11-29", "1 to 32 letters and digits")]
    public void A_record_that_is_not_valid_is_none_and_says_why(string text, string error)
    {
        Assert.False(MtaStsRecord.TryFind([text], out _, out var said));
        Assert.Contains(error, said);
    }

    [Fact]
    public void Records_for_other_purposes_do_not_count_but_a_second_one_does()
    {
        Assert.True(MtaStsRecord.TryFind(["v=spf1 -all", "v=STSv1; id=1", "v=STSv1", "v=STSv10; id=2"], out var record, out _));
        Assert.Equal("1", record.Id);
        Assert.False(MtaStsRecord.TryFind(["v=STSv1; id=1", "v=STSv1; id=1"], out _, out var error));
        Assert.Contains("2 TXT records", error);

        // One that is not valid counts as well: which of the two is meant is not known.
        Assert.False(MtaStsRecord.TryFind(["v=STSv1; id=1", "v=STSv1; "], out _, out _));
        Assert.False(MtaStsRecord.TryFind([], out _, out error));
        Assert.Contains("No TXT record", error);
    }
}
