using System.Globalization;
using MailOps.Maildir;
using MailOps.Maildir.Names;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

/// <summary>What a store that opens removes from its <c>tmp</c>, beside others that are at work.</summary>
public sealed class LeftoverTests
{
    private static readonly DateTimeOffset LongAgo = new(2001, 2, 3, 4, 5, 6, TimeSpan.Zero);

    [Fact]
    [Trait("Windows", "can")]
    public async Task A_store_that_opens_beside_an_APPEND_with_a_date_of_long_ago_leaves_its_file_alone()
    {
        HookedDisk disk = null!;
        await using var store = new StoreFixture(real => disk = new HookedDisk(real));
        await store.AccountAsync();
        var opened = new List<MaildirStore>();
        disk.Before = (operation, path) =>
        {
            if (operation != "Rename" || !path.Contains(",S=", StringComparison.Ordinal))
                return;
            opened.Add(new MaildirStore(store.Root));
        };
        Assert.NotNull(await store.AppendAsync("Subject: 1\r\n\r\n", date: LongAgo));
        await Assert.Single(opened).DisposeAsync();
        await using var inbox = await store.OpenAsync();
        Assert.Equal(LongAgo, inbox.InternalDate(Assert.Single(inbox.Messages)));
    }

    [Theory]
    [InlineData("{now}.M1P{us}Q1.{host}", true, true)]
    [InlineData("{now}.M1P{us}Q1.{host}", false, true)]
    [InlineData("{then}.M1P{us}Q1.{host}", false, true)]
    [InlineData("{then}.M1P{us}Q1.{host}", true, false)]
    [InlineData("{now}.M1P{us}Q1.elsewhere", true, true)]
    [InlineData("{then}.M1P{us}Q1.elsewhere", true, false)]
    [InlineData("{now}.M1P99999999Q1.{host}", false, false)]
    [InlineData("some-file", true, false)]
    [InlineData("some-file", false, true)]
    [Trait("Windows", "can")]
    public async Task What_was_begun_or_changed_less_than_36_hours_ago_stays_unless_its_process_is_gone(string pattern, bool isChangedLongAgo, bool stays)
    {
        await using var store = new StoreFixture();
        var name = pattern
            .Replace("{now}", DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{then}", LongAgo.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{us}", Environment.ProcessId.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{host}", UniqueNames.Next(TimeProvider.System).Split('.', 3)[2], StringComparison.Ordinal);
        var file = Path.Combine(store.Root, "tmp", name);
        await File.WriteAllTextAsync(file, "x");
        if (isChangedLongAgo)
            File.SetLastWriteTimeUtc(file, LongAgo.UtcDateTime);
        await new MaildirStore(store.Root).DisposeAsync();
        Assert.Equal(stays, File.Exists(file));
    }
}
