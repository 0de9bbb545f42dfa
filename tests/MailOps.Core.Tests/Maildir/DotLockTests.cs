using System.Diagnostics;
using System.Globalization;
using MailOps.Maildir;
using MailOps.Maildir.Disk;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

public sealed class DotLockTests : IDisposable
{
    private readonly PrivateFolder _folder = new();
    private readonly HookedDisk _disk = new(OperatingSystem.IsLinux() ? new LinuxDisk() : new PortableDisk());
    private readonly ShiftedClock _clock = new();
    private readonly DotLocks _locks;

    public DotLockTests() => _locks = new DotLocks(_disk, _folder.Of("locks"), _clock);

    private string LockPath => _folder.Of("dovecot-uidlist.lock");

    public void Dispose()
    {
        _locks.Dispose();
        _disk.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_lock_costs_a_link_a_look_and_an_unlink_and_says_who_holds_it()
    {
        (await AcquireAsync()).Dispose();
        var calls = new List<string>();
        _disk.Before = (operation, path) => calls.Add($"{operation} {Path.GetFileName(path)}");
        using (await AcquireAsync())
            Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}:{System.Net.Dns.GetHostName()}"), await File.ReadAllTextAsync(LockPath));
        Assert.Equal(["Link dovecot-uidlist.lock", "Unlink dovecot-uidlist.lock"], calls);
        Assert.False(File.Exists(LockPath));
    }

