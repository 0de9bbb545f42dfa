using MailOps.Maildir;
using MailOps.Maildir.Disk;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

public sealed class WatchTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    public static TheoryData<bool> Ways => OperatingSystem.IsLinux() ? [true, false] : [false];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_message_that_another_program_moves_in_wakes_who_waits(bool notified)
    {
        await using var store = new StoreOfOne(notified);
        await using var inbox = await store.OpenAsync();
        var waiting = inbox.WaitForChangeAsync(CancellationToken.None);
        await store.WatchAsync();
        var file = Path.Join(store.Inbox, "tmp", "1700000000.M1P1.other");
        await File.WriteAllTextAsync(file, "Subject: moved in\r\n\r\n");
        File.Move(file, Path.Join(store.Inbox, "new", "1700000000.M1P1.other"));
        await store.UntilAsync(waiting);
        Assert.Equal(1, (await inbox.RefreshAsync(expunges: true, CancellationToken.None)).Appended);
    }

    [Fact]
    public async Task A_flag_that_Dovecot_sets_and_a_message_that_it_delivers_wake_who_waits()
    {
        await using var store = new StoreFixture();
        await store.DeliverAsync("Subject: 1\r\n\r\n");
        await using var inbox = await store.OpenAsync();
        await using var dovecot = await DovecotOnStore.StartAsync(store.Root);
        await dovecot.CommandAsync("SELECT INBOX");
        await inbox.RefreshAsync(expunges: true, CancellationToken.None);
        var waiting = inbox.WaitForChangeAsync(CancellationToken.None);
        await dovecot.CommandAsync("STORE 1 +FLAGS (\\Flagged)");
        await waiting.WaitAsync(TimeSpan.FromSeconds(30));
        await inbox.RefreshAsync(expunges: true, CancellationToken.None);
        Assert.Equal(SystemFlags.Flagged, inbox.Messages[0].Flags.System);
    }

    [Fact]
    public async Task A_folder_that_is_deleted_wakes_who_waits()
    {
        await using var store = new StoreFixture();
        var account = await store.AccountAsync();
        await account.CreateAsync("Gone", CancellationToken.None);
        await using var gone = await store.OpenAsync("Gone");
        var waiting = gone.WaitForChangeAsync(CancellationToken.None);
        Directory.Delete(Path.Join(store.Inbox, ".Gone"), recursive: true);
        await waiting.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void Two_thousand_directories_cost_one_instance_and_are_let_go()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "inotify is Linux's.");
        using var folder = new PrivateFolder();
        var inotify = Inotify.Shared!;
        var instances = Instances();
        var before = inotify.Count;
        using var told = new CountdownEvent(2000);
        var watches = Enumerable.Range(0, 2000).Select(number =>
        {
            var directory = Directory.CreateDirectory(folder.Of($"d{number}")).FullName;
            var isTold = 0;
            return inotify.TryWatch(directory, () =>
            {
                if (Interlocked.Exchange(ref isTold, 1) == 0)
                    told.Signal();
            })!;
        }).ToList();
        Assert.Equal(instances, Instances());
        for (var number = 0; number < 2000; number++)
            folder.Write($"d{number}/file", "");
        Assert.True(told.Wait(TimeSpan.FromSeconds(30)));

        // Two who watch one directory share what the kernel has for it.
        var second = inotify.TryWatch(folder.Of("d0"), static () => { })!;
        second.Dispose();
        Assert.False(watches[0].IsLost);
        watches.ForEach(watch => watch.Dispose());
        Assert.InRange(inotify.Count, 0, before + 100);
    }

    [Fact]
    public async Task A_directory_that_goes_away_is_told_and_lost()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "inotify is Linux's.");
        using var folder = new PrivateFolder();
        var directory = Directory.CreateDirectory(folder.Of("going")).FullName;
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Inotify.Watch? watch = null;
        watch = Inotify.Shared!.TryWatch(directory, () =>
        {
            if (Volatile.Read(ref watch) is { IsLost: true })
                told.TrySetResult();
        });
        Directory.Delete(directory);
        await told.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Null(Inotify.Shared.TryWatch(directory, static () => { }));
    }

    [Fact]
    public async Task Folders_that_nobody_waits_on_any_more_are_watched_no_longer()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "inotify is Linux's.");
        await using var store = new StoreOfOne(notified: true);
        await using var inbox = await store.OpenAsync();
        using var cancel = new CancellationTokenSource();
        var waiting = inbox.WaitForChangeAsync(cancel.Token);
        while (waiting.IsCompleted)
        {
            // A folder that was just opened may ask for another look first.
            await inbox.RefreshAsync(expunges: true, CancellationToken.None);
            waiting = inbox.WaitForChangeAsync(cancel.Token);
        }

        await store.WatchAsync();
        Assert.Equal(2, WatchesOn(store.Inbox));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await store.WatchAsync();
        Assert.Equal(0, WatchesOn(store.Inbox));
    }

    private static ulong InodeOf(string path)
    {
        using var stat = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("stat", ["-c", "%i", path]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        return ulong.Parse(stat.StandardOutput.ReadToEnd(), System.Globalization.CultureInfo.InvariantCulture);
    }

    // The kernel tells the inodes that each instance watches, in hexadecimal.
    private static int WatchesOn(string folder)
    {
        var watched = Directory.GetFiles("/proc/self/fdinfo").SelectMany(LinesOf).Where(line => line.StartsWith("inotify wd:", StringComparison.Ordinal)).ToList();
        return new[] { "new", "cur" }.Count(part => watched.Exists(line => line.Contains($" ino:{InodeOf(Path.Join(folder, part)):x} ", StringComparison.Ordinal)));
    }

    private static string[] LinesOf(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (IOException)
        {
            // A descriptor that was closed meanwhile.
            return [];
        }
    }

    private static int Instances() =>
        Directory.GetFiles("/proc/self/fd").Count(descriptor => new FileInfo(descriptor).LinkTarget is "anon_inode:inotify");

    /// <summary>A store whose rounds of polling come when the test says so.</summary>
    private sealed class StoreOfOne : IAsyncDisposable
    {
        private readonly PrivateFolder _folder = new();
        private readonly SteppedTimer _clock = new();
        private readonly MaildirStore _store;
        private readonly bool _notified;

        internal StoreOfOne(bool notified)
        {
            _notified = notified;
            _store = new MaildirStore(_folder.Path, new MaildirStoreOptions { TimeProvider = _clock, WatchInterval = Hour, UsesNotification = notified });
        }

        internal string Inbox => _folder.Of("mail/example.com/john");

        internal async Task<IMailbox> OpenAsync()
        {
            var account = await _store.OpenAccountAsync(StoreFixture.Account, CancellationToken.None);
            return (await account.OpenAsync("INBOX", readOnly: false, CancellationToken.None))!;
        }

        internal Task WatchAsync()
        {
            _clock.Fire();
            return Task.CompletedTask;
        }

        /// <summary>Where nothing notifies, another round comes.</summary>
        internal async Task UntilAsync(Task waiting)
        {
            while (!_notified && !waiting.IsCompleted)
            {
                _clock.Fire();
                await Task.Delay(20);
            }

            await waiting.WaitAsync(TimeSpan.FromSeconds(30));
        }

        public async ValueTask DisposeAsync()
        {
            await _store.DisposeAsync();
            _folder.Dispose();
        }
    }

    /// <summary>The system's clock, with timers of an hour that fire by hand.</summary>
    private sealed class SteppedTimer : TimeProvider
    {
        private readonly List<Action> _timers = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (period == Hour)
                _timers.Add(() => callback(state));
            return base.CreateTimer(callback, state, dueTime, period);
        }

        internal void Fire() => _timers.ForEach(timer => timer());
    }
}
