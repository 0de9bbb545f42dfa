using System.Text;
using MailOps.Maildir;
using MailOps.Maildir.Annotations;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

/// <summary>What clients write to mailboxes and accounts: it goes where the mailbox goes, and lies there as anyone can read it.</summary>
public sealed class AnnotationTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    private static Dictionary<string, ReadOnlyMemory<byte>?> Change(string name, string? value) =>
        new(StringComparer.Ordinal) { [name] = value is null ? null : (ReadOnlyMemory<byte>?)Encoding.Latin1.GetBytes(value) };

    private static async Task<string> ReadAsync(IMailAccount account, string? mailbox) =>
        await account.GetAnnotationsAsync(mailbox, None) is { } entries
            ? string.Join(' ', entries.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => $"{entry.Key}={Encoding.Latin1.GetString(entry.Value.Span)}"))
            : "no mailbox";

    [Theory]
    [InlineData(MaildirLayout.MaildirPlusPlus)]
    [InlineData(MaildirLayout.Fs)]
    public async Task They_go_with_the_mailbox_when_it_is_renamed_and_deleted(MaildirLayout layout)
    {
        await using var store = new StoreFixture(layout: layout);
        var account = await store.AccountAsync();
        await account.CreateAsync("a", None);
        await account.CreateAsync("a/b", None);
        Assert.Equal(AnnotationOutcome.Done, await account.SetAnnotationsAsync("a", Change("/private/comment", "of a"), None));
        Assert.Equal(AnnotationOutcome.Done, await account.SetAnnotationsAsync("a/b", Change("/private/comment", "of b"), None));
        Assert.Equal(AnnotationOutcome.Done, await account.SetAnnotationsAsync(null, Change("/private/comment", "mine"), None));
        await store.RestartAsync();
        account = await store.AccountAsync();
        await account.RenameAsync("a", "c", None);
        Assert.Equal("no mailbox", await ReadAsync(account, "a"));
        Assert.Equal("/private/comment=of a", await ReadAsync(account, "c"));
        Assert.Equal("/private/comment=of b", await ReadAsync(account, "c/b"));
        Assert.Equal("/private/comment=mine", await ReadAsync(account, null));
        Assert.Equal("", await ReadAsync(account, MailboxName.Inbox));
        Assert.Equal(MailboxOutcome.Done, await account.DeleteAsync("c/b", None));
        Assert.Equal(MailboxOutcome.Done, await account.DeleteAsync("c", None));
        Assert.Equal(AnnotationOutcome.NonExistent, await account.SetAnnotationsAsync("c", Change("/private/comment", "late"), None));
        await account.CreateAsync("c", None);
        Assert.Equal("", await ReadAsync(account, "c"));
    }

    [Fact]
    public async Task INBOX_keeps_them_when_it_is_renamed_RFC5464_4_1()
    {
        await using var store = new StoreFixture();
        await store.DeliverAsync("Subject: a\r\n\r\n");
        var account = await store.AccountAsync();
        await account.SetAnnotationsAsync(MailboxName.Inbox, Change("/private/comment", "kept"), None);
        Assert.Equal(MailboxOutcome.Done, await account.RenameAsync(MailboxName.Inbox, "old", None));
        Assert.Equal("/private/comment=kept", await ReadAsync(account, "old"));
        Assert.Equal("/private/comment=kept", await ReadAsync(account, MailboxName.Inbox));
    }

    [Fact]
    public async Task The_file_is_readable_and_what_another_wrote_into_it_stays()
    {
        await using var store = new StoreFixture();
        var account = await store.AccountAsync();
        await account.CreateAsync("a", None);
        var file = Path.Combine(store.Inbox, ".a", "mailops-metadata");
        await account.SetAnnotationsAsync("a", Change("/private/text", "two\r\nlines \"quoted\"\t\\"), None);
        await account.SetAnnotationsAsync("a", Change("/private/octets", "a\0\u00ff"), None);
        Assert.Equal("/private/octets\tbase64:YQD/\n/private/text\t\"two\\r\\nlines \\u0022quoted\\u0022\\t\\\\\"\n", await File.ReadAllTextAsync(file, None));
        await File.AppendAllTextAsync(file, "# by hand\n/Private/Other\t\"x\"\r\n/private/half\t\"x\n/private/odd\tbase64:?\n", None);
        Assert.Equal("/private/octets=a\0\u00ff /private/other=x /private/text=two\r\nlines \"quoted\"\t\\", await ReadAsync(account, "a"));
        await account.SetAnnotationsAsync("a", Change("/private/text", null), None);
        Assert.Equal("/private/octets\tbase64:YQD/\n/private/other\t\"x\"\n# by hand\n/private/half\t\"x\n/private/odd\tbase64:?\n", await File.ReadAllTextAsync(file, None));
    }

    [Fact]
    public async Task A_file_without_entries_goes()
    {
        await using var store = new StoreFixture();
        var account = await store.AccountAsync();
        await account.SetAnnotationsAsync(MailboxName.Inbox, Change("/private/text", "x"), None);
        Assert.True(File.Exists(Path.Combine(store.Inbox, "mailops-metadata")));
        await account.SetAnnotationsAsync(MailboxName.Inbox, Change("/private/text", null), None);
        Assert.False(File.Exists(Path.Combine(store.Inbox, "mailops-metadata")));
        Assert.Equal(AnnotationOutcome.Done, await account.SetAnnotationsAsync(MailboxName.Inbox, Change("/private/text", null), None));
    }

    [Fact]
    public async Task Too_many_change_nothing_and_fewer_may_always_be()
    {
        await using var store = new StoreFixture();
        var account = await store.AccountAsync();
        var many = Enumerable.Range(0, AnnotationLimits.MostEntries + 1).ToDictionary(i => FormattableString.Invariant($"/private/{i}"), _ => (ReadOnlyMemory<byte>?)"x"u8.ToArray(), StringComparer.Ordinal);
        Assert.Equal(AnnotationOutcome.TooMany, await account.SetAnnotationsAsync(null, many, None));
        Assert.Equal("", await ReadAsync(account, null));
        many.Remove("/private/0");
        Assert.Equal(AnnotationOutcome.Done, await account.SetAnnotationsAsync(null, many, None));
        // Another program may have written more.
        await File.AppendAllTextAsync(Path.Combine(store.Inbox, "mailops-account-metadata"), "/private/a\t\"1\"\n/private/b\t\"1\"\n", None);
        Assert.Equal(AnnotationOutcome.Done, await account.SetAnnotationsAsync(null, Change("/private/a", null), None));
        Assert.Equal(AnnotationOutcome.Done, await account.SetAnnotationsAsync(null, Change("/private/b", "2"), None));
        Assert.Equal(AnnotationOutcome.TooMany, await account.SetAnnotationsAsync(null, Change("/private/c", "1"), None));
    }

    [Fact]
    public async Task Sessions_that_set_them_at_once_lose_none()
    {
        await using var store = new StoreFixture();
        var account = await store.AccountAsync();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(async () => Assert.Equal(AnnotationOutcome.Done, await account.SetAnnotationsAsync(MailboxName.Inbox, Change(FormattableString.Invariant($"/private/{i}"), "x"), None)), None)));
        Assert.Equal(50, (await account.GetAnnotationsAsync(MailboxName.Inbox, None))!.Count);
    }
}
