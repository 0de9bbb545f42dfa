using System.Globalization;
using MailOps.Core.Tests.Maildir.PowerCut;
using MailOps.Maildir;
using Xunit;

namespace MailOps.Core.Tests.Maildir.Damage;

/// <summary>
/// One of the store's own files is damaged or goes away while nothing runs. All mail is there with its flags, and no UID that was
/// told belongs to another message. <c>MAILOPS_DAMAGE</c> says how many times each file is damaged.
/// </summary>
public sealed class DamagedStoreTests(ITestOutputHelper output)
{
    private static readonly int Rounds = int.TryParse(Environment.GetEnvironmentVariable("MAILOPS_DAMAGE"), NumberStyles.None, CultureInfo.InvariantCulture, out var rounds) ? rounds : 250;

    private static int _disks;

    /// <summary>Files with what may be lost with them: what stands nowhere else.</summary>
    public static TheoryData<string, string> Files => new()
    {
        { "dovecot-uidlist", "" },
        { "mailops-uidseal", "" },
        { "dovecot-keywords", "flags: " },
        { "dovecot-uidvalidity", "" },
        { "subscriptions", "subscriptions: " },
        { "mailops-log", "" },
        { ".More/mailops-log", "" },
        { ".More/dovecot-uidlist", "" },
        { ".More/mailops-uidseal", "" },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_damaged_file_loses_no_mail_and_no_UID_comes_twice(string file, string lost)
    {
        await using var store = await PrepareAsync();
        var image = store.Disk.Images[^1];
        var path = new[] { "store", "mail", "example.com", "john" }.Concat(file.Split('/')).ToArray();
        var inode = image.Find(path);
        Assert.True(inode is not null, $"There is no {file}: {string.Join(' ', image.Lines())}");
        var random = new Random(1);
        for (var round = 0; round < Rounds; round++)
        {
            var octets = image[inode.Value].Content!.Octets;
            for (var edits = round == 0 ? -1 : random.Next(3); edits >= 0; edits--)
                octets = Edit.Random(random).On(octets);
            var damaged = round == 0
                ? image.After(new RemoveName(image.Find(path.AsSpan(..^1))!.Value, path[^1], DateTimeOffset.UtcNow))
                : image.WithContent(inode.Value, new FileContent(octets), DateTimeOffset.UtcNow - TimeSpan.FromMinutes(1));
            var aftermath = new Aftermath(store.Ledger, store.Disk.Position);
            var root = $"/damage{Interlocked.Increment(ref _disks)}";
            await aftermath.CheckAsync(root, new PowerCutDisk(root, damaged.Aged(TimeSpan.FromMinutes(10))));

            // Behind the damage of a list its messages get new UIDs: none of the old ones comes again.
            var complaints = aftermath.Complaints
                .Where(complaint => lost.Length == 0 || !complaint.StartsWith(lost, StringComparison.Ordinal))
                .Where(complaint => !file.EndsWith("dovecot-uidlist", StringComparison.Ordinal) || !complaint.StartsWith("renumbered:", StringComparison.Ordinal))
                .ToList();
            Assert.True(complaints.Count == 0, $"Round {round}, {file} is {System.Text.Encoding.Latin1.GetString(octets)}: {string.Join('\n', complaints)}");
        }

        output.WriteLine($"{Rounds} times damaged");
    }

    private static async Task<RecordedStore> PrepareAsync()
    {
        var store = new RecordedStore($"/damage{Interlocked.Increment(ref _disks)}");
        await store.BeginAsync();
        await store.CreateAsync("More");
        for (var i = 1; i <= 4; i++)
            await store.AppendAsync(RecordedStore.Text($"kept {i}"), i % 2 == 0 ? "More" : "INBOX", new MessageFlagSet(SystemFlags.Seen, [$"keyword{i}"]));
        await store.DeliverAsync(RecordedStore.Text("delivered"), "INBOX", "More");
        await store.LookAsync("INBOX");
        await store.TransferAsync("INBOX", "More", isMove: true);
        await store.AppendAsync(RecordedStore.Text("last"), "INBOX", MessageFlagSet.None);
        await store.LookAsync("More");
        await store.LookAsync("INBOX");
        await store.ExpungeFirstAsync("INBOX");
        await store.ExpungeFirstAsync("More");
        await store.SubscribeAsync("More");
        return store;
    }
}
