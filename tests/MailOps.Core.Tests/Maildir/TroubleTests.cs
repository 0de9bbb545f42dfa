using MailOps.Core.Tests.Maildir.PowerCut;
using MailOps.Maildir;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

/// <summary>
/// Any call to the disk fails, a read as well as a write: the error is the disk's own, the store goes on when the trouble is over, and
/// both this process and the next find everything that was promised.
/// </summary>
public sealed class TroubleTests(ITestOutputHelper output)
{
    private static readonly Dictionary<string, Func<RecordedStore, Task>> Works = new(StringComparer.Ordinal)
    {
        ["a delivery"] = store => store.DeliverAsync(RecordedStore.Text("new"), "INBOX", "More"),
        ["a look at a delivery"] = async store =>
        {
            await store.DeliverAsync(RecordedStore.Text("new"), "INBOX");
            await store.LookAsync("INBOX");
        },
        ["APPEND"] = store => store.AppendAsync(RecordedStore.Text("new"), "INBOX", new MessageFlagSet(SystemFlags.Flagged, ["other"])),
        ["COPY"] = store => store.TransferAsync("INBOX", "More", isMove: false),
        ["MOVE"] = store => store.TransferAsync("INBOX", "More", isMove: true),
        ["STORE"] = store => store.StoreFlagsAsync("INBOX", FlagChange.Add, new MessageFlagSet(SystemFlags.Answered, ["other"])),
        ["EXPUNGE"] = store => store.ExpungeFirstAsync("INBOX"),
        ["CREATE and the first look"] = async store =>
        {
            await store.CreateAsync("Fresh");
            await store.LookAsync("Fresh");
        },
        ["DELETE"] = store => store.DeleteAsync("More"),
        ["RENAME"] = store => store.RenameAsync("More", "Renamed"),
        ["RENAME of INBOX"] = store => store.RenameAsync("INBOX", "Renamed"),
    };

    private static int _disks;

    public static TheoryData<string> Names => [.. Works.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public Task A_call_that_fails_once(string name) => AtEachCallAsync(name, isOver: true);

    [Theory]
    [MemberData(nameof(Names))]
    public Task A_disk_that_fails_from_some_call_on_until_it_is_mended(string name) => AtEachCallAsync(name, isOver: false);

    private async Task AtEachCallAsync(string name, bool isOver)
    {
        for (var failing = 1; ; failing++)
        {
            HookedDisk hooked = null!;
            await using var store = new RecordedStore($"/trouble{Interlocked.Increment(ref _disks)}", wrap: disk => hooked = new HookedDisk(disk));
            await store.BeginAsync();
            await store.CreateAsync("More");
            await store.AppendAsync(RecordedStore.Text("one"), "INBOX", new MessageFlagSet(SystemFlags.Seen, ["project"]));
            await store.DeliverAsync(RecordedStore.Text("two"), "INBOX");
            await store.LookAsync("More");
            await store.LookAsync("INBOX");

            var calls = 0;
            var failed = "";
            hooked.Before = hooked.BeforeReading = (operation, path) =>
            {
                var call = Interlocked.Increment(ref calls);
                if (call < failing || (isOver && call > failing))
                    return;
                failed = failed.Length == 0 ? $"{operation} of {path}" : failed;
                throw new MailStoreException(StoreFault.Broken, $"The disk failed at {operation} of {path}.");
            };
            Exception? error = null;
            try
            {
                await Works[name](store);
            }
            catch (Exception thrown)
            {
                error = thrown;
            }

            hooked.Before = hooked.BeforeReading = static (_, _) => { };
            Assert.True(error is null or MailStoreException, $"Call {failing}, {failed}: {error}");
            if (failed.Length == 0)
            {
                output.WriteLine($"each of {failing - 1} calls");
                return;
            }

            await AssertWellAsync(store, $"Call {failing}, {failed}, error {error?.Message}");
        }
    }

    /// <summary>The store itself goes on, and another one finds what it must.</summary>
    private static async Task AssertWellAsync(RecordedStore store, string trouble)
    {
        try
        {
            var names = (await store.Mail.ListAsync(CancellationToken.None)).Where(mailbox => mailbox.Exists).Select(mailbox => mailbox.Name).ToArray();
            await store.DeliverAsync(RecordedStore.Text("afterwards"), names);
            foreach (var name in names)
            {
                var view = await store.LookAsync(name);
                Assert.Single(view.Messages, message => message.FileName == view.Messages[^1].FileName);
            }
        }
        catch (Exception error)
        {
            Assert.Fail($"{trouble}: the store does not go on: {error}");
        }

        var root = $"/trouble{Interlocked.Increment(ref _disks)}";
        var aftermath = new Aftermath(store.Ledger, store.Disk.Position);
        await aftermath.CheckAsync(root, new PowerCutDisk(root, store.Disk.Images[^1].Aged(TimeSpan.FromMinutes(10))));
        Assert.True(aftermath.Complaints.Count == 0, $"{trouble}: {string.Join('\n', aftermath.Complaints)}");
    }
}
