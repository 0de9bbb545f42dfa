using System.Net;
using MailOps.Client.Mailboxes;
using MailOps.Client.Maildirs;
using MailOps.Client.Sessions;
using MailOps.Maildir;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Client.Tests.Maildirs;

public sealed class MaildirEditorTests
{
    private static readonly DateTimeOffset Arrived = new(2020, 2, 3, 4, 5, 6, TimeSpan.Zero);

    [Fact]
    public async Task Messages_are_added_changed_moved_and_removed()
    {
        using var maildir = new TestMaildir();
        await using var editor = new MaildirEditor();
        var cancel = TestContext.Current.CancellationToken;
        var added = await AddAsync(editor, maildir.Root, "Work/Later", "Subject: a\n\nx\r\ny", ["seen", "Work"]);
        var message = Assert.Single(editor.Show([added]));
        Assert.Equal((1u, "Work/Later", 18L), (message.Uid!.Value, message.Folder, message.Size));
        Assert.Equal(Arrived, message.InternalDate);
        Assert.Equal("Subject: a\r\n\r\nx\r\ny"u8.ToArray(), message.Raw);

        var changed = Assert.Single((await editor.SetFlagsAsync([message], FlagChange.Replace, ["Flagged", "Home"], shows: true, cancel)).Shown);
        Assert.Equal(["\\Flagged", "Home"], changed.Flags);
        Assert.Equal(Arrived.AddDays(1), Assert.Single((await editor.SetArrivedAsync([message], Arrived.AddDays(1), shows: true, cancel)).Shown).InternalDate);
        var (moved, sources) = await editor.MoveAsync([message], "Done", makesFolder: true, shows: true, cancel);
        Assert.Equal(("Done", "\\Flagged Home"), (moved[0].Folder, string.Join(' ', moved[0].Flags)));
        Assert.Equal([message.UniqueName], sources);
        Assert.Empty((await editor.MoveAsync([message], "Done", makesFolder: true, shows: true, cancel)).Sources);
        Assert.Empty(await editor.RemoveAsync([message], cancel));
        Assert.Single(await editor.RemoveAsync(moved, cancel));
        Assert.All(MaildirReader.Folders(maildir.Root, []), folder => Assert.Equal(0, folder.ItemsInFolder));
    }

    [Fact]
    public async Task A_folder_that_another_program_made_again_is_opened_again()
    {
        using var maildir = new TestMaildir();
        await using var editor = new MaildirEditor();
        var cancel = TestContext.Current.CancellationToken;
        maildir.Make(".Sub");
        maildir.Put(".Sub/cur/1700000000.M1P1.host,S=14:2,", "Subject: a\n\nx\n");
        var messages = MaildirReader.Messages(maildir.Root, ["Sub"], new MaildirFilter(), null, cancel).ToList();
        Assert.Single((await editor.SetFlagsAsync(messages, FlagChange.Add, ["Seen"], shows: false, cancel)).Changed);
        Directory.Delete(Path.Combine(maildir.Root, ".Sub"), recursive: true);
        maildir.Make(".Sub");
        maildir.Put(".Sub/cur/1600000000.M1P1.host,S=14:2,", "Subject: b\n\nx\n");
        maildir.Put(".Sub/cur/1700000000.M1P1.host,S=14:2,", "Subject: a\n\nx\n");
        var (shown, changed) = await editor.SetFlagsAsync(messages, FlagChange.Add, ["Flagged"], shows: true, cancel);
        Assert.Equal((2u, "\\Flagged"), (shown.Single().Uid!.Value, shown.Single().Flags.Single()));
        Assert.Equal(["1700000000.M1P1.host,S=14"], changed);
        Directory.Delete(Path.Combine(maildir.Root, ".Sub"), recursive: true);
        Assert.Equal(MaildirFault.FolderNotFound, (await Assert.ThrowsAsync<MaildirException>(() => editor.RemoveAsync(messages, cancel))).Fault);
    }

