using CsCheck;
using MailOps.Maildir;
using MailOps.Maildir.Disk;
using MailOps.Maildir.Folders.Index;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

/// <summary>The index of a large folder: quick where it is right, never believed where it is not.</summary>
public sealed class IndexTests
{
    private const int Count = 600;

    private static readonly MessageFlagSet Flagged = new(SystemFlags.Flagged, ["work"]);

    [Fact]
    public async Task A_large_folder_opens_without_reading_its_directories()
    {
        await using var store = await FilledAsync();
        var lists = new List<string>();
        await using var again = Another(store, disk => disk.BeforeList = lists.Add);
        var (before, after) = (await TellAsync(store.Store), await TellAsync(again));
        Assert.Equal(before, after);
        Assert.DoesNotContain(lists, path => path.EndsWith("/cur", StringComparison.Ordinal) || path.EndsWith("/new", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_others_did_since_is_seen_and_has_a_higher_mod_sequence()
    {
        await using var store = await FilledAsync();
        ulong highest;
        await using (var view = await store.OpenAsync())
            highest = view.HighestModSeq;
        await store.Store.DisposeAsync();
        var files = Directory.GetFiles(Path.Combine(store.Inbox, "cur")).Order(StringComparer.Ordinal).ToArray();
        File.Delete(files[10]);
        File.Move(files[20], files[20] + "S");
        await File.WriteAllTextAsync(Path.Combine(store.Inbox, "new", "1900000000.other.host"), "Subject: new\n\n", TestContext.Current.CancellationToken);
        await store.RestartAsync();
        await using var again = await store.OpenAsync();
        Assert.Equal(Count, again.Messages.Count);
        Assert.DoesNotContain(again.Messages, message => message.Uid == 11);
        Assert.Equal(SystemFlags.Seen, again.Messages[19].Flags.System);
        Assert.True(again.Messages[19].ModSeq > highest);
        Assert.True(again.Messages[^1].ModSeq > highest);
        Assert.True(again.Messages[0].ModSeq <= highest);
        Assert.Equal([new UidRange(11, 11)], await again.ExpungedSinceAsync(highest, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Messages_that_come_after_an_index_was_read_get_the_next_UIDs()
    {
        await using var store = await FilledAsync();
        await store.RestartAsync();
        await using var view = await store.OpenAsync();
        await store.DeliverAsync("Subject: one\r\n\r\n");
        var appended = await store.AppendAsync("Subject: two\r\n\r\n", flags: Flagged);
        await view.RefreshAsync(expunges: true, TestContext.Current.CancellationToken);
        Assert.Equal(Count + 2, view.Messages.Count);
        Assert.Equal(Count + 2u, appended!.Value.Uid);
        var lines = await File.ReadAllLinesAsync(Path.Combine(store.Inbox, "dovecot-uidlist"), TestContext.Current.CancellationToken);
        Assert.Equal(Count + 2, lines.Skip(1).Select(line => line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..]).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task A_file_that_comes_back_after_an_index_was_read_is_a_new_message_and_has_one_line()
    {
        await using var store = await FilledAsync();
        var file = Directory.GetFiles(Path.Combine(store.Inbox, "cur")).Order(StringComparer.Ordinal).First();
        var elsewhere = Path.Combine(store.Root, "elsewhere");
        File.Move(file, elsewhere);
        await SettleAsync(store);
        await store.RestartAsync();
        await using var view = await store.OpenAsync();
        Assert.Equal(Count - 1, view.Messages.Count);
        File.Move(elsewhere, file);
        await view.RefreshAsync(expunges: true, TestContext.Current.CancellationToken);
        Assert.Equal(Count + 1u, view.Messages[^1].Uid);
        var lines = await File.ReadAllTextAsync(Path.Combine(store.Inbox, "dovecot-uidlist"), TestContext.Current.CancellationToken);
        var name = Path.GetFileName(file)[..Path.GetFileName(file).IndexOf(':', StringComparison.Ordinal)];
        Assert.Equal(1, System.Text.RegularExpressions.Regex.Count(lines, System.Text.RegularExpressions.Regex.Escape(name)));
    }

    [Fact]
    public async Task A_damaged_or_missing_index_changes_nothing()
    {
        await using var store = await FilledAsync();
        var path = Path.Combine(store.Inbox, IndexFile.FileName);
        var whole = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        var expected = await TellAsync(store.Store);
        await Gen.Select(Gen.Int[0, 3], Gen.Int[0, whole.Length - 1], Gen.Byte).SampleAsync(
            async (kind, at, octet) =>
            {
                var damaged = kind switch
                {
                    0 => whole[..at],
                    1 => [.. whole[..at], octet, .. whole[at..]],
                    2 => [.. whole[..at], (byte)(whole[at] ^ (octet | 1)), .. whole[(at + 1)..]],
                    _ => [.. whole[..at], .. whole[(at / 2)..]],
                };
                await File.WriteAllBytesAsync(path, damaged);
                await using var again = Another(store, static _ => { });
                Assert.Equal(expected, await TellAsync(again));
            },
            iter: 60,
            threads: 1);
        File.Delete(path);
        await using var without = Another(store, static _ => { });
        Assert.Equal(expected, await TellAsync(without));
    }

    [Fact]
    public async Task A_store_does_not_close_later_because_another_program_keeps_the_lock_of_a_list()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The program that keeps the lock is Linux's first.");
        await using var store = await FilledAsync();
        await using (var view = await store.OpenAsync())
            await view.StoreFlagsAsync([view.Messages[0]], FlagChange.Add, Flagged, TestContext.Current.CancellationToken);
        var held = Path.Combine(store.Inbox, "dovecot-uidlist.lock");
        await File.WriteAllTextAsync(held, $"1:{System.Net.Dns.GetHostName()}", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(store.Inbox, "new", "1900000000.other.host"), "Subject: new\n\n", TestContext.Current.CancellationToken);

        // A lock is waited for for 150 seconds by whoever needs it.
        await store.Store.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        File.Delete(held);
        await store.RestartAsync();
        await using var again = await store.OpenAsync();
        Assert.Equal(Count + 1, again.Messages.Count);
        Assert.Equal(SystemFlags.Flagged, again.Messages[0].Flags.System);
    }

    private static async Task<StoreFixture> FilledAsync()
    {
        var store = new StoreFixture();
        await using (var view = await store.OpenAsync())
            Assert.Empty(view.Messages);
        for (var i = 0; i < Count; i++)
            await File.WriteAllTextAsync(Path.Combine(store.Inbox, "cur", FormattableString.Invariant($"{1700000000 + i}.M1P1.host,S=14,W=14:2,")), "Subject: a\r\n\r\n");
        var cancel = TestContext.Current.CancellationToken;
        await using (var view = await store.OpenAsync())
        {
            await view.StoreFlagsAsync([view.Messages[1], view.Messages[5]], FlagChange.Add, Flagged, cancel);
            await view.StoreFlagsAsync([view.Messages[7]], FlagChange.Replace, new MessageFlagSet(SystemFlags.Answered), cancel);
        }

        await SettleAsync(store);
        return store;
    }

    private static async Task SettleAsync(StoreFixture store)
    {
        var path = Path.Combine(store.Inbox, IndexFile.FileName);
        File.Delete(path);
        await store.RestartAsync();
        await using var view = await store.OpenAsync();
        while (!File.Exists(path))
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
            await view.RefreshAsync(expunges: true, TestContext.Current.CancellationToken);
        }
    }

    // Another process on the same store.
    private static MaildirStore Another(StoreFixture store, Action<HookedDisk> hook)
    {
        var disk = new HookedDisk(OperatingSystem.IsLinux() ? new LinuxDisk() : new PortableDisk());
        hook(disk);
        return new MaildirStore(store.Root, new MaildirStoreOptions(), disk);
    }

    private static async Task<List<string>> TellAsync(MaildirStore store)
    {
        var account = await store.OpenAccountAsync(StoreFixture.Account, TestContext.Current.CancellationToken);
        await using var view = (await account.OpenAsync(MailboxName.Inbox, readOnly: true, TestContext.Current.CancellationToken))!;
        return
        [
            $"{view.UidValidity} {view.UidNext} {view.HighestModSeq} {view.Guid} {string.Join(' ', view.Keywords)}",
            .. view.Messages.Select(message => $"{message.Uid} {message.Size} {message.Flags.System} {string.Join(' ', message.Flags.Keywords)} {message.ModSeq} {message.FileName} {message.Recent}"),
        ];
    }
}
