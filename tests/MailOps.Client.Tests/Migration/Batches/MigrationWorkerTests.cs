using System.Text.Json;
using MailOps.Client.Migration;
using MailOps.Client.Migration.Batches;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Client.Tests.Migration.Batches;

/// <summary>A batch, from its first pass to its proof, with a store in a file.</summary>
public sealed class MigrationWorkerTests : MigrationTest
{
    [Fact]
    public async Task A_batch_is_copied_brought_up_to_date_and_completed()
    {
        await FillAsync("ann", "1", "2");
        await FillAsync("bob", "1");
        await using var store = await OpenStoreAsync();
        await AddAsync(store, Plain with { ReportPath = Folder.Of("proof") }, "ann", "bob");
        Assert.Equal(MigrationStatus.Queued, (await BatchAsync(store)).Status);
        await WorkAsync(store);
        Assert.Equal((MigrationStatus.Synced, 2, 3L, 3L), await BatchAsync(store) is var synced ? (synced.Status, synced.SyncedCount, synced.Messages, synced.Done) : default);
        Assert.Equal((2, 1), (await CountAsync(Target("ann")), await CountAsync(Target("bob"))));

        await FillAsync("ann", "3");
        await store.WishAsync("school", ["ann"], MigrationWish.Sync, retryRefused: false, Cancel);
        await WorkAsync(store);
        Assert.Equal((3, 3L, 2), (await CountAsync(Target("ann")), (await UserAsync(store, "ann")).Copied, (await UserAsync(store, "ann")).Passes));

        await FillAsync("bob", "late");
        await store.WishAsync("school", identities: null, MigrationWish.Complete, retryRefused: false, Cancel);
        await WorkAsync(store);
        var users = await store.UsersAsync("school", Cancel);
        Assert.All(users, user => Assert.Equal((MigrationStatus.Completed, 0L, null), (user.Status, user.Differences, user.Error)));
        Assert.Equal(2, await CountAsync(Target("bob")));
        Assert.All(users, user => Assert.True(File.Exists(user.ReportPath + ".json") && File.Exists(user.ReportPath + ".html"), user.ReportPath));
        Assert.Equal((MigrationStatus.Completed, TimeSpan.Zero), (await BatchAsync(store) is var done ? (done.Status, done.Remaining!.Value) : default));
        Assert.Empty(Warnings);
    }