    [Fact]
    public async Task A_lock_in_a_folder_that_is_not_there_is_an_error_that_says_so()
    {
        var error = await Assert.ThrowsAsync<MailStoreException>(async () => await _locks.AcquireAsync(_folder.Of("deleted/dovecot-uidlist.lock"), CancellationToken.None));
        Assert.Contains("there is no directory for", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ticket_that_was_cleaned_away_is_made_again_and_what_was_locked_stays_so()
    {
        using var first = await _locks.AcquireAsync(_folder.Of("one.lock"), CancellationToken.None);
        Directory.Delete(_folder.Of("locks"), recursive: true);
        using (await AcquireAsync())
            Assert.True(File.Exists(LockPath));
        first.Dispose();
        Assert.False(File.Exists(_folder.Of("one.lock")));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Where_links_are_not_possible_the_lock_is_made_in_another_way_and_leaves_nothing(int impossible)
    {
        using var disk = new LinklessDisk(_disk, impossible);
        using var locks = new DotLocks(disk, _folder.Of("other-ticket"), _clock);
        using (await locks.AcquireAsync(LockPath, CancellationToken.None))
        {
            Assert.Equal(LockTicket.Owner.ToArray(), await File.ReadAllBytesAsync(LockPath));
            using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await _locks.AcquireAsync(LockPath, cancel.Token));
        }

        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_lock_that_this_process_holds_is_not_broken_when_it_is_reached_by_a_link(bool hasIdentities)
    {
        Directory.CreateDirectory(_folder.Of("above/mail"));
        Directory.CreateSymbolicLink(_folder.Of("link"), _folder.Of("above"));
        using IMaildirDisk disk = hasIdentities ? _disk : new PortableDisk();
        using var locks = new DotLocks(disk, _folder.Of("locks"), _clock);
        using var others = new DotLocks(disk, _folder.Of("other-locks"), _clock);
        var held = await locks.AcquireAsync(_folder.Of("above/mail/dovecot-uidlist.lock"), CancellationToken.None);
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await others.AcquireAsync(_folder.Of("link/mail/dovecot-uidlist.lock"), cancel.Token));
        Assert.True(File.Exists(_folder.Of("above/mail/dovecot-uidlist.lock")));
        held.Dispose();
        (await others.AcquireAsync(_folder.Of("link/mail/dovecot-uidlist.lock"), CancellationToken.None)).Dispose();
    }

    [Fact]
    public async Task A_link_whose_answer_was_lost_is_known_by_the_file_itself()
    {
        (await AcquireAsync()).Dispose();
        var isLost = true;
        _disk.Before = (operation, path) =>
        {
            // The server has done it; the call is repeated and finds the name taken.
            if (operation == "Link" && isLost)
            {
                isLost = false;
                _disk.Link(Directory.GetFiles(_folder.Of("locks"))[0], path);
            }
        };
        using (await AcquireAsync())
            Assert.False(isLost);
        Assert.False(File.Exists(LockPath));
    }

    [Fact]
    public async Task A_lock_that_another_took_over_is_not_removed_at_release()
    {
        var ours = await AcquireAsync();
        File.Delete(LockPath);
        await File.WriteAllTextAsync(LockPath, "1:elsewhere");
        ours.Dispose();
        Assert.Equal("1:elsewhere", await File.ReadAllTextAsync(LockPath));
    }

    [Fact]
    public async Task A_long_held_lock_is_kept_young()
    {
        using var held = await AcquireAsync();
        File.SetLastWriteTimeUtc(LockPath, DateTime.UtcNow.AddMinutes(-3));
        _clock.Advance(TimeSpan.FromSeconds(11));
        held.Touch(_clock.GetUtcNow());
        Assert.True(File.GetLastWriteTimeUtc(LockPath) > DateTime.UtcNow.AddMinutes(-1));
    }

    [Fact]
    public async Task The_lock_of_a_dead_process_of_this_host_is_broken_at_once()
    {
        using var process = Process.Start("true");
        await process.WaitForExitAsync(CancellationToken.None);
        await File.WriteAllTextAsync(LockPath, string.Create(CultureInfo.InvariantCulture, $"{process.Id}:{LockTicket.Host}"));
        using (await AcquireAsync())
            Assert.Equal(LockTicket.Owner.ToArray(), await File.ReadAllBytesAsync(LockPath));
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task The_lock_of_a_living_process_of_this_host_is_waited_for_however_old_it_is()
    {
        // The first process has lived as long as the machine.
        using var process = Process.GetProcessById(1);
        await MakeForeignAsync($"1:{LockTicket.Host}", DateTime.UtcNow - process.StartTime.ToUniversalTime() - TimeSpan.FromSeconds(1));
        await StaysLockedAsync();
    }

    [Fact]
    public async Task A_lock_that_is_older_than_the_process_of_its_number_was_left_by_another()
    {
        using var process = Process.Start("sleep", "60");
        try
        {
            await MakeForeignAsync(string.Create(CultureInfo.InvariantCulture, $"{process.Id}:{LockTicket.Host}"), TimeSpan.FromHours(1));
            (await AcquireAsync()).Dispose();
        }
        finally
        {
            process.Kill();
        }
    }

    [Fact]
    public async Task A_lock_without_content_is_broken_after_seconds()
    {
        await MakeForeignAsync("", TimeSpan.FromSeconds(1));
        await StaysLockedAsync();
        await MakeForeignAsync("", TimeSpan.FromSeconds(20));
        (await AcquireAsync()).Dispose();
    }

    [Fact]
    public async Task The_lock_of_another_host_is_broken_after_two_minutes_without_a_change_to_it_or_to_what_it_guards()
    {
        await File.WriteAllTextAsync(_folder.Of("dovecot-uidlist"), "");
        await MakeForeignAsync("1:elsewhere", TimeSpan.FromMinutes(1));
        await StaysLockedAsync();
        await MakeForeignAsync("1:elsewhere", TimeSpan.FromMinutes(3));
        await StaysLockedAsync();
        File.SetLastWriteTimeUtc(_folder.Of("dovecot-uidlist"), DateTime.UtcNow.AddMinutes(-3));
        (await AcquireAsync()).Dispose();
    }

    [Fact]
    public async Task Ages_are_told_by_the_file_servers_clock()
    {
        await MakeForeignAsync("1:elsewhere", TimeSpan.FromSeconds(10));
        _clock.Advance(TimeSpan.FromHours(1));
        await StaysLockedAsync();
    }

    [Fact]
    public async Task A_lock_from_the_future_that_stands_still_for_two_minutes_is_broken()
    {
        await MakeForeignAsync("1:elsewhere", TimeSpan.FromHours(-1));
        var waiting = AcquireAsync();
        Assert.False(waiting.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(121));
        (await waiting).Dispose();
    }

    [Fact]
    public async Task Who_breaks_a_lock_and_gets_one_that_was_made_meanwhile_puts_it_back()
    {
        await MakeForeignAsync("1:elsewhere", TimeSpan.FromMinutes(3));
        _disk.Before = (operation, path) =>
        {
            if (operation != "Rename" || path == LockPath)
                return;

            // Another breaker was faster, and holds the lock now.
            File.Delete(LockPath);
            File.WriteAllText(LockPath, "2:elsewhere");
        };
        await StaysLockedAsync();
        Assert.Equal("2:elsewhere", await File.ReadAllTextAsync(LockPath));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task Two_processes_take_turns()
    {
        Peers.Require("sh", "dash");
        const int Turns = 40;
        var counter = _folder.Write("counter", "0");
        var script = $"echo -n 1:elsewhere > '{_folder.Path}/other'; i=0; while [ $i -lt {Turns} ]; do "
            + $"if ln '{_folder.Path}/other' '{LockPath}' 2>/dev/null; then n=$(cat '{counter}'); echo $((n+1)) > '{counter}'; rm '{LockPath}'; i=$((i+1)); else sleep 0.001; fi; done";
        var other = PrivateFolder.RunAsync("/bin/sh", "-c", script);
        for (var i = 0; i < Turns; i++)
        {
            using (await AcquireAsync())
            {
                var number = int.Parse(await File.ReadAllTextAsync(counter), CultureInfo.InvariantCulture);
                await File.WriteAllTextAsync(counter, (number + 1).ToString(CultureInfo.InvariantCulture));
            }

            await Task.Yield();
        }

        await other;
        Assert.Equal(2 * Turns, int.Parse(await File.ReadAllTextAsync(counter), CultureInfo.InvariantCulture));
    }

    private Task<DotLock> AcquireAsync() => _locks.AcquireAsync(LockPath, CancellationToken.None).AsTask();

    private async Task MakeForeignAsync(string owner, TimeSpan age)
    {
        await File.WriteAllTextAsync(LockPath, owner);
        File.SetLastWriteTimeUtc(LockPath, DateTime.UtcNow - age);
    }

    private async Task StaysLockedAsync()
    {
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await _locks.AcquireAsync(LockPath, cancel.Token));
        Assert.True(File.Exists(LockPath));
    }

    /// <summary>A disk on which the first so many links are not possible.</summary>
    private sealed class LinklessDisk(IMaildirDisk disk, int impossible) : IMaildirDisk
    {
        private int _left = impossible;

        public LinkResult Link(string from, string to) => _left-- > 0 ? LinkResult.Impossible : disk.Link(from, to);

        public void CreateDirectory(string path) => disk.CreateDirectory(path);

        public FileFacts? Stat(string path) => disk.Stat(path);

        public bool List(string directory, bool directories, NameFound found) => disk.List(directory, directories, found);

        public byte[]? ReadAll(string path) => disk.ReadAll(path);

        public int ReadStart(string path, Span<byte> octets) => disk.ReadStart(path, octets);

        public DiskFile? OpenFile(string path, bool forAppend) => disk.OpenFile(path, forAppend);

        public bool Create(string path, ReadOnlySpan<ReadOnlyMemory<byte>> content) => disk.Create(path, content);

        public bool Append(string path, ReadOnlySpan<byte> octets) => disk.Append(path, octets);

        public void Overwrite(string path, ReadOnlySpan<byte> octets) => disk.Overwrite(path, octets);

        public bool Rename(string from, string to) => disk.Rename(from, to);

        public bool Unlink(string path) => disk.Unlink(path);

        public void DeleteTree(string path) => disk.DeleteTree(path);

        public void SetModified(string path, DateTimeOffset time) => disk.SetModified(path, time);

        public void Sync(IReadOnlyCollection<string> directories) => disk.Sync(directories);

        public void Dispose()
        {
        }
    }
}
