using System.Text;
using MailOps.Maildir;

namespace MailOps.Core.Tests.Maildir.Beside;

/// <summary>Turns as the dice have them: who does what, and what must be there afterwards.</summary>
/// <param name="random">The dice.</param>
/// <param name="names">Mailboxes that may be made.</param>
/// <param name="canBeTarget">Which of them a mailbox may be renamed to.</param>
internal sealed class RandomTurn(Random random, IReadOnlyList<string> names, Func<string, bool> canBeTarget)
{
    private const int MostFolders = 5;
    private const int MostMessages = 8;

    private static readonly string[] Flags = ["\\Seen", "\\Answered", "\\Flagged", "\\Draft", "\\Deleted", "$Forwarded", "NonJunk", "$MDNSent", "$Label1", "a.b-c+d!", "kw0", "kw1", "kw2", "kw3", "kw4", "kw5", "KW6"];

    private int _texts;

    /// <summary>Does one change, in words for a failure, and what is expected of it.</summary>
    internal async Task<(string Words, ExpectedAccount Expected)> TakeAsync(ITurnTaker who, AccountState before)
    {
        var expected = new ExpectedAccount(before);
        var name = Any(before.Folders.Keys);
        var uids = SomeOf(before.Folders[name].Messages.Select(message => message.Uid));
        var full = before.Folders[name].Messages.Count >= MostMessages;
        var flags = SomeOf(Flags);
        switch (random.Next(full ? 6 : 0, 26))
        {
            case < 3:
                var delivered = NewText();
                expected.Add(MailboxName.Inbox, null, "", null);
                await who.DeliverAsync(delivered);
                return ($"{who.Name} delivers", expected);
            case < 6:
                var text = NewText();
                var date = DateTimeOffset.FromUnixTimeSeconds(random.NextInt64(1_000_000, 1_790_000_000));
                expected.Add(name, null, string.Join(' ', flags.Order(StringComparer.Ordinal)), date.ToUnixTimeSeconds());
                await who.AppendAsync(name, text, flags, date);
                return ($"{who.Name} appends {text.Length} octets to '{name}' with {string.Join(' ', flags)}", expected);
            case < 12 when uids.Count > 0:
                var change = Any([FlagChange.Add, FlagChange.Remove, FlagChange.Replace]);
                expected.Store(name, uids, change, flags);
                await who.StoreAsync(name, uids, change, flags);
                return ($"{who.Name} stores {change} {string.Join(' ', flags)} in '{name}' for {string.Join(',', uids)}", expected);
            case < 17 when uids.Count > 0:
                return await TransferAsync(who, before, expected, name, uids);
            case < 19 when uids.Count > 0:
                expected.Remove(name, uids);
                await who.ExpungeAsync(name, uids);
                return ($"{who.Name} expunges {string.Join(',', uids)} in '{name}'", expected);
            case < 21:
                var subscribed = random.Next(3) > 0;

                // Dovecot subscribes only what is there.
                var subscription = who is StoreTaker && random.Next(4) == 0 ? Any(names) : name;
                expected.Subscribe(subscription, subscribed);
                await who.SubscribeAsync(subscription, subscribed);
                return ($"{who.Name} {(subscribed ? "subscribes" : "unsubscribes")} '{subscription}'", expected);
            default:
                return await ChangeFoldersAsync(who, before, expected, name);
        }
    }

    private async Task<(string Words, ExpectedAccount Expected)> TransferAsync(ITurnTaker who, AccountState before, ExpectedAccount expected, string name, List<uint> uids)
    {
        var target = Any(before.Folders.Keys);
        var isMove = target != name && random.Next(2) == 0;
        foreach (var message in before.Folders[name].Messages.Where(message => uids.Contains(message.Uid)))
            expected.Add(target, message, message.Flags, message.Date);
        if (isMove)
            expected.Remove(name, uids);
        await (isMove ? who.MoveAsync(name, uids, target) : who.CopyAsync(name, uids, target));
        return ($"{who.Name} {(isMove ? "moves" : "copies")} {string.Join(',', uids)} of '{name}' to '{target}'", expected);
    }

    private async Task<(string Words, ExpectedAccount Expected)> ChangeFoldersAsync(ITurnTaker who, AccountState before, ExpectedAccount expected, string name)
    {
        var free = Any(names.Where(one => !before.Folders.ContainsKey(one) && !IsBelow(one, name) && !before.Folders.Keys.Any(other => IsBelow(other, one))));
        if (before.Folders.Count <= MostFolders && random.Next(2) == 0)
        {
            expected.Create(free);
            await who.CreateAsync(free);
            return ($"{who.Name} creates '{free}'", expected);
        }

        if (name == MailboxName.Inbox)
        {
            expected.Subscribe(name, subscribed: true);
            await who.SubscribeAsync(name, subscribed: true);
            return ($"{who.Name} subscribes '{name}'", expected);
        }

        if (before.Folders.Count > MostFolders || random.Next(2) == 0)
        {
            expected.Delete(name);
            await who.DeleteAsync(name);
            return ($"{who.Name} deletes '{name}'", expected);
        }

        if (!canBeTarget(free))
        {
            expected.Create(free);
            await who.CreateAsync(free);
            return ($"{who.Name} creates '{free}'", expected);
        }

        foreach (var one in before.Folders.Keys.Where(one => one == name || IsBelow(one, name)).ToList())
            expected.Rename(one, free + one[name.Length..]);
        await who.RenameAsync(name, free);
        return ($"{who.Name} renames '{name}' to '{free}'", expected);
    }

    private static bool IsBelow(string name, string parent) => name.StartsWith(parent + MailboxName.Separator, StringComparison.Ordinal);

    private string NewText()
    {
        var text = new StringBuilder($"From: a@example.org\r\nSubject: text {++_texts}\r\n\r\n");
        for (var line = random.Next(40); line > 0; line--)
        {
            for (var letter = random.Next(70); letter > 0; letter--)
                text.Append((char)random.Next(0x21, random.Next(8) == 0 ? 0x100 : 0x7F));
            text.Append(random.Next(10) == 0 ? "\n" : "\r\n");
        }

        return text.Append("end\r\n").ToString();
    }

    private T Any<T>(IEnumerable<T> all)
    {
        var list = all.ToList();
        return list[random.Next(list.Count)];
    }

    private List<T> SomeOf<T>(IEnumerable<T> all)
    {
        var list = all.ToList();
        return list.Count == 0 ? list : [.. list.Where(_ => random.Next(3) == 0).DefaultIfEmpty(list[0])];
    }
}
