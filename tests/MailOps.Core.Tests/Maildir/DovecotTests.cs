using System.Globalization;
using System.Text.RegularExpressions;
using MailOps.Maildir;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

public sealed partial class DovecotTests
{
    private sealed record Seen(uint UidValidity, uint UidNext, string Messages);

    [Fact]
    public async Task Dovecot_and_the_store_change_one_mailbox_in_turns_and_agree()
    {
        await using var store = new StoreFixture();
        await store.DeliverAsync("Subject: first\r\n\r\nbody\r\n");
        await using var dovecot = await DovecotOnStore.StartAsync(store.Root);
        await using var view = await store.OpenAsync();
        var random = new Random(4711);
        for (var turn = 0; turn < 24; turn++)
        {
            if (turn % 2 == 0)
                await StoreTurnAsync(store, view, random);
            else
                await DovecotTurnAsync(dovecot, random);

            await view.RefreshAsync(expunges: true, CancellationToken.None);
            var byView = ByStore(view);
            await using (var another = new MaildirStore(store.Root))
            {
                var account = await another.OpenAccountAsync(StoreFixture.Account, CancellationToken.None);
                await using var fresh = await account.OpenAsync("INBOX", readOnly: true, CancellationToken.None);
                Assert.Equal(byView, ByStore(fresh!));
            }

            Assert.Equal(byView, await ByDovecotAsync(dovecot, "INBOX"));
        }

        Assert.Empty(dovecot.Complaints());
    }

    [Fact]
    public async Task Dovecot_and_the_store_agree_on_mailboxes_subscriptions_and_UIDVALIDITY()
    {
        await using var store = new StoreFixture();
        var account = await store.AccountAsync();
        await using var dovecot = await DovecotOnStore.StartAsync(store.Root);
        await account.CreateAsync("Entwürfe/2026", CancellationToken.None);
        await account.SetSubscribedAsync("Entwürfe/2026", subscribed: true, CancellationToken.None);
        await store.AppendAsync("Subject: x\r\n\r\n", "Entwürfe/2026", new MessageFlagSet(SystemFlags.Seen, ["$Label7", "$Other"]));
        Assert.Contains("* LIST (\\HasNoChildren) \"/\" Entw&APw-rfe/2026", await dovecot.CommandAsync("LIST \"\" *"));
        Assert.Contains(await dovecot.CommandAsync("LSUB \"\" *"), line => line.EndsWith(" Entw&APw-rfe/2026", StringComparison.Ordinal));

        await dovecot.CommandAsync("CREATE Box/&ZeVnLIqe-");
        await dovecot.CommandAsync("SUBSCRIBE Box/&ZeVnLIqe-");
        Assert.Equal(["Entwürfe/2026", "Box/日本語"], await account.ListSubscribedAsync(CancellationToken.None));
        Assert.Contains("Box/日本語", (await account.ListAsync(CancellationToken.None)).Where(info => info.Exists).Select(info => info.Name), StringComparer.Ordinal);

        await using (var drafts = await store.OpenAsync("Entwürfe/2026", readOnly: true))
            Assert.Equal(ByStore(drafts), await ByDovecotAsync(dovecot, "Entw&APw-rfe/2026"));

        // Made by turns, a mailbox never has a UIDVALIDITY again that it had.
        var validities = new HashSet<uint>();
        for (var i = 0; i < 3; i++)
        {
            await account.CreateAsync("Again", CancellationToken.None);
            Assert.True(validities.Add((await account.StatusAsync("Again", CancellationToken.None))!.UidValidity));
            await account.DeleteAsync("Again", CancellationToken.None);
            await dovecot.CommandAsync("CREATE Again");
            Assert.True(validities.Add((await ByDovecotAsync(dovecot, "Again")).UidValidity));
            Assert.Contains((await account.StatusAsync("Again", CancellationToken.None))!.UidValidity, validities);
            await dovecot.CommandAsync("UNSELECT");
            await dovecot.CommandAsync("DELETE Again");
        }

        Assert.Empty(dovecot.Complaints());
    }

