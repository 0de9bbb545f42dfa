using MailOps.Core.Tests.Maildir.Beside;
using MailOps.Maildir;
using MailOps.Maildir.Disk;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

/// <summary>A mailbox of Maildir++ that is being made: other programs take any directory with a dot before its name for a mailbox.</summary>
public sealed class MailboxMakingTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task A_crash_inside_CREATE_leaves_a_mailbox_to_all_programs_or_to_none()
    {
        var seen = new HashSet<int>();
        for (var last = 0; ; last++)
        {
            Assert.True(last < 100, "The work never succeeds.");
            HookedDisk disk = null!;
            await using var store = new StoreFixture(real => disk = new HookedDisk(real));
            var account = await store.AccountAsync();
            var isDone = await disk.EndAfterAsync(last, async () => Assert.Equal(MailboxOutcome.Done, await account.CreateAsync("New", None)));

            await using (var next = new MaildirStore(store.Root, new MaildirStoreOptions(), OperatingSystem.IsLinux() ? new LinuxDisk() : new PortableDisk()))
            {
                var after = await next.OpenAccountAsync(StoreFixture.Account, None);
                var listed = (await after.ListAsync(None)).Count(mailbox => mailbox.Exists && mailbox.Name != MailboxName.Inbox);
                var root = store.Inbox;
                Assert.Equal(listed, Directory.GetDirectories(root, ".*").Length);
                seen.Add(listed);

                Assert.Equal(listed == 0 ? MailboxOutcome.Done : MailboxOutcome.AlreadyExists, await after.CreateAsync("New", None));
            }

            disk.Before = static (_, _) => { };
            if (!isDone)
                continue;
            Assert.Equal([0, 1], seen.Order());
            return;
        }
    }

    [Fact]
    public async Task Dovecot_shows_a_mailbox_of_which_there_is_no_more_than_the_name()
    {
        await using var shared = await SharedAccount.StartAsync();
        await using var store = shared.OpenStore();
        store.Environment.Disk.CreateDirectory(Path.Join(shared.Inbox, ".New", "tmp"));

        Assert.Contains("New", (await new DovecotTaker(shared).LookAsync()).Folders);
    }

    [Fact]
    public async Task What_another_program_makes_in_the_same_moment_is_left_as_it_is()
    {
        HookedDisk disk = null!;
        await using var store = new StoreFixture(real => disk = new HookedDisk(real));
        var account = await store.AccountAsync();
        var mailbox = Path.Join(store.Inbox, ".New");
        var message = Path.Join(mailbox, "cur", "1700000000.M1P1.other:2,");
        disk.Before = (operation, path) =>
        {
            if (operation != "Rename" || path != mailbox)
                return;
            Directory.CreateDirectory(Path.GetDirectoryName(message)!);
            File.WriteAllText(message, "Subject: theirs\n\n");
        };

        Assert.Equal(MailboxOutcome.Done, await account.CreateAsync("New", None));

        await using var view = (await account.OpenAsync("New", readOnly: true, None))!;
        Assert.Equal("Subject: theirs\r\n\r\n", await StoreFixture.ReadAsync(view, Assert.Single(view.Messages)));
        Assert.True(File.Exists(Path.Join(mailbox, "maildirfolder")));
        Assert.Empty(Directory.GetDirectories(Path.Join(store.Root, "tmp")));
    }
}
