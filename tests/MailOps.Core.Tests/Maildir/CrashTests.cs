using MailOps.Maildir;
using MailOps.Maildir.Disk;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

/// <summary>The process ends between any two calls to the disk; another one takes over.</summary>
public sealed class CrashTests
{
    private static readonly MessageFlagSet Flags = new(SystemFlags.Seen, ["kw"]);

    [Fact]
    public Task A_crash_inside_a_delivery_leaves_whole_messages_and_stable_UIDs() =>
        CrashAtEachStepAsync((store, _, _) => store.DeliverAsync("Subject: new\r\n\r\n", "INBOX", "More"), isMove: false);

    [Fact]
    public Task A_crash_inside_APPEND_leaves_whole_messages_and_stable_UIDs() =>
        CrashAtEachStepAsync(async (store, _, _) => await store.AppendAsync("Subject: new\r\n\r\n", flags: Flags), isMove: false);

    [Fact]
    public Task A_crash_inside_COPY_leaves_whole_messages_and_stable_UIDs() =>
        CrashAtEachStepAsync(async (_, inbox, cancel) => await inbox.CopyAsync(inbox.Messages, "More", cancel), isMove: false);

    [Fact]
    public Task A_crash_inside_MOVE_leaves_each_message_in_one_of_the_two() =>
        CrashAtEachStepAsync(async (_, inbox, cancel) => await inbox.MoveAsync(inbox.Messages, "More", cancel), isMove: true);

    [Fact]
    public Task A_crash_inside_STORE_leaves_whole_messages_and_stable_UIDs() =>
        CrashAtEachStepAsync(async (_, inbox, cancel) => await inbox.StoreFlagsAsync(inbox.Messages, FlagChange.Add, Flags, cancel), isMove: false);

    private static async Task CrashAtEachStepAsync(Func<StoreFixture, IMailbox, CancellationToken, ValueTask> work, bool isMove)
    {
        for (var last = 0; ; last++)
        {
            Assert.True(last < 100, "The work never succeeds.");
            HookedDisk disk = null!;
            await using var store = new StoreFixture(real => disk = new HookedDisk(real));
            var account = await store.AccountAsync();
            await account.CreateAsync("More", CancellationToken.None);
            for (var i = 1; i <= 2; i++)
                await store.AppendAsync($"Subject: {i}\r\n\r\n", flags: new MessageFlagSet(SystemFlags.None, i == 1 ? ["one"] : []));
            var owners = new Dictionary<(string Mailbox, uint Validity, uint Uid), string>();
            await RememberAsync(store.Store, owners);
            await using var inbox = await store.OpenAsync();

            var isDone = await disk.EndAfterAsync(last, async () => await work(store, inbox, CancellationToken.None));

            await using (var next = new MaildirStore(store.Root, new MaildirStoreOptions(), OperatingSystem.IsLinux() ? new LinuxDisk() : new PortableDisk()))
            {
                var found = await RememberAsync(next, owners);
                foreach (var text in new[] { "Subject: 1\r\n\r\n", "Subject: 2\r\n\r\n" })
                    Assert.InRange(found.Count(one => one == text), 1, isMove ? 1 : 2);
                await using var delivery = next.BeginDelivery();
                delivery.Write("Subject: later\r\n\r\n"u8);
                await delivery.CommitAsync([new DeliveryTarget(StoreFixture.Account), new DeliveryTarget(StoreFixture.Account, "More")], CancellationToken.None);
                Assert.Equal(found.Count + 2, (await RememberAsync(next, owners)).Count);
            }

            disk.Before = static (_, _) => { };
            if (isDone)
                return;
        }
    }

    /// <summary>Reads all, and checks that no UID of before belongs to another message now.</summary>
    private static async Task<List<string>> RememberAsync(MaildirStore store, Dictionary<(string Mailbox, uint Validity, uint Uid), string> owners)
    {
        var found = new List<string>();
        var account = await store.OpenAccountAsync(StoreFixture.Account, CancellationToken.None);
        foreach (var name in new[] { "INBOX", "More" })
        {
            await using var mailbox = await account.OpenAsync(name, readOnly: true, CancellationToken.None);
            foreach (var message in mailbox!.Messages)
            {
                var text = await StoreFixture.ReadAsync(mailbox, message);
                Assert.NotNull(text);
                Assert.EndsWith("\r\n\r\n", text, StringComparison.Ordinal);
                found.Add(text);
                if (!owners.TryAdd((name, mailbox.UidValidity, message.Uid), text))
                    Assert.Equal(owners[(name, mailbox.UidValidity, message.Uid)], text);
            }
        }

        return found;
    }
}
