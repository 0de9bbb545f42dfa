using System.Diagnostics;
using System.Globalization;
using MailOps.Maildir;
using Xunit;

namespace MailOps.Core.Tests.Maildir.PowerCut;

/// <summary>
/// The power is cut between any two calls of the store to the disk; each state that the file system may leave is opened and
/// checked. <c>MAILOPS_POWERCUT_STATES</c> says how many states of each cut are looked at where there are very many.
/// </summary>
public sealed class PowerCutTests(ITestOutputHelper output)
{
    private static readonly MessageFlagSet Flags = new(SystemFlags.Seen, ["project"]);
    private static readonly DateTimeOffset Date = new(2020, 2, 29, 12, 0, 0, TimeSpan.Zero);
    private static readonly int MostEach = int.TryParse(Environment.GetEnvironmentVariable("MAILOPS_POWERCUT_STATES"), NumberStyles.None, CultureInfo.InvariantCulture, out var most) ? most : 12;

    private static int _disks;

    [Fact]
    public Task A_delivery_to_one_mailbox() =>
        CutAsync(store => store.DeliverAsync(RecordedStore.Text("new", 9000), "INBOX"));

    [Fact]
    public Task A_delivery_to_several_mailboxes() =>
        CutAsync(store => store.DeliverAsync(RecordedStore.Text("new"), "INBOX", "More", "Third"));

    [Fact]
    public Task A_delivery_to_several_mailboxes_where_there_are_no_links() =>
        CutAsync(store => store.DeliverAsync(RecordedStore.Text("new"), "INBOX", "More"), hasLinks: false);

    [Fact]
    public Task Deliveries_of_several_sessions_that_share_a_sync() =>
        CutAsync(store => Task.WhenAll(Enumerable.Range(1, 3).Select(i => store.DeliverAsync(RecordedStore.Text($"new {i}"), i == 2 ? "More" : "INBOX"))));

    [Fact]
    public Task UIDs_of_messages_that_were_delivered() => CutAsync(async store =>
    {
        await store.DeliverAsync(RecordedStore.Text("new 1"), "INBOX");
        await store.DeliverAsync(RecordedStore.Text("new 2"), "INBOX");
        await store.LookAsync("INBOX");
    });

    [Fact]
    public Task The_first_UIDs_of_a_mailbox() => CutAsync(async store =>
    {
        await store.CreateAsync("Fresh");
        await store.DeliverAsync(RecordedStore.Text("new"), "Fresh");
        await store.LookAsync("Fresh");
    });

    [Fact]
    public Task APPEND_without_flags() =>
        CutAsync(store => store.AppendAsync(RecordedStore.Text("new", 9000), "INBOX", MessageFlagSet.None));

    [Fact]
    public Task APPEND_with_flags_a_new_keyword_and_a_date() =>
        CutAsync(store => store.AppendAsync(RecordedStore.Text("new"), "INBOX", new MessageFlagSet(SystemFlags.Flagged, ["other"]), Date));

    [Fact]
    public Task APPEND_of_several_messages() =>
        CutAsync(store => store.AppendAllAsync("INBOX", RecordedStore.Text("new 1"), RecordedStore.Text("new 2"), RecordedStore.Text("new 3")));

    [Fact]
    public Task COPY_by_links() => CutAsync(store => store.TransferAsync("INBOX", "More", isMove: false));

    // Into a mailbox that has none of them: all or none.
    [Fact]
    public Task COPY_of_several_messages() => CutAsync(store => store.TransferAsync("INBOX", "Third", isMove: false));

    [Fact]
    public Task COPY_of_several_messages_where_there_are_no_links() => CutAsync(store => store.TransferAsync("INBOX", "Third", isMove: false), hasLinks: false);

    [Fact]
    public Task COPY_where_there_are_no_links() => CutAsync(store => store.TransferAsync("INBOX", "More", isMove: false), hasLinks: false);

    [Fact]
    public Task MOVE() => CutAsync(store => store.TransferAsync("INBOX", "More", isMove: true));

