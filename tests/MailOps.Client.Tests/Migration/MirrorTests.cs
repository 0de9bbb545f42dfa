using MailOps.Client.Mailboxes;
using MailOps.Client.Migration;
using MailOps.Client.Migration.Files;
using MailOps.Client.Migration.Imap;
using MailOps.Client.Migration.Maildirs;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Client.Tests.Migration;

/// <summary>What changes on the source after it was copied: flags, deletions, folders that come.</summary>
public sealed class MirrorTests : MailboxCopyTest
{
    [Theory]
    [InlineData(MailboxKind.Imap, "")]
    [InlineData(MailboxKind.Imap, "imap_capability = IMAP4rev1 UIDPLUS")]
    [InlineData(MailboxKind.Maildir, "")]
    [InlineData(MailboxKind.Eml, "")]
    public async Task Flags_and_deletions_are_carried_where_that_is_asked_for(MailboxKind kind, string config)
    {
        await using var from = await PrivateDovecot.StartAsync(config);
        await using var to = kind is MailboxKind.Imap ? await PrivateDovecot.StartAsync(config) : null;
        await using var source = End(from);
        await using var target = (IAsyncDisposable)(kind switch
        {
            MailboxKind.Imap => End(to!),
            MailboxKind.Maildir => await MaildirMailboxEnd.OpenAsync("target", Folder.Of("target"), isMade: true, Cancel),
            _ => EmlMailboxEnd.Open("target", Folder.Of("target"), isMade: true),
        });
        var (writer, reader) = ((IMailboxWriter)target, (IMailboxReader)target);
        await AddAsync(from, "INBOX", Message("1"), Message("1"), Message("2"), Message("3"));
        Assert.Equal("", ErrorsOf(await CopyAsync(source, writer)));
        await AddAsync(writer, Message("own"));

        // Flags go only when they are to, and those of the target's own stay.
        await using var account = await ImapAccount.OpenAsync(Options(from.ImapPort), TimeProvider.System, Cancel);
        await account.SetFlagsAsync("INBOX", [2], ["\\Seen", "$Work"], null, null, Cancel);
        Assert.Equal(0, (await CopyAsync(source, writer)).FlagsChanged);
        var carried = await CopyAsync(source, writer, Mirroring);
        Assert.Equal(("Completed", 1, 0, 4), (carried.Status, carried.FlagsChanged, carried.Copied, carried.AlreadyThere));
        Assert.Equal(["$Work \\Seen"], (await FlagsAsync(reader)).Where(flags => flags.Length > 0));
        Assert.Equal((0, 0), Changes(await CopyAsync(source, writer, Mirroring)));
        await account.SetFlagsAsync("INBOX", [2], ["\\Draft"], null, null, Cancel);
        await account.SetFlagsAsync("INBOX", [3, 4], ["\\Flagged"], null, null, Cancel);
        Assert.Equal((3, 0), Changes(await CopyAsync(source, writer, Mirroring)));

        // Deletions go only when they are to, and nothing else goes.
        await account.DeleteAsync("INBOX", [1, 4], Cancel);
        Assert.Equal((0, 0), Changes(await CopyAsync(source, writer)));
        Assert.Equal(5, (await FlagsAsync(reader)).Count);
        var deleted = await CopyAsync(source, writer, Removing);
        Assert.Equal(("", 2, 0, 2), (ErrorsOf(deleted), deleted.Removed, deleted.Copied, deleted.AlreadyThere));
        Assert.Equal(3, (await FlagsAsync(reader)).Count);
        Assert.Equal((0, 0), Changes(await CopyAsync(source, writer, Removing)));
        Assert.Empty(Warnings);
    }

