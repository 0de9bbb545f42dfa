using MailOps.Messages;
using Xunit;

namespace MailOps.Core.Tests.Messages;

/// <summary>Texts that are cut.</summary>
public sealed class ShortTextTests
{
    [Theory]
    [InlineData("", 1, "", "")]
    [InlineData("abc", 3, "abc", "abc")]
    [InlineData("abcd", 3, "abc", "abc…")]
    [InlineData("ab😀", 4, "ab😀", "ab😀")]
    [InlineData("ab😀c", 4, "ab😀", "ab😀…")]
    [InlineData("ab😀c", 3, "ab", "ab…")]
    [InlineData("😀c", 1, "", "…")]
    public void A_text_is_cut_where_it_is_too_long_and_no_character_in_two(string text, int most, string beginning, string shown)
    {
        Assert.Equal(beginning, ShortText.Beginning(text, most));
        Assert.Equal(shown, ShortText.Shown(text, most));
    }
}
