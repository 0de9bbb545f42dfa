using MailOps.Maildir;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

/// <summary>
/// A sync that fails says nothing good of what was written before it, in whichever folder, and no later sync does: list and log are written
/// anew before the next promise, and content that may be lost is not promised at all.
/// </summary>
public sealed class FailedSyncTests : IAsyncDisposable
{
    private readonly HookedDisk _disk;
    private readonly StoreFixture _store;

    // How many of the next syncs fail.
    private int _failing;

    // Names of files that were replaced in INBOX, and syncs.
    private readonly List<string> _steps = [];

    public FailedSyncTests()
    {
        HookedDisk disk = null!;
        _store = new StoreFixture(real => disk = new HookedDisk(real));
        _disk = disk;
        _disk.Before = Before;
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Theory]
    [InlineData("STORE")]
    [InlineData("EXPUNGE")]
    [InlineData("MOVE")]
    [InlineData("COPY")]
    [InlineData("APPEND")]
    public async Task After_the_sync_of_another_folder_failed_list_and_log_are_written_anew_before_the_next_promise(string change)
    {
        await using var inbox = await PrepareAsync();
        await FailElsewhereAsync();
        await ChangeAsync(inbox, change);
        var synced = _steps.LastIndexOf("sync");
        Assert.InRange(_steps.IndexOf("dovecot-uidlist"), 0, synced - 1);
        Assert.InRange(_steps.IndexOf("mailops-log"), 0, synced - 1);

        // Once is enough.
        _steps.Clear();
        await inbox.StoreFlagsAsync(inbox.Messages, FlagChange.Add, new MessageFlagSet(SystemFlags.Draft), CancellationToken.None);
        Assert.Equal(["flags", "sync"], _steps.Distinct());
    }

    [Fact]
    public async Task Flags_whose_change_was_answered_with_a_failure_are_told_afterwards_as_they_are()
    {
        await using var inbox = await PrepareAsync();
        var before = inbox.HighestModSeq;
        _failing = 1;
        await Assert.ThrowsAsync<MailStoreException>(async () => await ChangeAsync(inbox, "STORE"));
        Assert.Equal(before, inbox.HighestModSeq);
        Assert.All(inbox.Messages, message => Assert.Equal(SystemFlags.None, message.Flags.System));
        Assert.Equal([1, 2], (await inbox.RefreshAsync(expunges: true, CancellationToken.None)).FlagsChanged);
        Assert.All(inbox.Messages, message => Assert.Equal(SystemFlags.Answered, message.Flags.System));
        Assert.True(inbox.HighestModSeq > before);
    }