    [Fact]
    public async Task A_folder_may_be_named_with_a_separator_at_its_end()
    {
        using var maildir = new TestMaildir();
        await using var editor = new MaildirEditor();
        var added = await AddAsync(editor, maildir.Root, "Work/", "Subject: a\n\n", []);
        Assert.Equal("Work", added.Folder);
        var (moved, _) = await editor.MoveAsync(editor.Show([added]), "Done/2026/", makesFolder: true, shows: true, TestContext.Current.CancellationToken);
        Assert.Equal("Done/2026", Assert.Single(moved).Folder);
        var refused = await Assert.ThrowsAsync<MaildirException>(() => AddAsync(editor, maildir.Root, "/", "Subject: a\n\n", []));
        Assert.Equal("No folder can be called '': the name has an empty level.", refused.Message);
    }

    [Fact]
    public async Task What_cannot_be_done_says_why()
    {
        using var maildir = new TestMaildir();
        await using var editor = new MaildirEditor();
        var cancel = TestContext.Current.CancellationToken;
        Assert.Equal(MaildirFault.FolderNotFound, (await Assert.ThrowsAsync<MaildirException>(() => AddAsync(editor, maildir.Root, "Nowhere", "Subject: a\n\n", [], makesFolder: false))).Fault);
        Assert.Equal("No folder can be called 'a/../b': the name has a level '..', which leads to another directory.", (await Assert.ThrowsAsync<MaildirException>(() => AddAsync(editor, maildir.Root, "a/../b", "Subject: a\n\n", []))).Message);
        Assert.Equal(MaildirFault.InvalidFlag, (await Assert.ThrowsAsync<MaildirException>(() => AddAsync(editor, maildir.Root, "A", "Subject: a\n\n", ["two words"]))).Fault);
        Assert.Equal(MaildirFault.InvalidFlag, (await Assert.ThrowsAsync<MaildirException>(() => AddAsync(editor, maildir.Root, "A", "Subject: a\n\n", ["\\Recent"]))).Fault);
        await Assert.ThrowsAsync<ArgumentException>(() => AddAsync(editor, maildir.Root, "A", "", []));
        await Assert.ThrowsAsync<MailStoreException>(() => AddAsync(editor, maildir.Root + "-none", "A", "Subject: a\n\n", []));

        var message = editor.Show([await AddAsync(editor, maildir.Root, "A", "Subject: a\n\n", Enumerable.Range(0, 56).Select(i => "k" + i))]);
        var error = await Assert.ThrowsAsync<MaildirException>(() => editor.SetFlagsAsync(message, FlagChange.Add, ["Seen", "one-more"], shows: true, cancel));
        Assert.Equal($"The keyword 'one-more' could not be set in 'A' of '{maildir.Root}': a folder has letters for 56 keywords, and all are taken. The other flags were set.", error.Message);
    }

    [Fact]
    public async Task Messages_are_added_together_all_or_none_and_what_does_not_fit_may_be_tried_in_parts()
    {
        using var maildir = new TestMaildir();
        maildir.Put("maildirsize", "2C\n0 0\n");
        await using var editor = new MaildirEditor();
        var cancel = TestContext.Current.CancellationToken;
        var large = new string('x', 2 * 1024 * 1024);
        var messages = new List<PendingMessage>();
        foreach (var text in new[] { "Subject: 1\n\n", $"Subject: 2\n\n{large}", "Subject: 3\n\n" })
            messages.Add(await ReceiveAsync(editor, maildir.Root, "INBOX", text, ["Seen"]));
        Assert.Equal((maildir.Root, "INBOX", 14L), (messages[0].Path, messages[0].Folder, messages[0].Length));
        Assert.NotEmpty(Directory.GetFiles(Path.Join(maildir.Root, "tmp")));
        Assert.Empty(await editor.AddAsync([], cancel));

        Assert.Equal(StoreFault.OverQuota, (await Assert.ThrowsAsync<MailStoreException>(() => editor.AddAsync(messages, cancel))).Fault);
        Assert.Empty(MaildirReader.Messages(maildir.Root, [], new MaildirFilter(), null, cancel));
        var added = await editor.AddAsync(messages[..2], cancel);
        Assert.Equal([1u, 2u], added.Select(one => one.Uid));
        await Assert.ThrowsAsync<MailStoreException>(() => editor.AddAsync([messages[2]], cancel));
        messages.Add(await ReceiveAsync(editor, maildir.Root, "INBOX", $"Subject: 4\n\n{large}", []));
        foreach (var message in messages)
            await message.DisposeAsync();
        Assert.Equal(["1", "2"], editor.Show(added).Select(message => message.Subject));

        // The editor's locks are made of a file there.
        await editor.DisposeAsync();
        Assert.Empty(Directory.GetFiles(Path.Join(maildir.Root, "tmp")));
    }