    [Fact]
    public Task MOVE_to_and_fro() => CutAsync(async store =>
    {
        await store.TransferAsync("INBOX", "More", isMove: true);
        await store.TransferAsync("More", "INBOX", isMove: true);
    });

    [Fact]
    public Task STORE_of_flags() => CutAsync(store => store.StoreFlagsAsync("INBOX", FlagChange.Replace, new MessageFlagSet(SystemFlags.Answered)));

    [Fact]
    public Task STORE_of_more_keywords_than_Dovecot_has_letters_for() =>
        CutAsync(store => store.StoreFlagsAsync("INBOX", FlagChange.Add, new MessageFlagSet(SystemFlags.None, [.. Enumerable.Range(0, 30).Select(i => $"more{i}")])));

    [Fact]
    public Task STORE_of_a_new_keyword() => CutAsync(store => store.StoreFlagsAsync("INBOX", FlagChange.Add, new MessageFlagSet(SystemFlags.None, ["other"])));

    [Fact]
    public Task A_date_that_is_set() => CutAsync(async store =>
    {
        await store.DeliverAsync(RecordedStore.Text("new", 9000), "INBOX");
        await store.SetDateAsync("INBOX", RecordedStore.Text("new", 9000), Date);
    });

    [Fact]
    public Task EXPUNGE() => CutAsync(store => store.ExpungeFirstAsync("INBOX"));

    [Fact]
    public Task CREATE() => CutAsync(store => store.CreateAsync("Fresh"));

    [Fact]
    public Task DELETE() => CutAsync(store => store.DeleteAsync("More"));

    [Fact]
    public Task DELETE_and_CREATE_of_the_same_name() => CutAsync(async store =>
    {
        await store.DeleteAsync("More");
        await store.CreateAsync("More");
        await store.DeliverAsync(RecordedStore.Text("new"), "More");
        await store.LookAsync("More");
    }, isRemade: true);

    [Fact]
    public Task RENAME_and_CREATE_of_the_old_name() => CutAsync(async store =>
    {
        await store.RenameAsync("More", "Renamed");
        await store.CreateAsync("More");
        await store.DeliverAsync(RecordedStore.Text("new"), "More");
        await store.LookAsync("More");
    }, isRemade: true);

    [Fact]
    public Task Subscriptions() => CutAsync(store => store.SubscribeAsync("Other"));

    [Fact]
    public Task Annotations() => CutAsync(async store =>
    {
        await store.AnnotateAsync("/private/first");
        await store.AnnotateAsync("/private/second");
    });

    [Fact]
    public Task RENAME() => CutAsync(store => store.RenameAsync("More", "Renamed"));

    [Fact]
    public Task RENAME_of_a_mailbox_with_a_child() => CutAsync(async store =>
    {
        await store.CreateAsync("More/Below");
        await store.DeliverAsync(RecordedStore.Text("new"), "More/Below");
        await store.RenameAsync("More", "Renamed", "Below");
    });

    [Fact]
    public Task CREATE_DELETE_and_RENAME_in_nested_directories() => CutAsync(
        async store =>
        {
            await store.CreateAsync("More/Below");
            await store.DeliverAsync(RecordedStore.Text("new"), "More/Below");
            await store.RenameAsync("More", "Renamed", "Below");
            await store.DeleteAsync("Third");
        },
        layout: MaildirLayout.Fs);

    [Fact]
    public Task RENAME_of_INBOX() => CutAsync(store => store.RenameAsync("INBOX", "Renamed"));

    [Fact]
    public Task Many_changes_one_after_the_other() => CutAsync(async store =>
    {
        await store.DeliverAsync(RecordedStore.Text("new 1"), "INBOX", "More");
        await store.AppendAsync(RecordedStore.Text("new 2"), "Third", Flags, Date);
        await store.TransferAsync("Third", "More", isMove: true);
        await store.StoreFlagsAsync("More", FlagChange.Add, new MessageFlagSet(SystemFlags.Flagged, ["third"]));
        await store.ExpungeFirstAsync("More");
        await store.TransferAsync("More", "INBOX", isMove: false);
        await store.RenameAsync("More", "Renamed");
    });