    [Fact]
    public async Task What_was_found_on_the_target_gets_the_flags_of_the_source_when_mirrored()
    {
        await using var source = await MaildirMailboxEnd.OpenAsync("source", Folder.Of("from"), isMade: true, Cancel);
        await using var target = EmlMailboxEnd.Open("target", Folder.Of("to"), isMade: true);
        await AddAsync(source, Message("1"), Message("2"));
        await CopyAsync(source, target);
        await SetFlagsAsync(source, "1", "\\Seen");
        Assert.Equal((0, 2), Counts(await CopyAsync(source, target, journal: "anew")));
        Assert.Equal(["", ""], await FlagsAsync(target));
        Assert.Equal(1, (await CopyAsync(source, target, Mirroring, journal: "third")).FlagsChanged);
        Assert.Equal(["", "\\Seen"], await FlagsAsync(target));
    }

    [Fact]
    public async Task What_is_something_else_now_is_not_removed()
    {
        await using var source = await MaildirMailboxEnd.OpenAsync("source", Folder.Of("from"), isMade: true, Cancel);
        await using var target = EmlMailboxEnd.Open("target", Folder.Of("to"), isMade: true);
        await AddAsync(source, Message("1"), Message("2"));
        await CopyAsync(source, target);
        var file = Directory.GetFiles(Folder.Of("to/INBOX"), "*.eml").Order(StringComparer.Ordinal).First();
        await File.AppendAllTextAsync(file, "a note of mine\n", Cancel);
        await using (var opened = await source.OpenAsync("INBOX", Cancel))
            await opened.RemoveAsync(["1", "2"], Cancel);
        Assert.Equal((0, 1), Changes(await CopyAsync(source, target, Removing)));
        Assert.Equal([file], Directory.GetFiles(Folder.Of("to/INBOX"), "*.eml"));
        Assert.Equal("1 messages that are gone from INBOX stay on the target: what is there under their numbers is not what was copied.", Assert.Single(Warnings));
    }

    [Fact]
    public async Task What_was_on_the_target_before_is_not_removed()
    {
        await using var source = await MaildirMailboxEnd.OpenAsync("source", Folder.Of("from"), isMade: true, Cancel);
        await using var target = await MaildirMailboxEnd.OpenAsync("target", Folder.Of("to"), isMade: true, Cancel);
        await AddAsync(source, Message("1"), Message("2"));
        await AddAsync(target, Message("1"));
        Assert.Equal((1, 1), Counts(await CopyAsync(source, target)));
        await SetFlagsAsync(source, "1", "\\Seen");
        Assert.Equal((1, 0), Changes(await CopyAsync(source, target, Mirroring)));
        await using (var opened = await source.OpenAsync("INBOX", Cancel))
            await opened.RemoveAsync(["1", "2"], Cancel);
        Assert.Equal((0, 1), Changes(await CopyAsync(source, target, Removing)));
        Assert.Equal(["\\Seen"], await FlagsAsync(target));
    }

    [Fact]
    public async Task A_file_that_is_gone_from_the_target_gives_its_name_to_no_other()
    {
        Directory.CreateDirectory(Folder.Of("from"));
        await using var source = EmlMailboxEnd.Open("source", Folder.Of("from"), isMade: false);
        await using var target = EmlMailboxEnd.Open("target", Folder.Of("to"), isMade: true);
        foreach (var (name, deletes) in new[] { ("a", true), ("b", false) })
        {
            await File.WriteAllTextAsync(Folder.Of($"from/{name}.eml"), "Subject: same\r\n\r\nx\r\n", Cancel);
            Assert.Equal(1, (await CopyAsync(source, target)).Copied);
            if (deletes)
                File.Delete(Directory.GetFiles(Folder.Of("to/INBOX"), "*.eml").Single());
        }

        File.Delete(Folder.Of("from/a.eml"));
        await CopyAsync(source, target, Removing);
        Assert.Single(Directory.GetFiles(Folder.Of("to/INBOX"), "*.eml"));
        File.Delete(Folder.Of("from/b.eml"));
        Assert.Equal("", ErrorsOf(await CopyAsync(source, target, Removing)));
    }

