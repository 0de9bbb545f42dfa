using MailOps.Client.Migration;
using MailOps.Client.Migration.Maildirs;
using Xunit;

namespace MailOps.Client.Tests.Migration;

/// <summary>Messages at which the connection is lost each time, and servers that are away.</summary>
public sealed class LostMessagesTests : MailboxCopyTest
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_message_at_which_the_connection_is_lost_each_time_is_put_aside_and_the_others_come(bool isRead)
    {
        await using var inner = await MaildirMailboxEnd.OpenAsync("source", Folder.Of("from"), isMade: true, Cancel);
        await using var to = await MaildirMailboxEnd.OpenAsync("target", Folder.Of("to"), isMade: true, Cancel);
        await AddAsync(inner, [.. Enumerable.Range(1, 150).Select(i => Message($"{i}"))]);
        await using var source = new TryingSource(inner) { LostAt = isRead ? "120" : null };
        await using var target = new TryingTarget(to) { LostAt = isRead ? null : Message("120") };
        var result = await CopyAsync(source, target);
        Assert.Equal(("CompletedWithWarnings", "", 149, 1), (result.Status, ErrorsOf(result), result.Copied, result.Refused));
        var refused = Assert.Single(result.RefusedMessages);
        Assert.Equal(("120", isRead ? "source could not show it: the connection was lost each of 3 times when it was read" : "target could not take it: the connection was lost each of 3 times when it was added"), (refused.Id, refused.Reason));
        Assert.Equal(isRead, refused.Path is null);
        Assert.InRange(Warnings.Count, 3, 6);

        // Later it is tried again when that is asked for.
        await using var healed = new TryingSource(inner);
        Assert.Equal((0, 149), Counts(await CopyAsync(healed, to)));
        Assert.Equal((1, 149), Counts(await CopyAsync(healed, to, options => options with { RetryRefused = true })));
    }

    [Fact]
    public async Task A_server_that_is_away_puts_nothing_aside()
    {
        await using var inner = await MaildirMailboxEnd.OpenAsync("source", Folder.Of("from"), isMade: true, Cancel);
        await using var to = await MaildirMailboxEnd.OpenAsync("target", Folder.Of("to"), isMade: true, Cancel);
        await AddAsync(inner, Message("1"), Message("2"));
        await using var target = new TryingTarget(to) { IsAway = true };
        var result = await CopyAsync(inner, target);
        Assert.Equal(("Failed", "The server is away.", 0), (result.Status, ErrorsOf(result), result.Refused));
    }
}
