using MailOps.Maildir;
using MailOps.Maildir.Access;
using MailOps.Maildir.Disk;
using Xunit;

namespace MailOps.Core.Tests.Maildir.Access;

/// <summary>The process ends between any two calls to the disk, while rights change or shared mailboxes do; another one takes over.</summary>
public sealed class AccessCrashTests
{
    private const string Jane = "jane@example.com";
    private const string Mary = "mary@example.com";

    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public Task A_crash_inside_SETACL_leaves_the_old_list_or_the_new_one() =>
        CrashAtEachStepAsync(john => ChangeAsync(john, "Shared", Mary, AccessChangeKind.Replace), "Shared=jane lr", "Shared=jane lr, mary lr");

    [Fact]
    public Task A_crash_inside_DELETEACL_leaves_the_old_list_or_the_new_one() =>
        CrashAtEachStepAsync(john => ChangeAsync(john, "Shared", Jane, AccessChangeKind.Delete), "Shared=jane lr", "Shared=");

    [Fact]
    public Task A_crash_inside_CREATE_leaves_a_mailbox_with_its_parents_rights_or_none() =>
        CrashAtEachStepAsync(john => john.CreateAsync("Shared/Below", None).AsTask(), "Shared=jane lr", "Shared=jane lr; Shared/Below=jane lr");

    [Fact]
    public Task A_crash_inside_RENAME_takes_the_rights_along() =>
        CrashAtEachStepAsync(john => john.RenameAsync("Shared", "Other", None).AsTask(), "Shared=jane lr", "Other=jane lr");

    [Fact]
    public Task A_crash_inside_DELETE_leaves_no_rights_behind() =>
        CrashAtEachStepAsync(john => john.DeleteAsync("Shared", None).AsTask(), "Shared=jane lr", "");

    private static Task ChangeAsync(IMailAccount account, string mailbox, string user, AccessChangeKind kind) =>
        account.SetAccessAsync(mailbox, new AccessChange(AccessIdentifier.User(user), IsNegative: false, kind, MailboxRights.Lookup | MailboxRights.Read), None).AsTask();

    private static async Task CrashAtEachStepAsync(Func<IMailAccount, Task> work, string before, string after)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var last = 0; ; last++)
        {
            Assert.True(last < 100, "The work never succeeds.");
            HookedDisk disk = null!;
            await using var store = new StoreFixture(real => disk = new HookedDisk(real));
            var john = await store.AccountAsync();
            await john.CreateAsync("Shared", None);
            await ChangeAsync(john, "Shared", Jane, AccessChangeKind.Replace);
            var isDone = await disk.EndAfterAsync(last, () => work(john));

            await using (var next = new MaildirStore(store.Root, new MaildirStoreOptions(), OperatingSystem.IsLinux() ? new LinuxDisk() : new PortableDisk()))
            {
                var state = await StateAsync(next);
                Assert.Contains(state, new[] { before, after });
                seen.Add(state);

                // Whoever may see a mailbox is told of it.
                foreach (var user in new[] { Jane, Mary })
                {
                    var account = await next.OpenNamespacesAsync(user, None);
                    var listed = (await account.ListAsync(None)).Count(mailbox => mailbox.Exists && mailbox.Name != MailboxName.Inbox);
                    Assert.Equal(state.Split("; ").Count(one => one.Contains(user.Split('@')[0], StringComparison.Ordinal)), listed);
                }
            }

            disk.Before = static (_, _) => { };
            if (!isDone)
                continue;
            Assert.Equal([before, after], new[] { before, after }.Where(seen.Contains));
            return;
        }
    }

    private static async Task<string> StateAsync(MaildirStore store)
    {
        var john = await store.OpenAccountAsync(StoreFixture.Account, None);
        var mailboxes = new List<string>();
        foreach (var mailbox in (await john.ListAsync(None)).Where(mailbox => mailbox.Exists && mailbox.Name != MailboxName.Inbox))
        {
            var access = (await john.GetAccessAsync(mailbox.Name, None))!;
            Assert.Equal(0, access.DamagedLine);
            mailboxes.Add($"{mailbox.Name}={string.Join(", ", access.Entries.Where(entry => entry.Identifier.Name != StoreFixture.Account).Select(entry => $"{entry.Identifier.Name.Split('@')[0]} {RightsText.Format(entry.Granted!.Value)}"))}");
        }

        return string.Join("; ", mailboxes);
    }
}