    [Fact]
    public async Task Another_message_in_the_file_of_one_is_another_message()
    {
        Directory.CreateDirectory(Folder.Of("from"));
        await using var source = EmlMailboxEnd.Open("source", Folder.Of("from"), isMade: false);
        await using var target = await MaildirMailboxEnd.OpenAsync("target", Folder.Of("to"), isMade: true, Cancel);
        await File.WriteAllTextAsync(Folder.Of("from/1.eml"), "Subject: 1\r\n\r\nx\r\n", Cancel);
        Assert.Equal((1, 0), Counts(await CopyAsync(source, target)));
        await File.WriteAllTextAsync(Folder.Of("from/1.eml"), "Subject: 2\r\n\r\nx\r\n", Cancel);
        Assert.Equal((1, 0), Counts(await CopyAsync(source, target)));
        await File.WriteAllTextAsync(Folder.Of("from/2.eml"), "Subject: 2\r\n\r\nx\r\n", Cancel);
        Assert.Equal((1, 1), Counts(await CopyAsync(source, target)));
        Assert.Equal((0, 2), Counts(await CopyAsync(source, target)));
    }

    [Fact]
    public async Task A_list_that_is_not_whole_removes_nothing()
    {
        await using var inner = await MaildirMailboxEnd.OpenAsync("source", Folder.Of("from"), isMade: true, Cancel);
        await using var target = EmlMailboxEnd.Open("target", Folder.Of("to"), isMade: true);
        await AddAsync(inner, Message("1"), Message("2"));
        await CopyAsync(inner, target);
        await AddAsync(inner, Message("3"));
        await using var source = new TryingSource(inner) { Hidden = "1" };
        Assert.Equal((0, 0), Changes(await CopyAsync(source, target, Removing)));
        Assert.Equal(
            [
                "INBOX has 3 messages, and 2 were listed: nothing was removed from the target.",
                "INBOX has 3 messages, and source showed 2: the others are not copied. Run the copy again, and look at the folder with another program if that stays so.",
            ],
            Warnings);
        Assert.Equal(3, (await FlagsAsync(target)).Count);
    }

    [Fact]
    public async Task A_copy_of_what_was_not_shown_is_not_complete()
    {
        await using var inner = await MaildirMailboxEnd.OpenAsync("source", Folder.Of("from"), isMade: true, Cancel);
        await using var target = EmlMailboxEnd.Open("target", Folder.Of("to"), isMade: true);
        await AddAsync(inner, Message("1"), Message("2"));
        await using var source = new TryingSource(inner) { Hidden = "1" };
        var result = await CopyAsync(source, target);
        Assert.Equal(("CompletedWithWarnings", 1, 1), (result.Status, result.Copied, result.Folders.Sum(folder => folder.NotShown)));
        result = await CopyAsync(inner, target);
        Assert.Equal(("Completed", 1, 1), (result.Status, result.Copied, result.AlreadyThere));
    }

    // As after a restore from a backup: 1 is what 2 was, and nothing says so.
    [Fact]
    public async Task Another_message_under_a_number_makes_all_be_told_by_their_content()
    {
        await using var source = EmlMailboxEnd.Open("source", Folder.Of("from"), isMade: true);
        await using var target = EmlMailboxEnd.Open("target", Folder.Of("to"), isMade: true);
        await source.CreateAsync("INBOX", use: null, Cancel);
        await AddAsync(source, Message("1"), Message("longer", 100), Message("3"));
        await CopyAsync(source, target, Removing);
        var files = Directory.GetFiles(Folder.Of("from"), "*.eml", SearchOption.AllDirectories).OrderBy(path => path, StringComparer.Ordinal).ToList();
        File.Copy(files[1], files[0], overwrite: true);
        File.Delete(files[1]);
        var result = await CopyAsync(source, target, Removing);
        Assert.Equal((0, 2, 0), (result.Copied, result.AlreadyThere, result.Removed));
        Assert.Contains("has another message in INBOX under the number", Assert.Single(Warnings), StringComparison.Ordinal);
        Assert.Equal(3, (await FlagsAsync(target)).Count);
        result = await CopyAsync(source, target, Removing);
        Assert.Equal((0, 2, 0), (result.Copied, result.AlreadyThere, result.Removed));
        Assert.Single(Warnings);
    }