    public static TheoryData<string> Changes => [.. Portable.Keys];

    private static readonly Dictionary<string, (MaildirLayout? Layout, Func<RecordedStore, Task> Work)> Portable = new(StringComparer.Ordinal)
    {
        ["a delivery"] = (null, store => store.DeliverAsync(RecordedStore.Text("new"), "INBOX", "More")),
        ["the first look at a delivery"] = (null, async store =>
        {
            await store.DeliverAsync(RecordedStore.Text("new"), "INBOX");
            await store.LookAsync("INBOX");
        }),
        ["APPEND with flags, a new keyword and a date"] = (null, store => store.AppendAsync(RecordedStore.Text("new"), "More", new MessageFlagSet(SystemFlags.Flagged, ["other"]), Date)),
        ["COPY"] = (null, store => store.TransferAsync("INBOX", "More", isMove: false)),
        ["MOVE"] = (null, store => store.TransferAsync("INBOX", "More", isMove: true)),
        ["STORE"] = (null, store => store.StoreFlagsAsync("INBOX", FlagChange.Add, new MessageFlagSet(SystemFlags.Answered, ["other"]))),
        ["EXPUNGE"] = (null, store => store.ExpungeFirstAsync("INBOX")),
        ["CREATE"] = (null, async store =>
        {
            await store.CreateAsync("Fresh");
            await store.DeliverAsync(RecordedStore.Text("new"), "Fresh");
            await store.LookAsync("Fresh");
        }),
        ["DELETE"] = (null, store => store.DeleteAsync("More")),
        ["RENAME"] = (null, store => store.RenameAsync("More", "Renamed")),
        ["RENAME with a child"] = (null, async store =>
        {
            await store.CreateAsync("More/Below");
            await store.RenameAsync("More", "Renamed", "Below");
        }),
        ["RENAME of INBOX"] = (null, async store =>
        {
            await store.RenameAsync("INBOX", "Renamed");
            await store.LookAsync("Renamed");
        }),
        ["COPY of several"] = (null, store => store.TransferAsync("INBOX", "Third", isMove: false)),
        ["APPEND of several"] = (null, store => store.AppendAllAsync("INBOX", RecordedStore.Text("new 1"), RecordedStore.Text("new 2"), RecordedStore.Text("new 3"))),
        ["Subscriptions"] = (null, store => store.SubscribeAsync("Other")),
        ["Annotations"] = (null, async store =>
        {
            await store.AnnotateAsync("/private/first");
            await store.AnnotateAsync("/private/second");
        }),
        ["CREATE, nested"] = (MaildirLayout.Fs, store => store.CreateAsync("Above/Below")),
        ["DELETE, nested"] = (MaildirLayout.Fs, async store =>
        {
            await store.CreateAsync("More/Below");
            await store.DeleteAsync("More");
            await store.DeleteAsync("More/Below");
        }),
        ["RENAME, nested"] = (MaildirLayout.Fs, async store =>
        {
            await store.CreateAsync("More/Below");
            await store.CreateAsync("Above/Other");
            await store.RenameAsync("More/Below", "Above/Below");
        }),
    };

    /// <summary>Where there is no <c>syncfs</c> every directory that a change touches must be among those that are synced.</summary>
    [Theory]
    [MemberData(nameof(Changes))]
    public async Task On_a_disk_that_syncs_each_directory_for_itself(string change) =>
        (await TallyAsync(Portable[change].Work, hasLinks: true, syncs: true, Portable[change].Layout, isPortable: true)).AssertNone();

    [Fact]
    public Task What_a_failed_sync_lost_is_not_promised_by_a_change_that_comes_later() => CutAsync(async store =>
    {
        var view = await store.LookAsync("INBOX");
        await store.DeliverAsync(RecordedStore.Text("new"), "INBOX");
        store.Disk.FailsNextSync = true;

        // Whoever looks hears of it, or, where it failed already when it is asked for, waits for another one.
        Assert.True(await Record.ExceptionAsync(() => store.LookAsync("INBOX")) is null or MailStoreException);
        Assert.False(store.Disk.FailsNextSync);

        // Flags that are there already: nothing changes, and all the same it is a promise.
        await view.StoreFlagsAsync([view.Messages[0]], FlagChange.Add, Flags, CancellationToken.None);
        await store.ExpungeAsync("INBOX", ^1);
    });