    [Fact]
    public async Task What_was_left_out_is_no_migration_without_warnings()
    {
        var (tree, elsewhere) = (Directory.CreateDirectory(Folder.Of("tree")).FullName, Directory.CreateDirectory(Folder.Of("elsewhere")).FullName);
        await File.WriteAllTextAsync(Path.Join(tree, "1.eml"), "Subject: 1\r\n\r\n", Cancel);
        Directory.CreateSymbolicLink(Path.Join(tree, "linked"), elsewhere);
        await using var store = await OpenStoreAsync();
        await store.AddAsync("school", Plain, [("ann", MailboxLocation.Parse($"eml:{tree}"), Target("ann"))], isAdded: false, Cancel);
        await store.WishAsync("school", identities: null, MigrationWish.Complete, retryRefused: false, Cancel);
        await WorkAsync(store);
        var user = await UserAsync(store, "ann");
        Assert.Equal((MigrationStatus.CompletedWithWarnings, 0L, 1L), (user.Status, user.Differences, user.Copied));
        Assert.Contains($"1 place of eml:{tree} was left out, the first:", user.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Increments_come_by_themselves()
    {
        await FillAsync("ann", "1");
        await using var store = await OpenStoreAsync();
        await AddAsync(store, Plain with { SyncInterval = TimeSpan.FromSeconds(1) }, "ann");
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var working = new MigrationWorker(store, Options(options => options with { EndsWhenIdle = false }), TimeProvider.System).RunAsync(ending.Token);
        await UntilAsync(async () => (await UserAsync(store, "ann")).Passes >= 2);
        await FillAsync("ann", "2");
        await UntilAsync(async () => await CountAsync(Target("ann")) == 2);
        await store.WishAsync("school", identities: null, MigrationWish.Complete, retryRefused: false, Cancel);
        await UntilAsync(async () => (await UserAsync(store, "ann")).Status == MigrationStatus.Completed);
        var passes = (await UserAsync(store, "ann")).Passes;
        await Task.Delay(2_500, Cancel);
        Assert.Equal(passes, (await UserAsync(store, "ann")).Passes);
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => working);
        Assert.Empty(await store.WorkersAsync(Cancel));
    }

    [Fact]
    public async Task Who_is_suspended_waits_and_who_is_stopped_is_given_up()
    {
        foreach (var user in new[] { "ann", "bob", "cat" })
            await FillAsync(user, "1");
        await using var store = await OpenStoreAsync();
        await AddAsync(store, Plain, "ann", "bob", "cat");
        await store.WishAsync("school", ["ann"], MigrationWish.Suspend, retryRefused: false, Cancel);
        await store.WishAsync("school", ["bob"], MigrationWish.Stop, retryRefused: false, Cancel);
        await WorkAsync(store);
        Assert.Equal([MigrationStatus.Suspended, MigrationStatus.Stopped, MigrationStatus.Synced], (await store.UsersAsync("school", Cancel)).Select(user => user.Status));
        Assert.False(Directory.Exists(Target("ann").Path));
        await store.WishAsync("school", identities: null, MigrationWish.Sync, retryRefused: false, Cancel);
        await WorkAsync(store);
        Assert.All(await store.UsersAsync("school", Cancel), user => Assert.Equal(MigrationStatus.Synced, user.Status));
    }

    [Fact]
    public async Task A_copy_that_is_under_way_is_suspended_and_gone_on_with()
    {
        await FillAsync("ann", [.. Enumerable.Range(0, 500).Select(i => $"{i}")]);
        await using var store = await OpenStoreAsync();
        await AddAsync(store, Plain, "ann");
        // The first batch of messages waits until somebody has asked for a halt.
        var log = Folder.Of("messages.log");
        var held = new TaskCompletionSource();
        var working = WorkAsync(store, options => options with
        {
            LogPath = log,
            Folders = _ => path =>
            {
                held.Task.Wait(Cancel);
                return true;
            },
        });
        await UntilAsync(async () => (await UserAsync(store, "ann")).Status == MigrationStatus.Syncing);
        Assert.Equal("ann", Assert.Single(await store.WishAsync("school", identities: null, MigrationWish.Suspend, retryRefused: false, Cancel)).Identity);
        await Task.Delay(5_000, Cancel);
        held.SetResult();
        await working;
        Assert.Equal(MigrationStatus.Suspended, (await UserAsync(store, "ann")).Status);
        await store.WishAsync("school", identities: null, MigrationWish.Sync, retryRefused: false, Cancel);
        await WorkAsync(store, options => options with { LogPath = log });
        Assert.Equal((MigrationStatus.Synced, 500), ((await UserAsync(store, "ann")).Status, await CountAsync(Target("ann"))));
        var lines = (await File.ReadAllLinesAsync(log, Cancel)).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(500, lines.Count);
        Assert.All(lines, line => Assert.Equal(("ann", "copied", "INBOX"), (line.GetProperty("user").GetString(), line.GetProperty("result").GetString(), line.GetProperty("folder").GetString())));
    }

    [Fact]
    public async Task What_cannot_be_opened_is_failed_with_its_reason_and_tried_again_when_asked()
    {
        await FillAsync("bob", "1");
        await using var store = await OpenStoreAsync();
        await AddAsync(store, Plain, "ann", "bob");
        await WorkAsync(store);
        var ann = await UserAsync(store, "ann");
        Assert.Equal(MigrationStatus.Failed, ann.Status);
        Assert.Contains("from-ann", ann.Error, StringComparison.Ordinal);
        Assert.Equal(MigrationStatus.Failed, (await BatchAsync(store)).Status);
        await FillAsync("ann", "1");
        await store.WishAsync("school", ["ann"], MigrationWish.Sync, retryRefused: false, Cancel);
        await WorkAsync(store);
        Assert.Equal((MigrationStatus.Synced, null), (await UserAsync(store, "ann") is var now ? (now.Status, now.Error) : default));
    }

    [Fact]
    public async Task What_the_target_has_beyond_the_source_is_no_difference_and_what_is_missing_is_one()
    {
        await FillAsync("ann", "1", "2");
        await using var store = await OpenStoreAsync();
        await AddAsync(store, Plain, "ann");
        await WorkAsync(store);
        await using (var end = await OpenAsync(Target("ann")))
            await AddAsync(end, Message("new mail that came to the target"));
        await store.WishAsync("school", identities: null, MigrationWish.Complete, retryRefused: false, Cancel);
        await WorkAsync(store);
        Assert.Equal(MigrationStatus.Completed, (await UserAsync(store, "ann")).Status);

        foreach (var file in Directory.GetFiles(Path.Join(Target("ann").Path, "cur")).Concat(Directory.GetFiles(Path.Join(Target("ann").Path, "new"))).Where(file => File.ReadAllText(file).Contains("Subject: 2", StringComparison.Ordinal)))
            File.Delete(file);
        await store.WishAsync("school", ["ann"], MigrationWish.Sync, retryRefused: false, Cancel);
        await WorkAsync(store);
        await store.WishAsync("school", ["ann"], MigrationWish.Complete, retryRefused: false, Cancel);
        await WorkAsync(store);
        var ann = await UserAsync(store, "ann");
        Assert.Equal((MigrationStatus.Failed, 1L), (ann.Status, ann.Differences));
        Assert.Contains("Compare-Mailbox", ann.Error, StringComparison.Ordinal);

        // What the proof missed is copied by the next pass, and mail that came late as well.
        await FillAsync("ann", "late");
        await store.WishAsync("school", ["ann"], MigrationWish.Complete, retryRefused: false, Cancel);
        await WorkAsync(store);
        Assert.Equal((MigrationStatus.Completed, 4), ((await UserAsync(store, "ann")).Status, await CountAsync(Target("ann"))));
        await FillAsync("ann", "later");
        Assert.Single(await store.WishAsync("school", ["ANN"], MigrationWish.Complete, retryRefused: false, Cancel));
        Assert.Empty(await store.WishAsync("school", null, MigrationWish.Complete, retryRefused: false, Cancel) is var all ? all.Where(user => user.Status == MigrationStatus.Completed) : []);
        await WorkAsync(store);
        Assert.Equal((MigrationStatus.Completed, 5), ((await UserAsync(store, "ann")).Status, await CountAsync(Target("ann"))));
    }

    [Fact]
    public async Task The_last_word_counts_while_a_pass_is_under_way()
    {
        await using var store = await OpenStoreAsync();
        await AddAsync(store, Plain, "ann");
        var began = (await store.ClaimAsync("school", "ann", "w1", Cancel)).User!;
        await store.WishAsync("school", null, MigrationWish.Stop, retryRefused: false, Cancel);
        await store.WishAsync("school", null, MigrationWish.Suspend, retryRefused: false, Cancel);
        await store.WishAsync("school", null, MigrationWish.Sync, retryRefused: true, Cancel);
        await store.WishAsync("school", null, MigrationWish.Complete, retryRefused: false, Cancel);
        var ended = await store.EndAsync(began with { Status = MigrationStatus.Synced }, began, Cancel);
        Assert.Equal((MigrationStatus.Queued, MigrationWish.Complete, true), (ended!.Status, ended.Wish, ended.RetriesRefused));
    }

    [Fact]
    public async Task What_a_login_throws_fails_the_mailbox_and_what_a_record_needs_as_well()
    {
        await FillAsync("ann", "1");
        await using var store = await OpenStoreAsync();
        await store.AddAsync("alumni*", Plain with { ReportPath = Folder.Of("proof") }, [("ann", Source("ann"), Target("ann")), ("bob", MailboxLocation.Parse("imap+plain://bob@localhost:1/"), Target("bob"))], isAdded: false, Cancel);
        await WorkAsync(store, options => options with { Login = (_, _) => throw new InvalidCastException("no login of mine") });
        var users = await store.UsersAsync("alumni*", Cancel);
        Assert.Equal([MigrationStatus.Synced, MigrationStatus.Failed], users.Select(user => user.Status));
        Assert.Contains("no login of mine", users[1].Error, StringComparison.Ordinal);
        await store.WishAsync("alumni*", ["ann"], MigrationWish.Complete, retryRefused: false, Cancel);
        await File.WriteAllTextAsync(Folder.Of("proof"), "no folder", Cancel);
        await WorkAsync(store);
        Assert.Equal(MigrationStatus.Failed, (await store.UsersAsync("alumni*", Cancel))[0].Status);
    }

    [Fact]
    public async Task A_server_has_no_more_mailboxes_at_once_than_it_may()
    {
        await using var dovecot = await PrivateDovecot.StartAsync();
        await AddAsync(dovecot, "INBOX", [.. Enumerable.Range(0, 50).Select(i => Message($"{i}"))]);
        await using var store = await OpenStoreAsync();
        var from = MailboxLocation.Parse($"imap+plain://john@localhost:{dovecot.ImapPort}/");
        await store.AddAsync("school", Plain with { MaximumPerServer = 2 }, [.. Enumerable.Range(0, 8).Select(i => ($"user{i}", from, Target($"{i}")))], isAdded: false, Cancel);
        var (most, now) = (0, 0);
        await WorkAsync(store, options => options with
        {
            Mailboxes = 6,
            Tell = user =>
            {
                lock (store)
                {
                    now += user.Status is MigrationStatus.Syncing ? 1 : -1;
                    most = Math.Max(most, now);
                }

                return ValueTask.CompletedTask;
            },
        });
        Assert.All(await store.UsersAsync("school", Cancel), user => Assert.Equal((MigrationStatus.Synced, 50L), (user.Status, user.Copied)));
        Assert.InRange(most, 1, 2);
    }

    [Fact]
    public async Task What_a_worker_took_and_did_not_plan_is_planned_by_the_next()
    {
        await FillAsync("ann", "1");
        await FillAsync("bob", "1");
        await using var store = await OpenStoreAsync();
        await AddAsync(store, Plain, "ann", "bob");
        // As a worker leaves it that dies between the two, and one that dies with a claim.
        Assert.Equal(2, (await store.TakePlannableAsync("school", 10, Cancel)).Count);
        Assert.NotNull((await store.ClaimAsync("school", "bob", "dead", Cancel)).User);
        await WorkAsync(store);
        Assert.All(await store.UsersAsync("school", Cancel), user => Assert.Equal(MigrationStatus.Synced, user.Status));
    }

    [Fact]
    public async Task A_store_in_a_file_has_one_worker()
    {
        await using var store = await OpenStoreAsync();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var first = new MigrationWorker(store, Options(options => options with { EndsWhenIdle = false }), TimeProvider.System).RunAsync(ending.Token);
        await UntilAsync(async () => (await store.WorkersAsync(Cancel)).Count == 1);
        var error = await Assert.ThrowsAsync<MigrationException>(() => WorkAsync(store));
        Assert.Equal(MigrationFault.StoreInUse, error.Fault);
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await WorkAsync(store);
    }
}
