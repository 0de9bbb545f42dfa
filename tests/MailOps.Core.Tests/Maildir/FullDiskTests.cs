using MailOps.Maildir;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

public sealed class FullDiskTests
{
    private const string Message = "Subject: one\r\n\r\nHello\r\n";

    // The steps of each change that need space. Removing and renaming back do not: the disk takes those when it is full.
    private static bool NeedsSpace(string operation, string path) =>
        operation is not ("Unlink" or "DeleteTree") && !path.EndsWith(".lock", StringComparison.Ordinal);

    [Fact]
    public async Task A_disk_that_is_full_at_any_step_of_a_delivery_delivers_to_none_of_its_targets()
    {
        await AtEachStepAsync(
            store => store.DeliverAsync(Message, "INBOX", "Copies", "More"),
            async store =>
            {
                foreach (var name in new[] { "INBOX", "Copies", "More" })
                    Assert.Equal(0, await CountAsync(store, name));
            },
            async store => Assert.Equal(1, await CountAsync(store, "More")));
    }

    [Fact]
    public async Task A_disk_that_is_full_at_any_step_of_APPEND_leaves_the_mailbox_as_it_was()
    {
        await AtEachStepAsync(
            async store => await store.AppendAsync(Message, flags: new MessageFlagSet(SystemFlags.Seen, ["kw"])),
            async store => Assert.Equal(0, await CountAsync(store, "INBOX")),
            async store => Assert.Equal(1, await CountAsync(store, "INBOX")));
    }

    [Fact]
    public async Task A_disk_that_is_full_at_any_step_of_COPY_copies_nothing()
    {
        await TransferAsync((mailbox, target) => mailbox.CopyAsync(mailbox.Messages, target, CancellationToken.None), left: 2);
    }

    [Fact]
    public async Task A_disk_that_is_full_at_any_step_of_MOVE_leaves_the_messages_where_they_were()
    {
        await TransferAsync((mailbox, target) => mailbox.MoveAsync(mailbox.Messages, target, CancellationToken.None), left: 0);
    }

    // A move that is done and not yet durable is in one of the two places, wherever the power is cut: a sync that fails undoes nothing.
    private static async Task TransferAsync(Func<IMailbox, string, ValueTask<CopiedMessages?>> transfer, int left)
    {
        await AtEachStepAsync(
            async store =>
            {
                await using var source = await store.OpenAsync("Copies");
                Assert.NotNull(await transfer(source, "More"));
            },
            async store =>
            {
                Assert.Equal(2, await CountAsync(store, "Copies"));
                Assert.Equal(0, await CountAsync(store, "More"));
            },
            async store =>
            {
                Assert.Equal(left, await CountAsync(store, "Copies"));
                Assert.Equal(2, await CountAsync(store, "More"));
            },
            async store =>
            {
                await store.AppendAsync(Message, "Copies", new MessageFlagSet(SystemFlags.Seen, ["kw"]));
                await store.AppendAsync(Message, "Copies");
                await using var seen = await store.OpenAsync("Copies");
            },
            failsInSync: left > 0);
    }

    /// <summary>Fails the first, second, third … step that needs space, until the work succeeds.</summary>
    private static async Task AtEachStepAsync(
        Func<StoreFixture, ValueTask> work,
        Func<StoreFixture, Task> afterFailure,
        Func<StoreFixture, Task> afterSuccess,
        Func<StoreFixture, Task>? prepare = null,
        bool failsInSync = true)
    {
        for (var failing = 1; ; failing++)
        {
            Assert.True(failing < 100, "The work never succeeds.");
            HookedDisk disk = null!;
            await using var store = new StoreFixture(real => disk = new HookedDisk(real));
            var account = await store.AccountAsync();
            foreach (var name in new[] { "Copies", "More" })
            {
                await account.CreateAsync(name, CancellationToken.None);
                Assert.NotNull(await account.StatusAsync(name, CancellationToken.None));
            }

            if (prepare is not null)
                await prepare(store);

            var step = 0;
            disk.Before = (operation, path) =>
            {
                if (NeedsSpace(operation, path) && (operation != "Sync" || failsInSync) && Interlocked.Increment(ref step) == failing)
                    throw new MailStoreException(StoreFault.Full, $"No space for {operation} {path}");
            };
            MailStoreException? failure = null;
            try
            {
                await work(store);
            }
            catch (MailStoreException error)
            {
                failure = error;
            }

            disk.Before = static (_, _) => { };
            if (failure is null)
            {
                Assert.True(failing > 3, "No step failed.");
                await afterSuccess(store);
                return;
            }

            Assert.Equal(StoreFault.Full, failure.Fault);
            await afterFailure(store);
            Assert.Empty(Directory.GetFiles(store.Root, "*.lock", SearchOption.AllDirectories));
            Assert.Empty(Directory.GetFiles(Path.Combine(store.Root, "tmp")));

            // It all works again when there is space, with new UIDs.
            await work(store);
            await afterSuccess(store);
        }
    }

    private static async Task<int> CountAsync(StoreFixture store, string mailbox)
    {
        var account = await store.AccountAsync();
        return (await account.StatusAsync(mailbox, CancellationToken.None))!.Messages;
    }
}
