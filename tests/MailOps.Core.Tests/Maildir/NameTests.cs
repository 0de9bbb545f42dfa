using System.Text;
using CsCheck;
using MailOps.Maildir;
using MailOps.Maildir.Names;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

public sealed class NameTests
{
    [Theory]
    [InlineData("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-")]
    [InlineData("Entwürfe & mehr", "Entw&APw-rfe &- mehr")]
    [Trait("Windows", "can")]
    public void Modified_UTF7_as_in_RFC3501_5_1_3(string name, string encoded)
    {
        Assert.Equal(encoded, ModifiedUtf7.Encode(name));
        Assert.True(ModifiedUtf7.TryDecode(encoded, out var decoded));
        Assert.Equal(name, decoded);
    }

    [Fact]
    [Trait("Windows", "can")]
    public void Modified_UTF7_gives_every_name_back() =>
        Gen.String.Sample(name =>
        {
            // Lone surrogates are no text.
            if (name.EnumerateRunes().Any(r => r == Rune.ReplacementChar))
                return;
            Assert.True(ModifiedUtf7.TryDecodeExactly(ModifiedUtf7.Encode(name, "."), out var back, "."));
            Assert.Equal(name, back);
        });

    [Theory]
    [InlineData("&Jjo")]
    [InlineData("&2AA-")]
    [InlineData("&AO%-")]
    [InlineData("&AGE AYg-")]
    [InlineData("&AOQ=-")]
    [InlineData("ä")]
    [Trait("Windows", "can")]
    public void What_is_not_modified_UTF7_is_refused(string encoded) => Assert.False(ModifiedUtf7.TryDecode(encoded, out _));

    [Theory]
    [InlineData("&AGE-")]
    [InlineData("&AOQ-&AOQ-")]
    [Trait("Windows", "can")]
    public void A_second_spelling_of_a_name_is_told_from_the_first(string encoded)
    {
        Assert.True(ModifiedUtf7.TryDecode(encoded, out _));
        Assert.False(ModifiedUtf7.TryDecodeExactly(encoded, out _));
    }

