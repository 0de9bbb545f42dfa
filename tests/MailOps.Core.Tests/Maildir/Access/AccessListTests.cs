using System.Text;
using MailOps.Maildir.Access;
using Xunit;

namespace MailOps.Core.Tests.Maildir.Access;

/// <summary>The file <c>dovecot-acl</c>, as Dovecot reads and writes it.</summary>
public sealed class AccessListTests
{
    private static AccessList Parse(string text) => AccessList.Parse(Encoding.UTF8.GetBytes(text));

    private static string Rights(string text, string user, bool isOwner) => RightsText.Format(Parse(text).RightsOf(user, isOwner));

    [Theory]
    [InlineData("", false, "")]
    [InlineData("", true, "lrswipkxtea")]
    [InlineData("user=jane@x lrs\n", false, "lrs")]
    [InlineData("user=other@x lrs\n", false, "")]
    [InlineData("anyone lr\n", false, "lr")]
    [InlineData("anonymous lr\n", false, "lr")]
    [InlineData("authenticated li\nanyone lr\n", false, "li")]
    [InlineData("user=jane@x\nanyone lr\n", false, "")]
    [InlineData("user=jane@x l\nuser=jane@x r\n", false, "lr")]
    [InlineData("group=staff lrswipkxtea\ngroup-override=staff lrswipkxtea\n", false, "")]
    [InlineData("owner lr\n", false, "")]
    [InlineData("anyone lrs\n-user=jane@x s\n", false, "lr")]
    [InlineData("user=jane@x lrs\n-anyone s\n", false, "lr")]
    [InlineData("-user=jane@x r\n-anyone s\nuser=jane@x lrs\n", false, "ls")]
    [InlineData("# comment\n\nanyone :lookup read,post\n", false, "lrp")]
    [InlineData("anyone l :read\n", false, "lr")]
    [InlineData("anyone\tlr\n", false, "")]
    [InlineData("\"user=jane@x\" lr\n", false, "lr")]
    // The owner keeps l and a; lines for everybody are not for him.
    [InlineData("owner r\n", true, "lra")]
    [InlineData("user=jane@x r\n", true, "lra")]
    [InlineData("anyone r\n-anyone lra\n", true, "lrswipkxtea")]
    [InlineData("-owner lrswa\n", true, "lipkxtea")]
    public void Rights_are_those_that_Dovecot_would_give(string text, bool isOwner, string expected) => Assert.Equal(expected, Rights(text, "jane@x", isOwner));

    [Theory]
    [InlineData("anyone lr\nuser=jane@x lrQ\n")]
    [InlineData("anyone lr\nnobody lr\n")]
    [InlineData("anyone lr\n\"user=jane lr\n")]
    [InlineData("anyone lr\nuser=jane@x lr read\n")]
    [InlineData("anyone lr\nuser=jane@x lrcd\n")]
    [InlineData("anyone lr\nanyone\tlr\n")]
    public void A_line_that_cannot_be_read_may_deny_and_so_nobody_but_the_owner_has_any_right(string text)
    {
        Assert.Equal(2, Parse(text).DamagedLine);
        Assert.Equal("", Rights(text, "bob@x", isOwner: false));
        Assert.Equal("lrswipkxtea", Rights(text, "john@x", isOwner: true));
    }

    [Fact]
    public void Octets_that_are_no_UTF8_are_no_list()
    {
        var list = AccessList.Parse([.. "anyone lr\n"u8, 0xff, (byte)'\n']);
        Assert.Equal((1, MailboxRights.None), (list.DamagedLine, list.RightsOf("jane@x", isOwner: false)));
    }

    [Theory]
    [InlineData("# kept\nanyone lr\nowner lrswipkxtea\nuser=a@x lr\n-user=a@x s\n")]
    [InlineData("group=staff lr :special\nuser=b@x \n")]
    [InlineData("\"user=with \\\"quote\\\" and \\\\\" l\n\"user=with space\" lr\n")]
    public void What_is_written_is_what_was_read(string text) => Assert.Equal(text, Encoding.UTF8.GetString(Parse(text).Format()));

    [Fact]
    public void Those_who_may_see_a_mailbox_are_told_as_Dovecots_dictionary_names_them() =>
        Assert.Equal(
            ["anyone", "anyone", "group/g", "user/a@x", "group/h"],
            Parse("anyone l\nauthenticated lr\ngroup=g l\ngroup-override=h l\nowner lr\nuser=a@x l\nuser=b@x r\n-user=c@x l\nuser=john@x l\n").SharedWith("john@x"));
}
