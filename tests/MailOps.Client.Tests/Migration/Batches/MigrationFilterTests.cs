using System.Text.Json;
using MailOps.Client.Mailboxes;
using MailOps.Client.Mboxes;
using MailOps.Client.Migration;
using MailOps.Client.Migration.Batches;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Client.Tests.Migration.Batches;

/// <summary>Batches of which only some messages are meant.</summary>
public sealed class MigrationFilterTests : MigrationTest
{
    // Those of FillAsync arrived on 3 February 2001 and the days after.
    private static readonly MessageFilter FromTheFifth = new() { Since = new DateTimeOffset(2001, 2, 5, 0, 0, 0, TimeSpan.Zero) };

    [Fact]
    public async Task What_a_filter_leaves_out_is_neither_copied_nor_missing_and_the_record_names_the_filter()
    {
        await FillAsync("ann", "1", "2", "3", "4");
        await using var store = await OpenStoreAsync();
        await AddAsync(store, Plain with { Filter = FromTheFifth, ReportPath = Folder.Of("proof") }, "ann");
        await WorkAsync(store);
        Assert.Equal((MigrationStatus.Synced, 2L, 2L, 2L, 100), await UserAsync(store, "ann") is var ann ? (ann.Status, ann.Messages, ann.Done, ann.Skipped, ann.PercentComplete) : default);
        await store.WishAsync("school", null, MigrationWish.Complete, retryRefused: false, Cancel);
        await WorkAsync(store);
        ann = await UserAsync(store, "ann");
        Assert.Equal((MigrationStatus.Completed, 0L, null), (ann.Status, ann.Differences, ann.Error));
        Assert.Equal(2, await CountAsync(Target("ann")));

        using var record = JsonDocument.Parse(await File.ReadAllTextAsync(ann.ReportPath + ".json", Cancel));
        Assert.Equal("2001-02-05 00:00:00 +00:00", record.RootElement.GetProperty("settings").GetProperty("Since").GetString());
        var summary = record.RootElement.GetProperty("summary");
        Assert.Equal((true, 2, 2), (summary.GetProperty("isEqual").GetBoolean(), summary.GetProperty("skipped").GetInt32(), summary.GetProperty("referenceMessages").GetInt32()));
        Assert.Contains("2001-02-05", await File.ReadAllTextAsync(ann.ReportPath + ".html", Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_filter_takes_and_is_not_there_is_missing()
    {
        await FillAsync("ann", "1", "2", "3", "4");
        await using var store = await OpenStoreAsync();
        await AddAsync(store, Plain with { Filter = FromTheFifth }, "ann");
        await WorkAsync(store);
        foreach (var file in Directory.GetFiles(Target("ann").Path!, "*", SearchOption.AllDirectories).Where(file => File.ReadAllText(file).Contains("Subject: 4", StringComparison.Ordinal)))
            File.Delete(file);
        await store.WishAsync("school", null, MigrationWish.Complete, retryRefused: false, Cancel);
        await WorkAsync(store);
        Assert.Equal((MigrationStatus.Failed, 1L), await UserAsync(store, "ann") is var ann ? (ann.Status, ann.Differences) : default);
    }

    [Fact]
    public async Task A_query_is_carried_out_by_every_pass_and_by_the_proof()
    {
        await using var dovecot = await PrivateDovecot.StartAsync();
        await AddAsync(dovecot, "INBOX", Message("one"), Message("two"), Message("twofold"));
        await using var store = await OpenStoreAsync();
        await store.AddAsync("school", Plain with { Query = "SUBJECT two" }, [("ann", MailboxLocation.Parse($"imap+plain://john@localhost:{dovecot.ImapPort}/"), Target("ann"))], isAdded: false, Cancel);
        await WorkAsync(store);
        Assert.Equal((MigrationStatus.Synced, 2L, 2L, 1L), await UserAsync(store, "ann") is var ann ? (ann.Status, ann.Messages, ann.Done, ann.Skipped) : default);
        await AddAsync(dovecot, "INBOX", Message("three"), Message("two more"));
        await store.WishAsync("school", null, MigrationWish.Complete, retryRefused: false, Cancel);
        await WorkAsync(store);
        ann = await UserAsync(store, "ann");
        Assert.Equal((MigrationStatus.Completed, 3L, 2L, null), (ann.Status, ann.Messages, ann.Skipped, ann.Error));
        Assert.Equal(3, await CountAsync(Target("ann")));
    }

    [Fact]
    public async Task What_a_batch_is_copied_by_is_kept_and_older_batches_have_none_of_it()
    {
        var settings = Plain with
        {
            Filter = new MessageFilter { Since = FromTheFifth.Since, SmallerThan = 1000, Flag = ["\\Seen"], NotFlag = ["$Junk"] },
            Query = "UNSEEN",
            GmailLabels = GmailLabels.Once,
            Compression = ImapCompression.Never,
            MboxDialect = MboxDialect.Mboxcl2,
        };
        await using (var store = await OpenStoreAsync())
            await AddAsync(store, settings, "ann");
        await using var again = await OpenStoreAsync();
        Assert.Equivalent(settings, (await BatchAsync(again)).Settings, strict: true);
        Assert.Equivalent(Plain with { Connections = 3 }, MigrationSettings.Of("""{"Include":["*"],"Exclude":[],"FolderMap":{},"Mirror":false,"RemoveDeleted":false,"Connections":3,"MaximumPerServer":8,"SyncInterval":null,"SkipCertificateCheck":false,"CertificatePin":[],"TimeoutSeconds":60,"FromVault":null,"ToVault":null,"ReportPath":null}"""), strict: true);
    }
}
