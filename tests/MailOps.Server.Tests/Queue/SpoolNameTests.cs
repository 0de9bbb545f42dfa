using MailOps.Server.Queue;
using MailOps.Server.Queue.Security;
using MailOps.Server.Queue.Spooling;
using Xunit;

namespace MailOps.Server.Tests.Queue;

public sealed class SpoolNameTests
{
    private static readonly DateTimeOffset Due = new(2026, 11, 29, 1, 40, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("01ABCDEFGHJKM,D=20261129T014000Z,S=4123,P=0,N=example.com", "example.com", 0, false, false)]
    [InlineData("01ABCDEFGHJKM,D=20261129T014000Z,S=4123,P=-9,N=+", null, -9, false, false)]
    [InlineData("01ABCDEFGHJKM,D=20261129T014000Z,S=4123,P=9,N=xn--bcher-kva.example,H", "xn--bcher-kva.example", 9, true, false)]
    [InlineData("01ABCDEFGHJKM,D=20261129T014000Z,S=4123,P=0,N=example.com,W", "example.com", 0, false, true)]
    [InlineData("01ABCDEFGHJKM,D=20261129T014000Z,S=4123,P=0,N=example.com,HW", "example.com", 0, true, true)]
    [InlineData("01ABCDEFGHJKM,D=20261129T014000Z,S=4123,P=0,N=example.com,T", "example.com", 0, false, false)]
    [InlineData("01ABCDEFGHJKM,D=20261129T014000Z,S=4123,P=0,N=example.com,HRWO", "example.com", 0, true, true)]
    [InlineData("01ABCDEFGHJKM,D=20261129T014000Z,S=4123,P=0,N=example.com,HTF", "example.com", 0, true, false)]
    [InlineData("01ABCDEFGHJKM,D=20261129T014000Z,S=4123,P=0,B=20261129T020000Z,N=example.com,HTF", "example.com", 0, true, false)]
    public void A_name_says_what_the_schedule_has_to_know(string text, string? nextHop, int priority, bool isSuspended, bool isWarned)
    {
        Assert.True(SpoolName.TryParse(text, out var name));
        Assert.Equal((Due, 4123, priority, nextHop, isSuspended, isWarned), (name.Due, name.Size, name.Priority, name.NextHop, name.IsSuspended, name.IsWarned));
        Assert.Equal("M", name.Shard);
        Assert.Equal(text, name.ToString());
    }

    [Theory]
    [InlineData("lock")]
    [InlineData("01ABCDEFGHJKM")]
    [InlineData("01ABCDEFGHJKM,D=20261129T014000Z,S=4123,P=0,N=")]
    [InlineData("01ABCDEFGHJKM,D=20261129T014000Z,S=4123,P=0")]
    [InlineData("01ABCDEFGHJKM,D=20261129T014000Z,S=4123,P=10,N=example.com")]
    [InlineData("01ABCDEFGHJKM,D=20261329T014000Z,S=4123,P=0,N=example.com")]
    [InlineData("01ABCDEFGHJKM,D=20261129T014000Z,S=-1,P=0,N=example.com")]
    [InlineData("01ABCDEFGHJKM,S=4123,D=20261129T014000Z,P=0,N=example.com")]
    [InlineData("01ABCDEFGHJKM,D=20261129T014000Z,S=4123,P=0,N=exam ple.com")]
    [InlineData("01ABCDEFGHJKM,D=20261129T014000Z,S=4123,P=0,N=example.com,X")]
    [InlineData("01ABCDEFGHJKM,D=20261129T014000Z,S=4123,P=0,N=example.com,H,H")]
    [InlineData("01ABCDEFGHJKM,D=20261129T014000Z,S=4123,P=0,N=example.com,WH")]
    [InlineData("01ABCDEFGHJKM,D=20261129T014000Z,S=4123,P=0,N=example.com,TO")]
    [InlineData("01ABCDEFGHJKM,D=20261129T014000Z,S=4123,P=0,N=example.com,TOF")]
    [InlineData("01ABCDEFGHJKM,D=20261129T014000Z,S=4123,P=0,N=example.com,FT")]
    [InlineData("01ABCDEFGHJKM,D=20261129T014000Z,S=4123,P=0,N=example.com,")]
    [InlineData("01ABCDEFGHJKM,D=20261129T014000Z,S=4123,P=0,B=,N=example.com")]
    [InlineData("01ABCDEFGHJKM,D=20261129T014000Z,S=4123,P=0,B=20261329T020000Z,N=example.com")]
    [InlineData("01ABCDEFGHJKM,D=20261129T014000Z,S=4123,P=0,N=example.com,B=20261129T020000Z")]
    [InlineData("01ABCDEFGHJKI,D=20261129T014000Z,S=4123,P=0,N=example.com")]
    public void What_is_no_name_is_not_read(string text) => Assert.False(SpoolName.TryParse(text, out _));

    [Fact]
    public void A_next_hop_that_cannot_stand_in_a_file_name_is_left_to_the_envelope()
    {
        Assert.True(SpoolName.CanTell("example.com"));
        Assert.All(["", "[IPv6:2001:db8::1]", "a,b", "../etc", "lmtp:/run/x", new string('a', 161)], nextHop => Assert.False(SpoolName.CanTell(nextHop)));
    }

    [Fact]
    public void A_deadline_is_there_while_it_is_to_be_kept()
    {
        Assert.True(SpoolName.TryParse("01ABCDEFGHJKM,D=20261129T014000Z,S=4123,P=0,B=20261129T020000Z,N=example.com", out var name));
        Assert.Equal(Due.AddMinutes(20), name.Deadline);
        Assert.Equal("01ABCDEFGHJKM,D=20261129T014000Z,S=4123,P=0,N=example.com", (name with { Deadline = null }).ToString());
    }

    [Fact]
    public void A_name_of_an_older_spool_with_a_longer_next_hop_is_read()
    {
        Assert.True(SpoolName.TryParse($"01ABCDEFGHJKM,D=20261129T014000Z,S=4123,P=0,N={new string('a', 180)}", out _));
        Assert.False(SpoolName.TryParse($"01ABCDEFGHJKM,D=20261129T014000Z,S=4123,P=0,N={new string('a', 181)}", out _));
    }

    [Fact]
    public void No_name_is_too_long_for_a_file_system()
    {
        var name = new SpoolName(new QueueId(ulong.MaxValue), DateTimeOffset.MaxValue, long.MaxValue, -9, new string('a', 160), IsSuspended: true, IsReporting: true, IsWarned: true, Demand: SecurityDemand.Required, HasRelease: true, Deadline: DateTimeOffset.MaxValue);
        Assert.InRange(name.ToString().Length, 200, 255);
        Assert.True(SpoolName.TryParse(name.ToString(), out _));
    }
}