    [Fact]
    public async Task A_disk_that_does_not_sync_is_found_out()
    {
        var tally = await TallyAsync(store => store.DeliverAsync(RecordedStore.Text("new"), "INBOX"), hasLinks: true, syncs: false);
        Assert.Contains(tally.Kinds, kind => kind.Contains("lost:", StringComparison.Ordinal));
    }

    private async Task CutAsync(Func<RecordedStore, Task> work, bool hasLinks = true, MaildirLayout? layout = null, bool isRemade = false)
    {
        var tally = await TallyAsync(work, hasLinks, syncs: true, layout);
        tally.AssertNone();

        // Another UIDVALIDITY breaks no promise, and makes every client fetch all again: only a mailbox that was made anew has one.
        Assert.True(isRemade || tally.NewValidities == 0, $"{tally.NewValidities} mailboxes have another UIDVALIDITY.");
    }

    private async Task<Tally> TallyAsync(Func<RecordedStore, Task> work, bool hasLinks, bool syncs, MaildirLayout? layout = null, bool isPortable = false)
    {
        await using var store = new RecordedStore($"/powercut{Interlocked.Increment(ref _disks)}", hasLinks, layout: layout, isPortable: isPortable);
        await store.BeginAsync();
        await store.CreateAsync("More");
        await store.CreateAsync("Third");
        await store.AppendAsync(RecordedStore.Text("one"), "INBOX", Flags);
        await store.DeliverAsync(RecordedStore.Text("two"), "INBOX", "More");
        await store.SubscribeAsync("More");
        await store.LookAsync("More");
        await store.LookAsync("Third");
        await store.LookAsync("INBOX");
        if (isPortable)
            store.Disk.SyncAll();
        var first = store.Disk.Position;
        store.Disk.Syncs = syncs;
        await work(store);

        var tally = new Tally(store.Disk, first);
        var random = new Random(1);
        foreach (var model in Enum.GetValues<FileSystemModel>())
        {
            var seen = new HashSet<(ulong Hash, int Phase)>();
            var again = 0;
            var watch = Stopwatch.StartNew();
            foreach (var state in new CrashStates(store.Disk, model, MostEach, seed: 1).From(first))
            {
                if (!seen.Add((state.Image.Hash(), store.Ledger.Phase(state.Moment))))
                    continue;
                var aftermath = new Aftermath(store.Ledger, state.Moment);
                var disk = await CheckAsync(aftermath, state);
                tally.Add(model, state, aftermath);

                // Now and then the power is cut once more, while what the first cut left is opened and gone on with.
                if (random.Next(8) != 0)
                    continue;
                again++;
                var step = random.Next(disk.Operations.Count + 1);
                var second = new CrashStates(disk, model, mostEach: 4, seed: again).At(step).Take(40).ToList();
                var worse = second[random.Next(second.Count)];
                var next = aftermath.After(step);
                await CheckAsync(next, worse);
                tally.Add(model, worse with { Story = $"{state.Story}; then {worse.Story}" }, next);
            }

            output.WriteLine($"{model}: {store.Disk.Operations.Count - first} steps, {seen.Count + again} states in {watch.Elapsed.TotalSeconds:0.0} s ({again} after a second cut), {tally.NewValidities} mailboxes with a new UIDVALIDITY so far");
        }

        return tally;

        async Task<PowerCutDisk> CheckAsync(Aftermath aftermath, CrashState state)
        {
            var root = $"/powercut{Interlocked.Increment(ref _disks)}";
            var disk = new PowerCutDisk(root, state.Image.Aged(TimeSpan.FromMinutes(10))) { HasLinks = hasLinks, IsPortable = isPortable };
            await aftermath.CheckAsync(root, disk, layout);
            return disk;
        }
    }
}
