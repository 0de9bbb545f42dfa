using MailOps.Maildir;
using MailOps.Server.Pop3;
using Xunit;

namespace MailOps.Server.Tests.Pop3;

public sealed class UidlFormatTests
{
    private static readonly MailboxMessage Message = new(0x1a2b, 10, default, recent: false, "1700000000.M1P2.host,S=10,W=11");

    [Theory]
    [InlineData("Dovecot", "00001a2b6553f100")]
    [InlineData("%08Xu%08Xv", "00001a2b6553f100")]
    [InlineData("UW", "6553f10000001a2b")]
    [InlineData("courier", "1700000000-6699")]
    [InlineData("Courier1", "6699")]
    [InlineData("Courier0", "1700000000.M1P2.host,S=10,W=11")]
    [InlineData("%g", "1700000000.M1P2.host,S=10,W=11")]
    [InlineData("Cyrus", "1700000000.6699")]
    [InlineData("x%Xu%%", "x1a2b%")]
    [InlineData("%08u", "00006699")]
    [InlineData("%8u", "6699")]
    [InlineData("%02Xu", "2b")]
    public void A_format_makes_the_ids_of_the_server_it_is_from(string format, string id) =>
        Assert.Equal(id, UidlFormat.Parse(format).Make(Message, 1_700_000_000));

    [Theory]
    [InlineData("%v", "the same unique id")]
    [InlineData("mail", "the same unique id")]
    [InlineData("", "the same unique id")]
    [InlineData("%u %v", "character 3")]
    [InlineData("ü%u", "character 1")]
    [InlineData("%xu", "'%x' is no variable")]
    [InlineData("%m", "'%m' is no variable")]
    [InlineData("%u%", "'%' is no variable")]
    [InlineData("%08", "'%08' is no variable")]
    [InlineData("%08Xf", "a width or a base")]
    [InlineData("%99999999999u", "a width or a base")]
    public void What_is_no_format_is_refused_with_what_is_wrong(string format, string problem) =>
        Assert.Contains(problem, Assert.Throws<ArgumentException>(() => UidlFormat.Parse(format)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(70)]
    [InlineData(71)]
    public void A_name_that_no_id_may_be_is_hashed_RFC1939_7(int length)
    {
        var name = new string('n', length);
        var id = UidlFormat.Parse("%f").Make(new MailboxMessage(1, 1, default, recent: false, name), 1);
        Assert.Equal(length <= 70, id == name);
        Assert.InRange(id.Length, 1, 70);
        Assert.Equal(64, UidlFormat.Parse("%f").Make(new MailboxMessage(1, 1, default, recent: false, "a name ü"), 1).Length);
    }
}