    [Fact]
    public async Task A_change_that_waits_for_its_sync_while_another_one_fails_is_not_promised()
    {
        await using var inbox = await PrepareAsync();
        using var isFailing = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        _disk.Before = (operation, path) =>
        {
            if (operation == "Sync" && !isFailing.IsSet)
            {
                isFailing.Set();
                Assert.True(goOn.Wait(TimeSpan.FromMinutes(1)));
                throw new MailStoreException(StoreFault.Broken, "Cannot sync.");
            }

            Before(operation, path);
        };
        var elsewhere = _store.DeliverAsync("Subject: elsewhere\r\n\r\n", "More").AsTask();
        await Task.Run(isFailing.Wait);
        var waiting = inbox.StoreFlagsAsync(inbox.Messages, FlagChange.Add, new MessageFlagSet(SystemFlags.Answered), CancellationToken.None).AsTask();
        while (!_steps.Contains("flags"))
            await Task.Delay(5);
        await Task.Delay(50);
        goOn.Set();
        await Assert.ThrowsAsync<MailStoreException>(() => elsewhere);
        var error = await Assert.ThrowsAsync<MailStoreException>(() => waiting);
        Assert.Contains("a sync of the store's disk failed after this was written", error.Message, StringComparison.Ordinal);

        // Told only when list and log are written anew.
        _steps.Clear();
        await inbox.RefreshAsync(expunges: true, CancellationToken.None);
        Assert.Equal(["dovecot-uidlist", "mailops-log", "sync"], _steps);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_large_message_of_which_a_part_was_written_before_a_sync_failed_is_refused_and_taken_back(bool isAppend)
    {
        await using var inbox = await PrepareAsync();
        await using var delivery = _store.Store.BeginDelivery();
        var octets = new byte[1 << 20];
        octets.AsSpan().Fill((byte)'x');
        while (delivery.Length < 8 << 20)
        {
            delivery.Write(octets);
            await delivery.DrainAsync();
        }

        Assert.NotEmpty(Directory.GetFiles(Path.Combine(_store.Root, "tmp")));
        await FailElsewhereAsync();
        var account = await _store.AccountAsync();
        await Assert.ThrowsAsync<MailStoreException>(async () =>
        {
            if (isAppend)
                await account.AppendAsync("INBOX", delivery, MessageFlagSet.None, null, CancellationToken.None);
            else
                await delivery.CommitAsync([new DeliveryTarget(StoreFixture.Account)], CancellationToken.None);
        });
        await using var again = await _store.OpenAsync();
        Assert.Equal(2, again.Messages.Count);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_anew_promises_nothing_until_it_can()
    {
        await using var inbox = await PrepareAsync();
        await FailElsewhereAsync();
        var isFull = true;
        _disk.Before = (operation, path) =>
        {
            if (isFull && operation == "Create" && path.EndsWith("mailops-log.tmp", StringComparison.Ordinal))
                throw new MailStoreException(StoreFault.Full, "No space.");
            Before(operation, path);
        };
        for (var i = 0; i < 2; i++)
        {
            var error = await Assert.ThrowsAsync<MailStoreException>(async () => await ChangeAsync(inbox, "STORE"));
            Assert.Equal(StoreFault.Full, error.Fault);
        }

        isFull = false;
        await ChangeAsync(inbox, "STORE");
        await inbox.RefreshAsync(expunges: true, CancellationToken.None);
    }

    private async Task<IMailbox> PrepareAsync()
    {
        var account = await _store.AccountAsync();
        await account.CreateAsync("More", CancellationToken.None);
        await _store.AppendAsync("Subject: 1\r\n\r\n");
        await _store.AppendAsync("Subject: 2\r\n\r\n");
        await _store.AppendAsync("Subject: 3\r\n\r\n", "More");
        return await _store.OpenAsync();
    }

    private async Task FailElsewhereAsync()
    {
        _failing = 1;
        await Assert.ThrowsAsync<MailStoreException>(async () => await _store.DeliverAsync("Subject: elsewhere\r\n\r\n", "More"));
        Assert.Equal(0, _failing);
        _steps.Clear();
    }

    private async Task ChangeAsync(IMailbox inbox, string change)
    {
        switch (change)
        {
            case "STORE":
                await inbox.StoreFlagsAsync(inbox.Messages, FlagChange.Add, new MessageFlagSet(SystemFlags.Answered), CancellationToken.None);
                break;
            case "EXPUNGE":
                await inbox.RemoveAsync([inbox.Messages[0]], CancellationToken.None);
                break;
            case "MOVE":
                Assert.Single((await inbox.MoveAsync([inbox.Messages[0]], "More", CancellationToken.None))!.TargetUids);
                break;
            case "COPY":
                Assert.Single((await inbox.CopyAsync([inbox.Messages[0]], "INBOX", CancellationToken.None))!.TargetUids);
                break;
            default:
                Assert.NotNull(await _store.AppendAsync("Subject: appended\r\n\r\n"));
                break;
        }
    }

    private void Before(string operation, string path)
    {
        if (operation == "Sync")
        {
            _steps.Add("sync");
            if (Interlocked.Decrement(ref _failing) >= 0)
                throw new MailStoreException(StoreFault.Broken, "Cannot sync.");
            _failing = 0;
        }
        else if (operation == "Rename" && Path.GetDirectoryName(path) == _store.Inbox)
        {
            _steps.Add(Path.GetFileName(path));
        }
        else if (operation == "Rename" && path.StartsWith(Path.Join(_store.Inbox, "cur"), StringComparison.Ordinal))
        {
            _steps.Add("flags");
        }
    }
}
