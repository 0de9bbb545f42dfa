using System.Collections.Concurrent;
using System.Globalization;
using MailOps.Client.Migration.Batches;
using Xunit;

namespace MailOps.Client.Tests.Migration.Batches;

/// <summary>That whoever waits is worked on, however long it took.</summary>
public sealed class MigrationScheduleTests : MigrationTest
{
    // What waits for longer than a minute Quartz would call late, and take up twenty at a time, once a minute.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Those_that_waited_for_an_hour_are_worked_on_like_all_others(bool isRepeated)
    {
        var users = Enumerable.Range(0, 100).Select(i => i.ToString(CultureInfo.InvariantCulture)).ToArray();
        await using var store = await OpenStoreAsync();
        await AddAsync(store, Plain, users);
        var worked = new ConcurrentDictionary<string, int>();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var schedule = await MigrationSchedule.OpenAsync(
            store.Database,
            "worker",
            1,
            batches: null,
            (_, _, identity, _) =>
            {
                worked.AddOrUpdate(identity, 1, (_, count) => count + 1);
                return gate.Task;
            },
            Cancel);
        var waiting = await store.TakePlannableAsync("school", users.Length, Cancel);
        await schedule.PlanAsync([.. waiting.Select(user => (user, isRepeated ? TimeSpan.FromDays(1) : (TimeSpan?)null))], Cancel);
        await schedule.StartAsync(Cancel);
        await UntilAsync(() => Task.FromResult(!worked.IsEmpty));
        await store.Database.WriteAsync(
            connection => MigrationDatabase.RunAsync(connection, $"UPDATE {MigrationSchedule.Prefix}triggers SET next_fire_time = next_fire_time - {TimeSpan.TicksPerHour} WHERE trigger_state = 'WAITING'", Cancel),
            Cancel);
        gate.SetResult();
        await UntilAsync(() => Task.FromResult(worked.Count == users.Length));
        Assert.All(worked.Values, times => Assert.Equal(1, times));
    }

    [Fact]
    public async Task What_a_worker_took_up_and_died_before_it_was_planned_is_planned_anew()
    {
        await FillAsync("ann", "1");
        await using var store = await OpenStoreAsync();
        await AddAsync(store, Plain, "ann");
        Assert.Single(await store.TakePlannableAsync("school", 10, Cancel));
        Assert.Empty(await store.PlannableAsync(Cancel));
        await WorkAsync(store);
        Assert.Equal(MigrationStatus.Synced, (await UserAsync(store, "ann")).Status);
    }

    [Fact]
    public async Task Who_is_held_or_given_up_while_the_worker_dies_is_so_once_its_claim_is_over()
    {
        await using var store = await OpenStoreAsync();
        await AddAsync(store, Plain, "ann", "bob", "cat");
        foreach (var user in new[] { "ann", "bob", "cat" })
            Assert.NotNull((await store.ClaimAsync("school", user, "dead", Cancel)).User);
        await store.WishAsync("school", ["ann", "cat"], MigrationWish.Suspend, retryRefused: false, Cancel);
        await store.WishAsync("school", ["bob"], MigrationWish.Stop, retryRefused: false, Cancel);
        await store.Database.WriteAsync(connection => MigrationDatabase.RunAsync(connection, "UPDATE mailops_user SET lease = 1 WHERE identity <> 'cat'", Cancel), Cancel);
        await store.TakePlannableAsync("school", 10, Cancel);
        Assert.Equal([MigrationStatus.Suspended, MigrationStatus.Stopped, MigrationStatus.Syncing], (await store.UsersAsync("school", Cancel)).Select(user => user.Status));

        // Who still had a claim then is seen to later.
        await store.Database.WriteAsync(connection => MigrationDatabase.RunAsync(connection, "UPDATE mailops_user SET lease = 1", Cancel), Cancel);
        await WorkAsync(store);
        Assert.Equal([MigrationStatus.Suspended, MigrationStatus.Stopped, MigrationStatus.Suspended], (await store.UsersAsync("school", Cancel)).Select(user => user.Status));
        Assert.Equal((0, 0), await BatchAsync(store) is var batch ? (batch.QueuedCount, batch.ActiveCount) : default);
    }
}