    [Fact]
    public async Task Other_sizes_of_the_same_messages_are_nothing()
    {
        await using var inner = await MaildirMailboxEnd.OpenAsync("source", Folder.Of("from"), isMade: true, Cancel);
        await using var target = EmlMailboxEnd.Open("target", Folder.Of("to"), isMade: true);
        await AddAsync(inner, Message("1"), Message("2"));
        await CopyAsync(inner, target);
        await using var source = new TryingSource(inner) { More = 7 };
        var told = new List<CopiedMessage>();
        var result = await CopyAsync(source, target, options => options with { Log = told.Add });
        Assert.Equal((0, 2), Counts(result));
        Assert.Empty(told);
        Assert.Empty(Warnings);
    }

    [Fact]
    public async Task Flags_of_what_was_found_are_carried_when_that_is_asked_for_later()
    {
        await using var source = await MaildirMailboxEnd.OpenAsync("source", Folder.Of("from"), isMade: true, Cancel);
        await using var target = await MaildirMailboxEnd.OpenAsync("target", Folder.Of("to"), isMade: true, Cancel);
        await AddAsync(target, Message("1"));
        await AddAsync(source, Message("1"));
        await using (var folder = await source.OpenAsync("INBOX", Cancel))
            await folder.SetFlagsAsync([("1", "\\Flagged \\Seen")], Cancel);
        Assert.Equal((0, 0), Changes(await CopyAsync(source, target)));
        Assert.Equal((1, 0), Changes(await CopyAsync(source, target, Mirroring)));
        Assert.Equal((0, 0), Changes(await CopyAsync(source, target, Mirroring)));
    }

