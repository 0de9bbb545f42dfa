using MailOps.Client.Migration;
using MailOps.Client.Migration.Batches;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Client.Tests.Migration.Batches;

/// <summary>What is on the target with another content than was copied.</summary>
public sealed class MigrationChangedTests : MigrationTest
{
    [Fact]
    public async Task A_draft_that_was_edited_on_the_target_stays_and_the_original_is_copied_again()
    {
        await using (var source = await OpenAsync(Source("ann")))
            await AddAsync(source, Draft("first"), Message("2"));
        await using var store = await OpenStoreAsync();
        await AddAsync(store, Plain, "ann");
        await WorkAsync(store);
        File.Delete(FileWith(Target("ann").Path!, "first"));
        await using (var target = await OpenAsync(Target("ann")))
            await AddAsync(target, Draft("second"));

        Assert.Equal((MigrationStatus.Failed, 1L), await CompleteAsync(store) is var failed ? (failed.Status, failed.Differences) : default);
        Assert.Equal((MigrationStatus.Completed, null), await CompleteAsync(store) is var done ? (done.Status, done.Error) : default);
        Assert.Equal(3, await CountAsync(Target("ann")));
        Assert.NotNull(FileWith(Target("ann").Path!, "second"));
    }

    [Fact]
    public async Task What_a_server_changed_is_not_copied_again_and_what_was_edited_there_is()
    {
        await using var dovecot = await PrivateDovecot.StartAsync();
        await using (var source = await OpenAsync(Source("ann")))
            await AddAsync(source, Draft("first"));
        await using var store = await OpenStoreAsync();
        await store.AddAsync("school", Plain, [("ann", Source("ann"), MailboxLocation.Parse($"imap+plain://john@localhost:{dovecot.ImapPort}/"))], isAdded: false, Cancel);
        await WorkAsync(store);
        var copy = FileWith(dovecot.MailPath, "first");
        await File.WriteAllTextAsync(copy, (await File.ReadAllTextAsync(copy, Cancel)).Replace("first", "FIRST", StringComparison.Ordinal), Cancel);
        for (var pass = 0; pass < 2; pass++)
        {
            var user = await CompleteAsync(store);
            Assert.Equal(MigrationStatus.Failed, user.Status);
            Assert.Contains("1 of them the server keeps with another content than it was given", user.Error, StringComparison.Ordinal);
        }

        Assert.Equal(1, dovecot.CountOnDisk);
        File.Delete(copy);
        await AddAsync(dovecot, "INBOX", Draft("second"));
        Assert.Equal(MigrationStatus.Failed, (await CompleteAsync(store)).Status);
        Assert.Equal(MigrationStatus.Completed, (await CompleteAsync(store)).Status);
        Assert.Equal(2, dovecot.CountOnDisk);
    }

    private static string Draft(string text) => $"From: a@example.com\r\nMessage-ID: <draft@example.com>\r\nSubject: draft\r\n\r\n{text}\r\n";

    private static string FileWith(string maildir, string text) =>
        new[] { "cur", "new" }.Select(part => Path.Join(maildir, part)).Where(Directory.Exists).SelectMany(Directory.GetFiles).Single(file => File.ReadAllText(file).Contains(text, StringComparison.Ordinal));

    private async Task<MigrationUser> CompleteAsync(MigrationStore store)
    {
        await store.WishAsync("school", ["ann"], MigrationWish.Complete, retryRefused: false, Cancel);
        await WorkAsync(store);
        return await UserAsync(store, "ann");
    }
}
