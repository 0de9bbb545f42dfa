using MailOps.Server.Queue.Administration;
using Xunit;

namespace MailOps.Server.Tests.Queue.Control;

public sealed class WildcardsTests
{
    [Theory]
    [InlineData("", "", true)]
    [InlineData("", "a", false)]
    [InlineData("*", "", true)]
    [InlineData("ann@*", "ANN@example.com", true)]
    [InlineData("ann@*", "joann@example.com", false)]
    [InlineData("*@example.com", "ann@example.com", true)]
    [InlineData("*@example.com", "ann@example.com.evil", false)]
    [InlineData("a?n", "ann", true)]
    [InlineData("a?n", "an", false)]
    [InlineData("*a*b*", "xxaxxbxx", true)]
    [InlineData("*a*b", "abab", true)]
    [InlineData("*ab*ba*", "aba", false)]
    [InlineData("[a-c]x", "bx", true)]
    [InlineData("[a-c]x", "Cx", true)]
    [InlineData("[a-c]x", "dx", false)]
    [InlineData("[ab-]x", "-x", true)]
    [InlineData("`[127.0.0.1`]:9", "[127.0.0.1]:9", true)]
    [InlineData("`*", "*", true)]
    [InlineData("`*", "x", false)]
    [InlineData("[", "[", true)]
    [InlineData("`", "`", true)]
    public void They_are_PowerShells(string pattern, string text, bool fits) => Assert.Equal(fits, Wildcards.Fit(pattern, text));

    [Fact]
    public void A_pattern_of_stars_does_not_take_for_ever()
    {
        // Going back into each of two thousand stars would take longer than the universe.
        Assert.False(Wildcards.Fit(string.Concat(Enumerable.Repeat("*a", 2000)) + "b", new string('a', 4000)));
    }

    [Theory]
    [InlineData("[127.0.0.1]:9", true)]
    [InlineData("*:9", true)]
    [InlineData("[127.0.0.1]:10", false)]
    public void The_brackets_of_a_host_are_no_set(string pattern, bool fits) =>
        Assert.Equal(fits, new QueueFilter { NextHops = [pattern] }.AsksFor("[127.0.0.1]:9"));
}