    [Fact]
    public async Task Dovecot_that_serves_the_Maildir_sees_what_is_done()
    {
        await using var dovecot = await PrivateDovecot.StartAsync();
        for (var i = 1; i <= 3; i++)
            dovecot.Put(i, $"Subject: {i}\n\nbody\n");
        Assert.Equal("1 2 3", await SeenAsync(dovecot, "INBOX"));
        var cancel = TestContext.Current.CancellationToken;
        await using (var editor = new MaildirEditor())
        {
            var messages = MaildirReader.Messages(dovecot.MailPath, [], new MaildirFilter(), null, cancel).ToList();
            Assert.Equal([1u, 2u, 3u], messages.Select(message => message.Uid));
            await AddAsync(editor, dovecot.MailPath, "INBOX", "Subject: 4\n\nbody\n", ["Flagged", "Work"]);
            await editor.SetFlagsAsync([messages[0]], FlagChange.Add, ["Answered", "Home"], shows: false, cancel);
            await editor.MoveAsync([messages[1]], "Archive/2026", makesFolder: true, shows: true, cancel);
            await editor.RemoveAsync([messages[2]], cancel);
        }

        Assert.Equal("1 \\Answered Home|4 \\Flagged Work", await SeenAsync(dovecot, "INBOX", withFlags: true));
        Assert.Equal("2", await SeenAsync(dovecot, "Archive.2026"));
    }

    private static async Task<string> SeenAsync(PrivateDovecot dovecot, string folder, bool withFlags = false)
    {
        var cancel = TestContext.Current.CancellationToken;
        var options = new MailboxOptions
        {
            Server = "localhost",
            Port = dovecot.ImapPort,
            Tls = TlsMode.None,
            Credential = new NetworkCredential("john", "summersun"),
            Timeout = TimeSpan.FromSeconds(10),
        };
        await using var mailbox = await ImapMailbox.OpenAsync(options, folder, TimeProvider.System, cancel);
        var messages = await mailbox.ReadAsync(null, headersOnly: true, null, cancel).ToListAsync(cancel);
        return string.Join(withFlags ? "|" : " ", messages.Select(message => withFlags ? message.Subject + " " + string.Join(' ', message.Flags.Where(flag => flag != "\\Recent")) : message.Subject));
    }

    private static async Task<AddedMessage> AddAsync(MaildirEditor editor, string path, string folder, string text, IEnumerable<string> flags, bool makesFolder = true)
    {
        await using var message = await ReceiveAsync(editor, path, folder, text, flags, makesFolder);
        return Assert.Single(await editor.AddAsync([message], TestContext.Current.CancellationToken));
    }

    private static Task<PendingMessage> ReceiveAsync(MaildirEditor editor, string path, string folder, string text, IEnumerable<string> flags, bool makesFolder = true) =>
        editor.ReceiveAsync(path, folder, MessageContent.From(text), flags, Arrived, makesFolder, makesMaildir: false, TestContext.Current.CancellationToken);
}