    [Fact]
    public async Task A_target_that_is_only_added_to_says_so_before_anything_is_done()
    {
        await using var source = await MaildirMailboxEnd.OpenAsync("source", Folder.Of("from"), isMade: true, Cancel);
        await using var target = MboxMailboxEnd.Open("mbox:to", Folder.Of("to"), dialect: null, isMade: true);
        await AddAsync(source, Message("1"));
        var error = await Assert.ThrowsAsync<MigrationException>(() => CopyAsync(source, target, Mirroring));
        Assert.StartsWith("mbox:to can only be added to: flags and deletions cannot be carried there.", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Folder.Of("to")));
    }

    [Fact]
    public async Task A_folder_keeps_its_place_when_another_comes_that_would_have_had_it()
    {
        await using var from = await PrivateDovecot.StartAsync("mail_plugins = listescape");
        await using var source = End(from);
        await using var target = await MaildirMailboxEnd.OpenAsync("target", Folder.Of("to"), isMade: true, Cancel);
        await AddAsync(from, "a/b", Message("1"));
        Assert.Equal("a_b", (await CopyAsync(source, target)).Folders.Single(folder => folder.Folder == "a/b").Target);
        await AddAsync(from, "a_b", Message("2"));
        var result = await CopyAsync(source, target);
        Assert.Equal(("a_b", 0), (result.Folders.Single(folder => folder.Folder == "a/b").Target, result.Folders.Single(folder => folder.Folder == "a/b").Copied));
        Assert.Equal(("a_b (2)", 1), (result.Folders.Single(folder => folder.Folder == "a_b").Target, result.Folders.Single(folder => folder.Folder == "a_b").Copied));
    }

    [Fact]
    public async Task Folders_that_go_to_one_place_keep_each_their_messages()
    {
        await using var source = await MaildirMailboxEnd.OpenAsync("source", Folder.Of("from"), isMade: true, Cancel);
        await using var target = await MaildirMailboxEnd.OpenAsync("target", Folder.Of("to"), isMade: true, Cancel);
        await source.CreateAsync("Sent Items", use: null, Cancel);
        await source.CreateAsync("Sent", use: null, Cancel);
        await AddAsync(source, "Sent Items", [Message("1"), Message("2")]);
        await AddAsync(source, "Sent", [Message("2"), Message("3")]);
        CopyOptions Mapped(CopyOptions options) => options with { Map = new FolderMap([KeyValuePair.Create("Sent Items", "Sent")]) };
        var result = await CopyAsync(source, target, Mapped);
        Assert.Equal(("", 4), (ErrorsOf(result), result.Copied));
        Assert.Equal(["INBOX", "Sent"], (await target.ListAsync(Cancel)).Select(folder => folder.Path));
        Assert.Equal((0, 4), Counts(await CopyAsync(source, target, Mapped)));
        await AddAsync(source, "Sent", [Message("1")]);
        Assert.Equal((1, 4), Counts(await CopyAsync(source, target, Mapped)));
        File.Delete(Folder.Of("journal"));
        Assert.Equal((0, 5), Counts(await CopyAsync(source, target, Mapped)));
        Assert.Empty(Warnings);
    }

    [Theory]
    [InlineData("")]
    [InlineData("imap_capability = IMAP4rev1")]
    public async Task Only_what_came_since_is_listed(string config)
    {
        await using var from = await PrivateDovecot.StartAsync(config);
        await AddAsync(from, "INBOX", [.. Enumerable.Range(0, 20).Select(i => Message($"{i}"))]);
        await using var source = End(from);
        var (state, flags) = await StateAsync(source);
        await AddAsync(from, "INBOX", Message("20"), Message("21"));
        await using var account = await ImapAccount.OpenAsync(Options(from.ImapPort), TimeProvider.System, Cancel);
        await account.SetFlagsAsync("INBOX", [3], ["\\Seen"], null, null, Cancel);
        Assert.Equal(["21", "22"], await ChangedAsync(source, state, flags: null));
        if (flags is not null)
            Assert.Equal(["3", "21", "22"], await ChangedAsync(source, state, flags));
        Assert.Equal(config.Length == 0, flags is not null);
        await account.DeleteAsync("INBOX", [1], Cancel);
        Assert.Null(await ChangedAsync(source, state, flags: null));
        Assert.Null(await ChangedAsync(source, "1 1 0", flags: null));
        Assert.Null(await ChangedAsync(source, "nonsense", flags: null));
    }

    private static CopyOptions Mirroring(CopyOptions options) => options with { Mirrors = true };

    private static CopyOptions Removing(CopyOptions options) => options with { Mirrors = true, RemovesDeleted = true };

    private static (long, long) Changes(MailboxCopyResult result) => (result.FlagsChanged, result.Removed);

    private static async Task SetFlagsAsync(IMailboxWriter end, string id, string flags)
    {
        await using var opened = await end.OpenAsync("INBOX", Cancel);
        await opened.SetFlagsAsync([(id, flags)], Cancel);
    }

    private static async Task<List<string>> FlagsAsync(IMailboxReader end)
    {
        await end.ListAsync(Cancel);
        await using var opened = await end.OpenAsync("INBOX", Cancel);
        return [.. (await opened.ListAsync(Cancel).ToListAsync(Cancel)).SelectMany(entries => entries).Select(entry => entry.Flags).Order(StringComparer.Ordinal)];
    }

    private static async Task<(string State, string? Flags)> StateAsync(IMailboxReader end)
    {
        await using var opened = await end.OpenAsync("INBOX", Cancel);
        return (opened.State!, opened.FlagState);
    }

    private static async Task<IEnumerable<string>?> ChangedAsync(IMailboxReader end, string state, string? flags)
    {
        await using var opened = await end.OpenAsync("INBOX", Cancel);
        return (await opened.ChangedSinceAsync(state, flags, Cancel))?.Select(entry => entry.Id);
    }
}
