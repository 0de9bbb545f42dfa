using MailOps.Maildir;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

public sealed class FsLayoutTests
{
    [Fact]
    [Trait("Windows", "can")]
    public async Task Mailboxes_are_made_listed_renamed_and_deleted_as_nested_directories()
    {
        await using var store = new StoreFixture(layout: MaildirLayout.Fs);
        var account = await store.AccountAsync();
        foreach (var name in new[] { "A/B/C", "A", "Ä", "v1.0/x", ".dot", "INBOX/Sub" })
            Assert.Equal(MailboxOutcome.Done, await account.CreateAsync(name, CancellationToken.None));
        foreach (var name in new[] { "cur", "A/new", "tmp/x", "..", "a//b", "~john", new string('x', 256) })
            Assert.Equal(MailboxOutcome.InvalidName, await account.CreateAsync(name, CancellationToken.None));
        Assert.Equal("has a level 'cur', which is a directory of every Maildir", account.RuleAgainst("cur"));
        Assert.True(Directory.Exists(Path.Combine(store.Inbox, "A", "B", "C", "cur")));
        Assert.Equal(["INBOX", ".dot", "A", "A/B-", "A/B/C", "INBOX/Sub", "v1.0-", "v1.0/x", "Ä"], await NamesAsync(account));

        await store.DeliverAsync("Subject: x\r\n\r\n", "A/B/C");
        await using var open = await store.OpenAsync("A/B/C");
        Assert.Equal(MailboxOutcome.InvalidName, await account.RenameAsync("A", "A/D", CancellationToken.None));
        Assert.Equal(MailboxOutcome.AlreadyExists, await account.RenameAsync("A", "v1.0", CancellationToken.None));
        Assert.Equal(MailboxOutcome.NonExistent, await account.RenameAsync("Nowhere", "X", CancellationToken.None));
        Assert.Equal(MailboxOutcome.Done, await account.RenameAsync("A", "Z/Y", CancellationToken.None));
        Assert.Equal(["INBOX", ".dot", "INBOX/Sub", "Z-", "Z/Y", "Z/Y/B-", "Z/Y/B/C", "v1.0-", "v1.0/x", "Ä"], await NamesAsync(account));

        // A session that had it open goes on in the new place.
        await store.DeliverAsync("Subject: y\r\n\r\n", "Z/Y/B/C");
        await open.RefreshAsync(expunges: true, CancellationToken.None);
        Assert.Equal(2, open.Messages.Count);

        // Deleted, a mailbox leaves those below it; made again, it is another one.
        var before = (await account.StatusAsync("Z/Y", CancellationToken.None))!.UidValidity;
        Assert.Equal(MailboxOutcome.Done, await account.DeleteAsync("Z/Y", CancellationToken.None));
        Assert.Equal(2, (await account.StatusAsync("Z/Y/B/C", CancellationToken.None))!.Messages);
        Assert.Null(await account.StatusAsync("Z/Y", CancellationToken.None));
        Assert.Equal(MailboxOutcome.Done, await account.CreateAsync("Z/Y", CancellationToken.None));
        Assert.True((await account.StatusAsync("Z/Y", CancellationToken.None))!.UidValidity > before);
    }

    [Fact]
    [Trait("Windows", "can")]
    public async Task An_account_stays_nested_for_who_does_not_say_so_and_while_it_has_no_mailboxes()
    {
        await using var store = new StoreFixture(layout: MaildirLayout.Fs);
        await store.AccountAsync();
        await using (var maildir = await MaildirInPlace.OpenAsync(store.Inbox, null, CancellationToken.None))
        {
            Assert.Equal(MaildirLayout.Fs, maildir.Layout);
            await maildir.Account.CreateAsync("A/B", CancellationToken.None);
        }

        await using var other = new MaildirStore(store.Root);
        var account = await other.OpenAccountAsync(StoreFixture.Account, CancellationToken.None);
        Assert.Equal(["INBOX", "A-", "A/B"], await NamesAsync(account));
        Assert.True(Directory.Exists(Path.Combine(store.Inbox, "A", "B", "cur")));
        await other.OpenAccountAsync("new@example.com", CancellationToken.None);
        Assert.False(File.Exists(Path.Combine(store.Root, "mail", "example.com", "new", "mailops-layout")));
    }