    [Theory]
    [InlineData("inbox", "INBOX", "")]
    [InlineData("Inbox/Sub", "INBOX/Sub", ".INBOX.Sub")]
    [InlineData("Archive/2026", "Archive/2026", ".Archive.2026")]
    [InlineData("v1.0", "v1.0", ".v1&AC4-0")]
    [InlineData("Gelöscht", "Gelöscht", ".Gel&APY-scht")]
    [Trait("Windows", "can")]
    public void A_mailbox_name_has_one_directory(string name, string normal, string directory)
    {
        Assert.True(MailboxPath.TryNormalize(name, out var found));
        Assert.Equal(normal, found);
        Assert.Equal(directory, MailboxPath.ToDirectory(found));
        if (directory.Length > 0)
        {
            Assert.True(MailboxPath.TryFromDirectory(directory, out var back));
            Assert.Equal(normal, back);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("a//b")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("..")]
    [InlineData("a/../b")]
    [InlineData(".")]
    [InlineData("a\0b")]
    [InlineData("a\u001bb")]
    [InlineData("a\u0085b")]
    [InlineData("a\r\nb")]
    [InlineData("a\ud800b")]
    [Trait("Windows", "can")]
    public void Names_that_no_mailbox_can_have_are_refused(string name) => Assert.False(MailboxPath.TryNormalize(name, out _));

    [Theory]
    [InlineData("", "has an empty level")]
    [InlineData("a//b", "has an empty level")]
    [InlineData("a/../b", "has a level '..', which leads to another directory")]
    [InlineData("a\0b", "has a control character (U+0000)")]
    [InlineData("a\r\nb", "has a control character (U+000D)")]
    [InlineData("a\ufffdb", "has U+FFFD, which stands for a character that was lost")]
    [Trait("Windows", "can")]
    public void A_name_that_is_refused_says_which_rule_it_breaks(string name, string rule)
    {
        Assert.Equal(rule, MailboxPath.Check(name, out _));
        Assert.Equal(rule, FsMailboxPath.Check(name, out _));
    }

    [Fact]
    [Trait("Windows", "can")]
    public void A_name_with_half_a_character_says_so() =>
        Assert.Equal("has half a character (U+D800)", MailboxPath.Check("a" + (char)0xD800 + "b", out _));

    [Fact]
    [Trait("Windows", "can")]
    public void A_name_that_is_too_long_says_by_how_much()
    {
        Assert.Equal("is too long: its directory would have a name of 301 octets, and file systems take 255", MailboxPath.Check(new string('a', 300), out _));
        Assert.Equal("is too long: its directory would have a name of 300 octets, and file systems take 255", FsMailboxPath.Check(new string('a', 300), out _));
        Assert.Equal("has more than 32 levels", FsMailboxPath.Check(string.Join('/', Enumerable.Repeat("a", 33)), out _));
    }

    [Theory]
    [InlineData("CON", "has a level 'CON', which is a device on Windows")]
    [InlineData("a/nul.txt", "has a level 'nul.txt', which is a device on Windows")]
    [InlineData("com1 .x", "has a level 'com1 .x', which is a device on Windows")]
    [InlineData("LPT9", "has a level 'LPT9', which is a device on Windows")]
    [InlineData("a ", "has a level that ends in a space or a dot, which Windows takes off")]
    [InlineData("a./b", "has a level that ends in a space or a dot, which Windows takes off")]
    [InlineData("CUR", "has a level 'CUR', which is a directory of every Maildir")]
    [InlineData("COM", null)]
    [InlineData("console", null)]
    [InlineData("a:b?", null)]
    [Trait("Windows", "can")]
    public void Nested_directories_keep_the_rules_of_Windows_there(string name, string? rule)
    {
        Assert.Equal(rule, FsMailboxPath.Check(name, windows: true, out _));
        if (name != "CUR")
            Assert.Null(FsMailboxPath.Check(name, windows: false, out _));
    }

    [Theory]
    [InlineData("CON", null)]
    [InlineData("a./b", null)]
    [InlineData("a ", "has a level that ends in a space or a dot, which Windows takes off")]
    [Trait("Windows", "can")]
    public void Maildir_folders_keep_the_rules_of_Windows_there(string name, string? rule) => Assert.Equal(rule, MailboxPath.Check(name, windows: true, out _));

    [Theory]
    [InlineData("con@nul.com", "%6Eul.com/%63on")]
    [InlineData("com1.x@example.com", "example.com/%63om1.x")]
    [InlineData("console@example.com", "example.com/console")]
    [InlineData("a:b?@example.com", "example.com/a%3Ab%3F")]
    [InlineData("a. @example.com", "example.com/a.%20")]
    [Trait("Windows", "can")]
    public void An_account_whose_name_is_a_device_on_Windows_has_another_directory_there(string account, string directory)
    {
        Assert.True(AccountPath.TryToDirectory(account, windows: true, out var found));
        Assert.Equal(directory, found.Replace('\\', '/'));
    }

    [Theory]
    [InlineData("Archive/2026", "Archive/2026")]
    [InlineData("v1.0", "v1.0")]
    [InlineData("Gelöscht", "Gel&APY-scht")]
    [InlineData("inbox/Sub", "INBOX/Sub")]
    [Trait("Windows", "can")]
    public void A_mailbox_name_has_one_nested_directory(string name, string directory)
    {
        Assert.Null(FsMailboxPath.Check(name, out var normal));
        Assert.Equal(directory, FsMailboxPath.ToDirectory(normal).Replace('\\', '/'));
        Assert.True(FsMailboxPath.TryFromDirectory(FsMailboxPath.ToDirectory(normal), out var back));
        Assert.Equal(normal, back);
    }

    [Fact]
    [Trait("Windows", "can")]
    public void Any_nested_mailbox_stays_below_the_account_and_comes_back() => Gen.String.Sample(name =>
    {
        if (FsMailboxPath.Check(name, out var normal) is not null || normal == MailboxName.Inbox)
            return;
        var root = Path.GetFullPath("/store/mail/d/l");
        var full = Path.GetFullPath(Path.Join(root, FsMailboxPath.ToDirectory(normal)));
        Assert.StartsWith(root + Path.DirectorySeparatorChar, full, StringComparison.Ordinal);
        Assert.True(FsMailboxPath.TryFromDirectory(FsMailboxPath.ToDirectory(normal), out var back));
        Assert.Equal(normal, back);
    });

    [Fact]
    [Trait("Windows", "can")]
    public void Names_longer_than_255_octets_on_disk_are_refused()
    {
        Assert.True(MailboxPath.TryNormalize(new string('a', 254), out _));
        Assert.False(MailboxPath.TryNormalize(new string('a', 255), out _));
        Assert.False(MailboxPath.TryNormalize(new string('ä', 150), out _));
    }

    [Fact]
    [Trait("Windows", "can")]
    public void Any_mailbox_name_stays_one_directory_below_the_account_and_comes_back() => Gen.String.Sample(name =>
    {
        if (!MailboxPath.TryNormalize(name, out var normal) || normal == MailboxName.Inbox)
            return;
        var directory = MailboxPath.ToDirectory(normal);
        Assert.StartsWith(".", directory, StringComparison.Ordinal);
        Assert.DoesNotContain("..", directory, StringComparison.Ordinal);
        Assert.DoesNotContain('/', directory);
        Assert.DoesNotContain('\0', directory);
        Assert.True(MailboxPath.TryFromDirectory(directory, out var back));
        Assert.Equal(normal, back);
    });

    [Theory]
    [InlineData("john@example.com", "example.com/john")]
    [InlineData("../../etc@example.com", "example.com/%2E.%2F..%2Fetc")]
    [InlineData("..@..", "%2E%2E/%2E%2E")]
    [InlineData("a%2f@example.com", "example.com/a%252f")]
    [InlineData("a@b@example.com", "example.com/a@b")]
    [InlineData("john+tag@example.com", "example.com/john+tag")]
    [InlineData(".hidden@example.com", "example.com/%2Ehidden")]
    [InlineData("josé@exämple.com", "exämple.com/josé")]
    [Trait("Windows", "can")]
    public void An_account_name_has_one_directory_and_comes_back(string account, string directory)
    {
        Assert.True(AccountPath.TryToDirectory(account, out var found));
        Assert.Equal(directory, found.Replace('\\', '/'));
        Assert.True(AccountPath.TryFromDirectory(directory.Split('/')[0], directory.Split('/')[1], out var back));
        Assert.Equal(account, back);
    }

    [Theory]
    [InlineData("john")]
    [InlineData("@example.com")]
    [InlineData("john@")]
    [InlineData("jo\0hn@example.com")]
    [InlineData("jo\nhn@example.com")]
    public async Task An_account_that_can_have_no_directory_is_refused(string account)
    {
        await using var store = new StoreFixture();
        await Assert.ThrowsAsync<MailStoreException>(async () => await store.Store.OpenAccountAsync(account, CancellationToken.None));
    }

    [Fact]
    [Trait("Windows", "can")]
    public void Any_account_stays_in_the_store() => Gen.Select(Gen.String, Gen.String).Sample((local, domain) =>
    {
        if (!AccountPath.TryToDirectory(local + "@" + domain, out var directory))
            return;
        var full = Path.GetFullPath(Path.Combine("/store/mail", directory));
        Assert.Equal("/store/mail", Path.GetDirectoryName(Path.GetDirectoryName(full)));
    });

    [Fact]
    public async Task Mailboxes_are_made_listed_renamed_and_deleted()
    {
        await using var store = new StoreFixture();
        var account = await store.AccountAsync();
        foreach (var name in new[] { "B/C/D", "A", "Ä", "v1.0/x" })
            Assert.Equal(MailboxOutcome.Done, await account.CreateAsync(name, CancellationToken.None));
        Assert.Equal(MailboxOutcome.Done, await account.CreateAsync("Trailing/", CancellationToken.None));
        Assert.Equal(MailboxOutcome.AlreadyExists, await account.CreateAsync("inbox", CancellationToken.None));
        Assert.Equal(MailboxOutcome.InvalidName, await account.CreateAsync("../x", CancellationToken.None));
        Assert.Equal(
            ["INBOX", "A", "B-", "B/C-", "B/C/D", "Trailing", "v1.0-", "v1.0/x", "Ä"],
            (await account.ListAsync(CancellationToken.None)).Select(info => info.Name + (info.Exists ? "" : "-")));

        await store.DeliverAsync("Subject: x\r\n\r\n", "B/C/D");
        Assert.Equal(MailboxOutcome.InvalidName, await account.RenameAsync("B", "B/E", CancellationToken.None));
        Assert.Equal(MailboxOutcome.AlreadyExists, await account.RenameAsync("A", "Ä", CancellationToken.None));
        Assert.Equal(MailboxOutcome.NonExistent, await account.RenameAsync("Nowhere", "X", CancellationToken.None));
        Assert.Equal(MailboxOutcome.Done, await account.RenameAsync("B", "Z", CancellationToken.None));
        Assert.Equal(1, (await account.StatusAsync("Z/C/D", CancellationToken.None))!.Messages);
        Assert.Null(await account.StatusAsync("B/C/D", CancellationToken.None));

        await store.DeliverAsync("Subject: y\r\n\r\n");
        Assert.Equal(MailboxOutcome.Done, await account.RenameAsync("INBOX", "Old", CancellationToken.None));
        Assert.Equal(0, (await account.StatusAsync("INBOX", CancellationToken.None))!.Messages);
        Assert.Equal(1, (await account.StatusAsync("Old", CancellationToken.None))!.Messages);
        Assert.Equal(MailboxOutcome.InvalidName, await account.DeleteAsync("INBOX", CancellationToken.None));
    }

    [Fact]
    public async Task Subscriptions_survive_and_name_mailboxes_that_do_not_exist()
    {
        await using var store = new StoreFixture();
        var account = await store.AccountAsync();
        await account.SetSubscribedAsync("Nowhere/Ä", subscribed: true, CancellationToken.None);
        await account.SetSubscribedAsync("inbox", subscribed: true, CancellationToken.None);
        await account.SetSubscribedAsync("INBOX", subscribed: true, CancellationToken.None);
        await store.RestartAsync();
        account = await store.AccountAsync();
        Assert.Equal(["Nowhere/Ä", "INBOX"], await account.ListSubscribedAsync(CancellationToken.None));
        await account.SetSubscribedAsync("Nowhere/Ä", subscribed: false, CancellationToken.None);
        Assert.Equal(["INBOX"], await account.ListSubscribedAsync(CancellationToken.None));
        Assert.Equal("V\t2\n\nINBOX\n", await File.ReadAllTextAsync(Path.Combine(store.Inbox, "subscriptions")));
    }
}
