using MailOps.Client.Migration;
using MailOps.Client.Migration.Batches;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailOps.Client.Tests.Migration.Batches;

/// <summary>The rate of a batch, and how long it will take.</summary>
public sealed class MigrationPaceTests : MigrationTest
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static MigrationSum Of(MigrationStatus status, int count = 1) => new() { Status = status, Count = count };

    private static double? In(MigrationPace pace, params MigrationSum[] sums) => pace.Remaining(sums)?.TotalSeconds;

    [Fact]
    public void What_is_to_be_copied_takes_as_long_as_it_goes_and_who_was_not_seen_is_of_mean_size()
    {
        var copying = new MigrationPace(Copied: 10, Proved: 0, Looked: 0);
        // 300 are left of one that is under way at 10 a second; one that waits unseen counts as 500.
        MigrationSum[] sums = [Of(MigrationStatus.Syncing) with { Messages = 400, Done = 100, Missing = 300 }, Of(MigrationStatus.Synced) with { Messages = 600, Done = 600 }, Of(MigrationStatus.Queued) with { Unseen = 1 }];
        Assert.Equal(80, In(copying, sums));
        Assert.Null(In(default, sums));
        Assert.Null(In(copying, Of(MigrationStatus.Queued) with { Unseen = 1 }));
        Assert.Equal(0, In(copying, Of(MigrationStatus.Synced), Of(MigrationStatus.Failed) with { Missing = 10 }, Of(MigrationStatus.Suspended) with { Missing = 10 }));
    }

    [Fact]
    public void What_did_not_change_is_looked_into_and_what_is_completed_is_proved()
    {
        var unchanged = Of(MigrationStatus.Queued, 100) with { Messages = 5_000, Done = 5_000, Unchanged = 100 };
        Assert.Equal(20, In(new MigrationPace(0, 0, Looked: 5), unchanged));
        Assert.Null(In(default, unchanged));
        // Beside one that is copied they are no more than they take.
        var copied = Of(MigrationStatus.Syncing) with { Messages = 100, Missing = 100 };
        Assert.Equal(50, In(new MigrationPace(Copied: 2, 0, Looked: 5), unchanged, copied));
        Assert.Equal(50, In(new MigrationPace(Copied: 2, 0, 0), unchanged, copied));

        var completing = Of(MigrationStatus.Completing) with { Messages = 1_000, Done = 900, Missing = 100, Unproved = 1_000 };
        Assert.Equal(110, In(new MigrationPace(Copied: 10, 0, 0), completing));
        Assert.Equal(50, In(new MigrationPace(Copied: 10, Proved: 20, 0), completing));
        Assert.Null(In(default, completing));
        // One that was not seen is copied and proved.
        Assert.Equal(210, In(new MigrationPace(Copied: 10, Proved: 20, 0), completing, Of(MigrationStatus.Queued, 2) with { Unseen = 2, UnseenToProve = 2 }));
    }

    [Fact]
    public void Many_small_mailboxes_have_a_rate_and_what_was_before_a_rest_does_not_count()
    {
        var clock = new FakeTimeProvider();
        var pace = new BatchPace(clock);
        for (var mailbox = 0; mailbox < 120; mailbox++)
        {
            pace.Begin();
            clock.Advance(Second / 2);
            pace.Copy(20);
            pace.Prove(10);
            pace.End(didNothing: mailbox % 2 == 0);
        }

        Assert.Equal((40d, 20d, 1d), (Math.Round(pace.Now.Copied), Math.Round(pace.Now.Proved), Math.Round(pace.Now.Looked)));
        clock.Advance(TimeSpan.FromDays(1));
        pace.Begin();
        clock.Advance(Second * 2);
        pace.Copy(10);
        Assert.Equal((5d, 0d), (pace.Now.Copied, pace.Now.Looked));
    }

    [Fact]
    public async Task What_an_earlier_pass_brought_does_not_come_anew_while_the_next_looks_for_it()
    {
        await using var store = await OpenStoreAsync();
        await AddAsync(store, Plain, "ann");
        var clock = new FakeTimeProvider();
        var pace = new BatchPace(clock);
        using var work = new CancellationTokenSource();
        var user = await UserAsync(store, "ann") with { Messages = 1_000, Done = 1_000, Skipped = 50, Copied = 1_000 };
        var claim = new HeldClaim(store, user, pace, work, clock);
        clock.Advance(Second);
        // Five came of which one is not meant; the first folder has been gone through.
        await claim.TellAsync(new CopyProgress("INBOX", Done: 100, Total: 1_055, Octets: 0, Copied: 0, Skipped: 0, Settled: 0));
        Assert.Equal((1_005L, 1_000L, 0d), (claim.Now.Messages, claim.Now.Done, pace.Now.Copied));
        await claim.TellAsync(new CopyProgress("INBOX", Done: 1_053, Total: 1_055, Octets: 40, Copied: 2, Skipped: 51, Settled: 2));
        Assert.Equal((1_004L, 1_002L, 51L, 1_002L, 2d), (claim.Now.Messages, claim.Now.Done, claim.Now.Skipped, claim.Now.Copied, pace.Now.Copied));
        // What is told late takes nothing back.
        await claim.TellAsync(new CopyProgress("INBOX", Done: 1_052, Total: 1_055, Octets: 20, Copied: 1, Skipped: 51, Settled: 1));
        await claim.TellAsync(new CopyProgress("INBOX", Done: 1_055, Total: 1_055, Octets: 80, Copied: 4, Skipped: 51, Settled: 4));
        Assert.Equal((1_004L, 1_004L, 4d), (claim.Now.Messages, claim.Now.Done, pace.Now.Copied));

        await claim.TellProvedAsync(new CopyProgress("INBOX", Done: 1_055, Total: 2_110, Octets: 0));
        Assert.Equal((502L, 502d), (claim.Now.Proved, pace.Now.Proved));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task What_is_left_of_a_batch_is_never_more_than_came_and_an_increment_counts_nothing_anew(int mailboxes)
    {
        string[] users = ["ann", "bob", "cat", "dan"];
        foreach (var (user, count) in users.Zip([900, 60, 5, 1_300]))
            await FillAsync(user, [.. Enumerable.Range(0, count).Select(i => $"{i}")]);
        await using var store = await OpenStoreAsync();
        await AddAsync(store, Plain, users);
        await AssertShrinksAsync(2_265);
        Assert.Equal((2_265L, 2_265L, TimeSpan.Zero, 0d), await BatchAsync(store) is var batch ? (batch.Messages, batch.Done, batch.Remaining!.Value, batch.Rate) : default);

        await FillAsync("cat", "new", "newer");
        await store.WishAsync("school", null, MigrationWish.Sync, retryRefused: false, Cancel);
        batch = await BatchAsync(store);
        Assert.Equal((4, 2_265L, 2_265L, null), (batch.QueuedCount, batch.Messages, batch.Done, batch.Remaining));
        await AssertShrinksAsync(2);
        Assert.Equal((2_267L, 2_267L), await BatchAsync(store) is var after ? (after.Messages, after.Done) : default);

        async Task AssertShrinksAsync(long most)
        {
            var seen = new List<long>();
            await WorkAsync(store, options => options with
            {
                Mailboxes = mailboxes,
                Show = batches =>
                {
                    seen.Add(batches.Where(one => one.QueuedCount + one.ActiveCount > 0).Sum(one => one.Messages - one.Done));
                    return ValueTask.CompletedTask;
                },
            });
            Assert.NotEmpty(seen);
            Assert.All(seen, left => Assert.InRange(left, 0, most));
        }
    }
}
