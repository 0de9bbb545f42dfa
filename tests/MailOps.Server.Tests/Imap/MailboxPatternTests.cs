using CsCheck;
using MailOps.Maildir;
using MailOps.Server.Imap;
using Xunit;

namespace MailOps.Server.Tests.Imap;

public sealed class MailboxPatternTests
{
    [Theory]
    [InlineData("*", "a/b/c", true)]
    [InlineData("%", "a", true)]
    [InlineData("%", "a/b", false)]
    [InlineData("%/%", "a/b", true)]
    [InlineData("a/*", "a/b/c", true)]
    [InlineData("a/%", "a/b/c", false)]
    [InlineData("*c", "a/b/c", true)]
    [InlineData("*%c", "a/b/c", true)]
    [InlineData("%b*", "ab/c", true)]
    [InlineData("inbox", "INBOX", true)]
    [InlineData("i%x", "INBOX", true)]
    [InlineData("archive", "Archive", false)]
    [InlineData("", "a", false)]
    [InlineData("*/x/%", "a/x/y/x/z", true)]
    public void Stars_cross_levels_and_percents_do_not(string pattern, string name, bool expected) =>
        Assert.Equal(expected, new MailboxPattern(pattern).Matches(name));

    [Fact]
    public void Matching_agrees_with_the_plain_definition() =>
        Gen.Select(Gen.Char["ab/*%"].Array[0, 8], Gen.Char["ab/"].Array[0, 8]).Sample((pattern, name) =>
            Assert.Equal(Plain(pattern, name), new MailboxPattern(new string(pattern)).Matches(new string(name))));

    [Fact]
    public void A_pattern_of_stars_takes_no_longer_than_its_length_allows() =>
        Assert.False(new MailboxPattern(string.Concat(Enumerable.Repeat("*a%a", 2000)) + "b").Matches(new string('a', 10_000)));

    private static bool Plain(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        if (pattern.IsEmpty)
            return name.IsEmpty;
        if (pattern[0] is '*' or '%')
        {
            if (Plain(pattern[1..], name))
                return true;
            return !name.IsEmpty && (pattern[0] == '*' || name[0] != '/') && Plain(pattern, name[1..]);
        }

        return !name.IsEmpty && name[0] == pattern[0] && Plain(pattern[1..], name[1..]);
    }
}

public sealed class SequenceSetTests
{
    private static readonly MailboxMessage[] View = [.. new uint[] { 2, 3, 7, 9, 20 }.Select(uid => new MailboxMessage(uid, 1, MessageFlagSet.None, false, ""))];

    private static string Places(MessageNumbers numbers, params (uint, uint)[] ranges) =>
        new SequenceSet([.. ranges.Select(r => new SequenceRange(r.Item1, r.Item2))]).Resolve(View, numbers, NumberRanges.None) is { } found ? string.Join(',', found.Indexes()) : "none";

    [Fact]
    public void Each_message_comes_once_and_in_order() =>
        Assert.Equal("0,1,2,4", Places(MessageNumbers.Sequence, (5, 5), (1, 2), (3, 2), (SequenceSet.Star, SequenceSet.Star)));

    [Fact]
    public void UIDs_that_are_not_there_are_passed_over_RFC3501_6_4_8() =>
        Assert.Equal("1,2", Places(MessageNumbers.Uid, (3, 8), (100, 200)));

    [Fact]
    public void A_range_to_star_always_has_the_last_message() =>
        Assert.Equal("4", Places(MessageNumbers.Uid, (559, SequenceSet.Star)));

    [Fact]
    public void A_sequence_number_beyond_the_mailbox_is_an_error() =>
        Assert.Equal("none", Places(MessageNumbers.Sequence, (1, 6)));

    [Fact]
    public void The_greatest_UID_is_no_trap() =>
        Assert.Equal("4", Places(MessageNumbers.Uid, (10, uint.MaxValue)));

    [Fact]
    public void Runs_are_joined_and_the_order_is_kept_in_COPYUID() =>
        Assert.Equal("4:6,9,2:3", UidSet.Format([4, 5, 6, 9, 2, 3]));
}
