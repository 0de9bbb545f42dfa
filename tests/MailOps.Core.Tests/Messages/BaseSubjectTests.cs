using MailOps.Messages;
using Xunit;

namespace MailOps.Core.Tests.Messages;

/// <summary>Subjects without what replies and lists put around them (RFC 5256 section 2.1), and the keys and ids that threads are found by.</summary>
public sealed class BaseSubjectTests
{
    [Theory]
    [InlineData("hello", "hello", false)]
    [InlineData("", "", false)]
    [InlineData("   ", "", false)]
    [InlineData("Re: hello", "hello", true)]
    [InlineData("re:hello", "hello", true)]
    [InlineData("RE  : hello", "hello", true)]
    [InlineData("Fw: Fwd: re: hello", "hello", true)]
    [InlineData("Re[2]: hello", "hello", true)]
    [InlineData("Re [2] : hello", "hello", true)]
    [InlineData("[list] Re: hello", "hello", true)]
    [InlineData("Re: [list] hello", "hello", true)]
    [InlineData("[a] [b] Re: [c] hello", "hello", true)]
    [InlineData("[list] hello", "hello", false)]
    [InlineData("[list]", "[list]", false)]
    [InlineData("[a][b]", "[b]", false)]
    [InlineData("Re: [a] ", "[a]", true)]
    [InlineData("hello (fwd)", "hello", true)]
    [InlineData("hello (FWD) (fwd)  ", "hello", true)]
    [InlineData("(fwd)", "", true)]
    [InlineData("[Fwd: hello]", "hello", true)]
    [InlineData("[fwd: [fwd: Re: hello (fwd)]]", "hello", true)]
    [InlineData("[fwd: hello] there", "there", false)]
    [InlineData("Re:", "", true)]
    [InlineData("Reply: hello", "Reply: hello", false)]
    [InlineData("Refwd: hello", "Refwd: hello", false)]
    [InlineData("[a[b] Re: hello", "[a[b] Re: hello", false)]
    [InlineData("[open Re: hello", "[open Re: hello", false)]
    [InlineData("a\tb  c\r\n d", "a b c d", false)]
    [InlineData("\r\n Re:\r\n\thello", "hello", true)]
    public void The_base_is_what_the_standard_leaves(string subject, string expected, bool isReply) =>
        Assert.Equal(new BaseSubject(expected, isReply), BaseSubject.Of(subject));

    [Theory]
    [InlineData("[a]")]
    [InlineData("re: ")]
    [InlineData("[fwd: ")]
    [InlineData("re [")]
    [InlineData("(fwd) ")]
    [InlineData("[")]
    public void A_subject_as_long_as_a_header_may_be_is_read_once(string piece)
    {
        // Would take hours if each piece were looked at again for each.
        var subject = string.Concat(Enumerable.Repeat(piece, 1024 * 1024 / piece.Length));
        Assert.True(BaseSubject.Of(subject).Text.Length <= subject.Length);
    }

    [Theory]
    [InlineData("hello", "HELLO")]
    [InlineData("Réunion", "Re\u0301union")]
    [InlineData("ﬁn", "FIN")]
    [InlineData("ΣΊΣΥΦΟΣ", "σίσυφοσ")]
    public void Texts_that_differ_in_case_or_composition_have_one_key_RFC5051(string one, string other) =>
        Assert.Equal(UnicodeCasemap.KeyOf(one), UnicodeCasemap.KeyOf(other));

    [Fact]
    public void Half_a_character_has_a_key_too() => Assert.Equal("A\ud800", UnicodeCasemap.KeyOf("a\ud800"));

    [Theory]
    [InlineData("<a@b>", "a@b")]
    [InlineData(" <a@b>\r\n <c@d> <e@f>\r\n", "a@b,c@d,e@f")]
    [InlineData("<\"01KF8JCEOCBS0045PS\"@xxx.yyy.com>", "01KF8JCEOCBS0045PS@xxx.yyy.com")]
    [InlineData("<\"a\\\"b>\"@c>", "a\"b>@c")]
    [InlineData("Your message of today <a@b> from <me@here>", "a@b,me@here")]
    [InlineData("<a@\r\n b>", "a@b")]
    [InlineData("a@b", "")]
    [InlineData("<a@b", "")]
    [InlineData("<>", "")]
    [InlineData("<<a@b>", "a@b")]
    [InlineData("<a <b@c>", "b@c")]
    [InlineData("<\"a <b@c>", "b@c")]
    public void Ids_are_the_same_however_they_are_quoted_RFC5256_3(string value, string expected)
    {
        var found = new List<string>();
        for (var ids = new MessageIds(System.Text.Encoding.Latin1.GetBytes(value)); ids.MoveNext();)
            found.Add(ids.Current);
        Assert.Equal(expected, string.Join(',', found));
    }
}