    private static async Task StoreTurnAsync(StoreFixture store, IMailbox view, Random random)
    {
        switch (random.Next(4))
        {
            case 0:
                await store.DeliverAsync("Subject: delivered\r\n\r\nby the store\r\n");
                break;
            case 1:
                await store.AppendAsync("Subject: appended\r\n\r\nby the store\r\n", flags: new MessageFlagSet(SystemFlags.Seen, ["s" + random.Next(4)]));
                break;
            case 2 when view.Messages.Count > 1:
                await view.RemoveAsync([view.Messages[random.Next(view.Messages.Count)]], CancellationToken.None);
                break;
            default:
                await view.StoreFlagsAsync(view.Messages, random.Next(2) == 0 ? FlagChange.Add : FlagChange.Replace, new MessageFlagSet((SystemFlags)random.Next(32) & ~SystemFlags.Deleted, ["s" + random.Next(4)]), CancellationToken.None);
                break;
        }
    }

    private static async Task DovecotTurnAsync(DovecotOnStore dovecot, Random random)
    {
        await dovecot.CommandAsync("SELECT INBOX");
        switch (random.Next(4))
        {
            case 0:
                await dovecot.CommandAsync("APPEND INBOX (\\Flagged d0 s1) {28+}\r\nSubject: a\r\n\r\nby Dovecot\r\n\r\n");
                break;
            case 1:
                await dovecot.CommandAsync("APPEND INBOX {28+}\r\nSubject: a\r\n\r\nby Dovecot\r\n\r\n");
                break;
            case 2:
                await dovecot.CommandAsync("STORE 1 +FLAGS (\\Deleted)");
                await dovecot.CommandAsync("EXPUNGE");
                await dovecot.CommandAsync("APPEND INBOX {28+}\r\nSubject: a\r\n\r\nby Dovecot\r\n\r\n");
                break;
            default:
                await dovecot.CommandAsync($"STORE 1:* {(random.Next(2) == 0 ? "+" : "")}FLAGS (\\Answered d{random.Next(4)})");
                break;
        }
    }

    private static Seen ByStore(IMailbox mailbox) => new(
        mailbox.UidValidity,
        mailbox.UidNext,
        string.Join('\n', mailbox.Messages.Select(message => Line(message.Uid, message.Size, [.. Enum.GetValues<SystemFlags>().Where(flag => flag != SystemFlags.None && message.Flags.System.HasFlag(flag)).Select(flag => "\\" + flag), .. message.Flags.Keywords]))));

    private static async Task<Seen> ByDovecotAsync(DovecotOnStore dovecot, string mailbox)
    {
        var selected = string.Join('\n', await dovecot.CommandAsync("EXAMINE " + mailbox));
        var fetched = selected.Contains("* 0 EXISTS", StringComparison.Ordinal) ? [] : await dovecot.CommandAsync("FETCH 1:* (UID FLAGS RFC822.SIZE)");
        var messages = new List<string>();
        foreach (var line in fetched)
        {
            var match = FetchPattern().Match(line);
            if (match.Success)
            {
                messages.Add(Line(
                    uint.Parse(match.Groups["uid"].Value, CultureInfo.InvariantCulture),
                    long.Parse(match.Groups["size"].Value, CultureInfo.InvariantCulture),
                    match.Groups["flags"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(flag => flag != "\\Recent")));
            }
        }

        return new Seen(Number(selected, "UIDVALIDITY"), Number(selected, "UIDNEXT"), string.Join('\n', messages));
    }

    private static string Line(uint uid, long size, IEnumerable<string> flags) =>
        string.Create(CultureInfo.InvariantCulture, $"{uid} {size} {string.Join(' ', flags.Order(StringComparer.Ordinal))}");

    private static uint Number(string text, string name) =>
        uint.Parse(Regex.Match(text, $@"\[{name} (?<number>\d+)\]", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)).Groups["number"].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^\* \d+ FETCH \(UID (?<uid>\d+) FLAGS \((?<flags>[^)]*)\) RFC822\.SIZE (?<size>\d+)\)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FetchPattern();
}