    [Fact]
    public async Task Dovecot_and_the_store_agree_on_nested_directories()
    {
        await using var store = new StoreFixture(layout: MaildirLayout.Fs);
        var account = await store.AccountAsync();
        await using var dovecot = await DovecotOnStore.StartAsync(store.Root, ":LAYOUT=fs");
        await account.CreateAsync("Entwürfe/2026", CancellationToken.None);
        await account.CreateAsync("v1.0", CancellationToken.None);
        await account.SetSubscribedAsync("Entwürfe/2026", subscribed: true, CancellationToken.None);
        await store.AppendAsync("Subject: x\r\n\r\n", "Entwürfe/2026", new MessageFlagSet(SystemFlags.Seen, ["$Label7"]));
        await store.DeliverAsync("Subject: inbox\r\n\r\n");
        await dovecot.CommandAsync("CREATE Box/&ZeVnLIqe-");
        await dovecot.CommandAsync("CREATE INBOX/Sub");
        await dovecot.CommandAsync("SUBSCRIBE Box/&ZeVnLIqe-");
        await dovecot.CommandAsync("APPEND Box/&ZeVnLIqe- (\\Flagged) {28+}\r\nSubject: a\r\n\r\nby Dovecot\r\n\r\n");
        Assert.Equal(["Entwürfe/2026", "Box/日本語"], await account.ListSubscribedAsync(CancellationToken.None));
        Assert.Equal("* LSUB () \"/\" Entw&APw-rfe/2026|* LSUB () \"/\" Box/&ZeVnLIqe-", string.Join('|', (await dovecot.CommandAsync("LSUB \"\" *")).Where(line => line.StartsWith('*'))));

        await SameAsync(account, dovecot);
        Assert.Contains("MESSAGES 1 ", string.Join(' ', await dovecot.CommandAsync("STATUS INBOX (MESSAGES UIDVALIDITY)")), StringComparison.Ordinal);
        foreach (var (name, encoded) in new[] { ("INBOX", "INBOX"), ("Entwürfe/2026", "Entw&APw-rfe/2026"), ("Box/日本語", "Box/&ZeVnLIqe-"), ("v1.0", "v1.0") })
        {
            var status = (await account.StatusAsync(name, CancellationToken.None))!;
            Assert.Contains(
                await dovecot.CommandAsync($"STATUS {encoded} (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)"),
                line => line.EndsWith($"(MESSAGES {status.Messages} UIDNEXT {status.UidNext} UIDVALIDITY {status.UidValidity} UNSEEN {status.Unseen})", StringComparison.Ordinal));
        }

        await account.RenameAsync("Box", "Entwürfe/Box", CancellationToken.None);
        await SameAsync(account, dovecot);
        await dovecot.CommandAsync("RENAME Entw&APw-rfe Fertig");
        await SameAsync(account, dovecot);
        Assert.Equal(1, (await account.StatusAsync("Fertig/Box/日本語", CancellationToken.None))!.Messages);
        await account.CreateAsync("Fertig", CancellationToken.None);
        await account.DeleteAsync("Fertig", CancellationToken.None);
        await SameAsync(account, dovecot);
        await dovecot.CommandAsync("DELETE Fertig/2026");
        await SameAsync(account, dovecot);

        // Made by turns, a mailbox never has a UIDVALIDITY again that it had.
        var validities = new HashSet<uint>();
        for (var i = 0; i < 3; i++)
        {
            await account.CreateAsync("Again", CancellationToken.None);
            Assert.True(validities.Add((await account.StatusAsync("Again", CancellationToken.None))!.UidValidity));
            await account.DeleteAsync("Again", CancellationToken.None);
            await dovecot.CommandAsync("CREATE Again");
            Assert.True(validities.Add((await account.StatusAsync("Again", CancellationToken.None))!.UidValidity));
            await dovecot.CommandAsync("DELETE Again");
        }

        Assert.Empty(dovecot.Complaints());
    }

    [Fact]
    public async Task Links_that_give_a_directory_names_without_number_are_followed_so_far()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere directories have no identity.");
        await using var store = new StoreFixture(layout: MaildirLayout.Fs);
        var account = await store.AccountAsync();
        const int Levels = 30;
        string[] boxes = [.. Enumerable.Range(0, Levels).Select(i => $"box{i}")];
        foreach (var box in boxes)
            await account.CreateAsync(box, CancellationToken.None);
        for (var i = 1; i < Levels; i++)
        {
            foreach (var link in new[] { "a", "b" })
                Directory.CreateSymbolicLink(Path.Combine(store.Inbox, boxes[i - 1], link), Path.Combine(store.Inbox, boxes[i]));
        }

        var listed = await Task.Run(() => NamesAsync(account)).WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Superset(new HashSet<string>(["box0", "box0/a", "box0/b", "box0/a/a", "box0/b/b", .. boxes]), listed.ToHashSet());
    }

    private static async Task SameAsync(IMailAccount account, DovecotOnStore dovecot)
    {
        await dovecot.ReconnectAsync();
        var listed = (await dovecot.CommandAsync("LIST \"\" *")).Where(line => line.StartsWith("* LIST", StringComparison.Ordinal) && !line.Contains("\\Noselect", StringComparison.OrdinalIgnoreCase))
            .Select(line => line[(line.IndexOf("\"/\" ", StringComparison.Ordinal) + 4)..].Trim('"'));
        var ours = (await account.ListAsync(CancellationToken.None)).Where(info => info.Exists).Select(info => MailOps.Maildir.Names.ModifiedUtf7.Encode(info.Name));
        Assert.Equal(string.Join(" | ", ours.Order(StringComparer.Ordinal)), string.Join(" | ", listed.Order(StringComparer.Ordinal)));
    }

    private static async Task<IEnumerable<string>> NamesAsync(IMailAccount account) =>
        (await account.ListAsync(CancellationToken.None)).Select(info => info.Name + (info.Exists ? "" : "-"));
}
