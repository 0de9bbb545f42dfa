using MailOps.Client.Migration;
using Xunit;

namespace MailOps.Client.Tests.Migration;

/// <summary>Rules for where folders go.</summary>
public sealed class FolderMapTests
{
    [Theory]
    [InlineData("Sent Items", "Sent")]
    [InlineData("inbox", "Archive/Old inbox")]
    [InlineData("Old/a", "Archive/a")]
    [InlineData("Old/a/b", "Archive/a/b")]
    [InlineData("Old/x", "Elsewhere")]
    [InlineData("Old/x/y", "Deep/y")]
    [InlineData("Flat/y", "y")]
    [InlineData("Old", null)]
    [InlineData("Other", null)]
    [InlineData("sent items", null)]
    public void A_folder_goes_by_the_rule_that_is_nearest_to_it(string path, string? target)
    {
        var map = new FolderMap(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Sent Items"] = "Sent",
            ["INBOX"] = "Archive/Old inbox",
            ["Old/*"] = "Archive/*",
            ["Old/x"] = "Elsewhere",
            ["Old/x/*"] = "Deep/*",
            ["Flat/*"] = "*",
        });
        var levels = map.Find(new MailFolder { Name = path, Levels = path.Split('/') });
        Assert.Equal(target, levels is null ? null : string.Join('/', levels));
    }

    [Theory]
    [InlineData("a/*", "b")]
    [InlineData("a", "b/*")]
    [InlineData("a", "")]
    [InlineData("", "b")]
    [InlineData("a*", "b*")]
    [InlineData("a", "b//c")]
    [InlineData("/*", "b/*")]
    [InlineData("a/*", "b*/*")]
    public void What_is_no_rule_is_refused_with_its_text(string from, string to)
    {
        var error = Assert.Throws<FormatException>(() => new FolderMap([KeyValuePair.Create(from, to)]));
        Assert.StartsWith($"'{from}' to '{to}' is no rule for folders: give two paths", error.Message, StringComparison.Ordinal);
    }
}
