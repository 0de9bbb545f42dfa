using System.Text;
using CsCheck;
using MailOps.Maildir;
using MailOps.Maildir.Quota;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

public sealed class QuotaTests
{
    private const string Message = "Subject: x\r\n\r\nbody\r\n";

    [Theory]
    [InlineData("1000S,5C\n100 2\n-50 -1\n", 1000, 5, 50, 1)]
    [InlineData("1000S\n   100      2\n", 1000, null, 100, 2)]
    [InlineData("5C\n", null, 5, 0, 0)]
    [InlineData("0S\n7 1\n7 1\n12", null, null, 14, 2)]
    [InlineData("\n7 1\n", null, null, 7, 1)]
    [InlineData("1000S,2X\n7 1\n", 1000, null, 7, 1)]
    [Trait("Windows", "can")]
    public void A_maildirsize_is_read(string text, int? mostBytes, int? mostMessages, long bytes, long messages)
    {
        var read = MaildirSize.Parse(Encoding.ASCII.GetBytes(text));
        Assert.Equal(new MailQuota(mostBytes, mostMessages), read?.Limit);
        Assert.Equal((bytes, messages), (read!.Value.Bytes, read.Value.Messages));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1000S")]
    [InlineData("1000S\n-7 1\n")]
    [InlineData("1000S\n7\n")]
    [InlineData("1000S\n7 x\n")]
    [InlineData("1000S\n7 1 1\n")]
    [InlineData("1000S\n7 1\n\n")]
    [InlineData("1000S\n7\0 1\n")]
    [InlineData("1000S\n99999999999999999999 1\n")]
    [InlineData("1000S\n-9223372036854775808 1\n")]
    [InlineData("1000S\n2000000000000000 1\n2000000000000000 1\n")]
    [Trait("Windows", "can")]
    public void A_maildirsize_that_is_damaged_is_not_believed(string text) => Assert.Null(MaildirSize.Parse(Encoding.ASCII.GetBytes(text)));

    [Fact]
    [Trait("Windows", "can")]
    public void No_octets_break_the_reader() => Gen.Byte.Array[0, 6000].Sample(octets =>
    {
        MaildirSize.Parse(octets);
        MaildirSize.LimitOf(octets);
    });

    [Fact]
    [Trait("Windows", "can")]
    public async Task Of_a_message_that_takes_the_place_of_another_the_difference_counts()
    {
        await using var fixture = new StoreFixture();
        await using var store = new MaildirStore(fixture.Root, new MaildirStoreOptions { Quota = new MailQuota(Bytes: Message.Length + 3, Messages: 1) });
        var account = await store.OpenAccountAsync(StoreFixture.Account, CancellationToken.None);
        await DeliverAsync(store);
        await Assert.ThrowsAsync<MailStoreException>(() => AppendAsync(Message, replaces: null));
        await Assert.ThrowsAsync<MailStoreException>(() => AppendAsync(Message + "more", replaces: Message.Length));
        Assert.NotNull(await AppendAsync(Message + "...", replaces: Message.Length));
        Assert.Equal(2, (await account.StatusAsync(MailboxName.Inbox, CancellationToken.None))!.Messages);

        async Task<IReadOnlyList<AppendedMessage>?> AppendAsync(string text, long? replaces)
        {
            await using var delivery = store.BeginDelivery();
            delivery.Write(Encoding.ASCII.GetBytes(text));
            return await account.AppendAsync(MailboxName.Inbox, [new MessageToAppend(delivery, MessageFlagSet.None, null) { Replaces = replaces }], CancellationToken.None);
        }
    }

    [Fact]
    [Trait("Windows", "can")]
    public async Task What_comes_and_goes_is_written_down_and_a_limit_holds()
    {
        await using var fixture = new StoreFixture();
        await using var store = new MaildirStore(fixture.Root, new MaildirStoreOptions { Quota = new MailQuota(Bytes: 5 * Message.Length, Messages: 10) });
        var account = await store.OpenAccountAsync(StoreFixture.Account, CancellationToken.None);
        await account.CreateAsync("Sub", CancellationToken.None);
        await DeliverAsync(store);
        await DeliverAsync(store);
        await AppendAsync(store, account, "Sub");
        Assert.Equal(3, await UsedAsync(fixture, account));

        await using var inbox = (await account.OpenAsync("INBOX", readOnly: false, CancellationToken.None))!;
        Assert.NotNull(await inbox.CopyAsync(inbox.Messages, "Sub", CancellationToken.None));
        Assert.Equal(5, await UsedAsync(fixture, account));
        foreach (var refused in new Func<Task>[] { () => DeliverAsync(store), () => AppendAsync(store, account, "Sub"), async () => await inbox.CopyAsync(inbox.Messages, "Sub", CancellationToken.None) })
        {
            var error = await Assert.ThrowsAsync<MailStoreException>(refused);
            Assert.Equal(StoreFault.OverQuota, error.Fault);
            Assert.StartsWith($"'{fixture.Inbox}' is over its quota: it holds 100 of 100 octets and 5 of 10 messages, and ", error.Message, StringComparison.Ordinal);
        }

        // A move adds nothing, so it always fits.
        Assert.NotNull(await inbox.MoveAsync([inbox.Messages[0]], "Sub", CancellationToken.None));
        Assert.Equal(5, await UsedAsync(fixture, account));
        await inbox.RemoveAsync([inbox.Messages[1]], CancellationToken.None);
        Assert.Equal(4, await UsedAsync(fixture, account));
        Assert.Equal(5, await UsedAsync(fixture, account, async () => await DeliverAsync(store)));
        Assert.Equal(1, await UsedAsync(fixture, account, async () => await account.DeleteAsync("Sub", CancellationToken.None)));
    }

    [Fact]
    [Trait("Windows", "can")]
    public async Task The_files_own_first_line_limits_where_the_store_has_no_limit()
    {
        var clock = new StandingClock();
        await using var store = new StoreFixture(clock: clock);
        await store.DeliverAsync(Message);
        var account = await store.AccountAsync();
        Assert.Null(await account.GetQuotaAsync(CancellationToken.None));
        var file = Path.Combine(store.Inbox, "maildirsize");
        Assert.False(File.Exists(file));

        // What was not there is looked for again after a second.
        await File.WriteAllTextAsync(file, "2C\n20 1\n");
        Assert.Null(await account.GetQuotaAsync(CancellationToken.None));
        clock.Advance(TimeSpan.FromSeconds(1));
        await store.DeliverAsync(Message);
        var error = await Assert.ThrowsAsync<MailStoreException>(async () => await store.DeliverAsync(Message));
        Assert.Equal(StoreFault.OverQuota, error.Fault);
        Assert.Equal("2C\n20 1\n20 1\n", await File.ReadAllTextAsync(file));

        // Over its limit with several lines, it is not believed: somebody may have removed mail and said nothing.
        File.Delete(Directory.GetFiles(Path.Combine(store.Inbox, "new"))[0]);
        await File.AppendAllTextAsync(file, "20 1\n");
        await store.DeliverAsync(Message);
        Assert.Equal("2C\n20 1\n20 1\n", await File.ReadAllTextAsync(file));
        await File.WriteAllTextAsync(file, "2C\n" + string.Concat(Enumerable.Repeat("0 0\n", 1300)));
        Assert.Equal(new MailQuotaUsage(40, 2, new MailQuota(null, 2)), await account.GetQuotaAsync(CancellationToken.None));
        Assert.Equal("2C\n40 2\n", await File.ReadAllTextAsync(file));
    }

    [Fact]
    public async Task Dovecot_and_the_store_count_the_same()
    {
        await using var fixture = new StoreFixture();
        await using var store = new MaildirStore(fixture.Root, new MaildirStoreOptions { Quota = new MailQuota(Bytes: 100 * 1024, Messages: 30) });
        var account = await store.OpenAccountAsync(StoreFixture.Account, CancellationToken.None);
        await account.CreateAsync("Sub", CancellationToken.None);
        await using var dovecot = await DovecotOnStore.StartAsync(fixture.Root, settings: """
            protocol imap {
              mail_plugins = quota imap_quota
            }
            plugin {
              quota = maildir:User quota
              quota_rule = *:storage=100K:messages=30
              quota_grace = 0
            }
            """);
        var random = new Random(17);
        for (var turn = 0; turn < 16; turn++)
        {
            await using (var inbox = (await account.OpenAsync("INBOX", readOnly: false, CancellationToken.None))!)
            {
                if (inbox.Messages.Count > 2 && random.Next(2) == 0)
                    await inbox.RemoveAsync([inbox.Messages[0]], CancellationToken.None);
                else if (inbox.Messages.Count > 0 && random.Next(2) == 0)
                    await inbox.CopyAsync([inbox.Messages[0]], "Sub", CancellationToken.None);
                else
                    await DeliverAsync(store, new string('x', random.Next(2000)));
            }

            await AgreeAsync(account, dovecot);
            await dovecot.CommandAsync("SELECT INBOX");
            await dovecot.CommandAsync(random.Next(3) switch
            {
                0 => "COPY 1 Sub",
                1 => "MOVE 1 Sub",
                _ => "APPEND INBOX {28+}\r\nSubject: a\r\n\r\nby Dovecot\r\n\r\n",
            });
            await AgreeAsync(account, dovecot);
        }

        // Each refuses what does not fit by the numbers of the other.
        for (var usage = await account.GetQuotaAsync(CancellationToken.None); usage!.Messages < 30; usage = await account.GetQuotaAsync(CancellationToken.None))
            await AppendAsync(store, account, "Sub");
        await Assert.ThrowsAsync<MailStoreException>(async () => await DeliverAsync(store));
        var refused = await Assert.ThrowsAsync<IOException>(async () => await dovecot.CommandAsync("APPEND INBOX {28+}\r\nSubject: a\r\n\r\nby Dovecot\r\n\r\n"));
        Assert.Contains("[OVERQUOTA]", refused.Message, StringComparison.Ordinal);
        Assert.Empty(dovecot.Complaints());
    }

    private static async Task AgreeAsync(IMailAccount account, DovecotOnStore dovecot)
    {
        var usage = (await account.GetQuotaAsync(CancellationToken.None))!;
        var answer = await dovecot.CommandAsync("GETQUOTAROOT INBOX");

        // Dovecot tells whole KiB, the ones begun too.
        Assert.Contains($"* QUOTA \"User quota\" (STORAGE {(usage.Bytes + 1023) / 1024} 100 MESSAGE {usage.Messages} 30)", answer);
        Assert.Equal(usage, await account.GetQuotaAsync(CancellationToken.None));
    }

    private static async Task<long> UsedAsync(StoreFixture fixture, IMailAccount account, Func<Task>? after = null)
    {
        if (after is not null)
            await after();
        var usage = (await account.GetQuotaAsync(CancellationToken.None))!;
        var files = new DirectoryInfo(fixture.Inbox).GetFiles("*", SearchOption.AllDirectories).Where(file => file.Directory!.Name is "new" or "cur").ToList();
        Assert.Equal((files.Sum(file => file.Length), files.Count), (usage.Bytes, (int)usage.Messages));
        return usage.Messages;
    }

    private static async Task DeliverAsync(MaildirStore store, string more = "")
    {
        await using var delivery = store.BeginDelivery();
        delivery.Write(Encoding.ASCII.GetBytes(Message + more));
        await delivery.CommitAsync([new DeliveryTarget(StoreFixture.Account)], CancellationToken.None);
    }

    private static async Task AppendAsync(MaildirStore store, IMailAccount account, string mailbox)
    {
        await using var delivery = store.BeginDelivery();
        delivery.Write(Encoding.ASCII.GetBytes(Message));
        Assert.NotNull(await account.AppendAsync(mailbox, delivery, MessageFlagSet.None, null, CancellationToken.None));
    }
}
