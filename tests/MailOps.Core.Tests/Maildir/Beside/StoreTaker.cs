using System.Security.Cryptography;
using System.Text;
using MailOps.Maildir;
using Xunit;

namespace MailOps.Core.Tests.Maildir.Beside;

/// <summary>Our store, one instance for all turns, as a server has it.</summary>
internal sealed class StoreTaker(MaildirStore store) : ITurnTaker
{
    public string Name => "store";

    public async Task<AccountState> LookAsync()
    {
        var account = await AccountAsync();
        var folders = new Dictionary<string, FolderState>(StringComparer.Ordinal);
        foreach (var info in await account.ListAsync(CancellationToken.None))
        {
            if (!info.Exists)
                continue;
            await using var view = await account.OpenAsync(info.Name, readOnly: true, CancellationToken.None) ?? throw new InvalidOperationException($"{info.Name} is listed and not there.");
            folders[info.Name] = new FolderState(view.UidValidity, view.UidNext, view.Guid, await MessagesAsync(view));
        }

        return new AccountState(folders, await account.ListSubscribedAsync(CancellationToken.None));
    }

    public async Task DeliverAsync(string text)
    {
        await using var delivery = store.BeginDelivery();
        delivery.Write(Encoding.Latin1.GetBytes(text));
        await delivery.CommitAsync([new DeliveryTarget(StoreFixture.Account)], CancellationToken.None);
    }

    public async Task AppendAsync(string mailbox, string text, IReadOnlyList<string> flags, DateTimeOffset date)
    {
        var account = await AccountAsync();
        await using var delivery = store.BeginDelivery();
        delivery.Write(Encoding.Latin1.GetBytes(text));
        Assert.NotNull(await account.AppendAsync(mailbox, delivery, SetOf(flags), date, CancellationToken.None));
    }

    public async Task StoreAsync(string mailbox, IReadOnlyList<uint> uids, FlagChange change, IReadOnlyList<string> flags)
    {
        await using var view = await OpenAsync(mailbox);
        var stored = await view.StoreFlagsAsync(Chosen(view, uids), change, SetOf(flags), CancellationToken.None);
        Assert.Equal(uids.Count, stored.Stored.Count);
    }

    public async Task CopyAsync(string mailbox, IReadOnlyList<uint> uids, string target)
    {
        await using var view = await OpenAsync(mailbox);
        Assert.NotNull(await view.CopyAsync(Chosen(view, uids), target, CancellationToken.None));
    }

    public async Task MoveAsync(string mailbox, IReadOnlyList<uint> uids, string target)
    {
        await using var view = await OpenAsync(mailbox);
        Assert.NotNull(await view.MoveAsync(Chosen(view, uids), target, CancellationToken.None));
    }

    public async Task ExpungeAsync(string mailbox, IReadOnlyList<uint> uids)
    {
        await using var view = await OpenAsync(mailbox);
        await view.StoreFlagsAsync(Chosen(view, uids), FlagChange.Add, new MessageFlagSet(SystemFlags.Deleted), CancellationToken.None);
        await view.ExpungeAsync(Chosen(view, uids), CancellationToken.None);
    }

    public async Task CreateAsync(string mailbox) => Assert.Equal(MailboxOutcome.Done, await (await AccountAsync()).CreateAsync(mailbox, CancellationToken.None));

    public async Task RenameAsync(string mailbox, string target) => Assert.Equal(MailboxOutcome.Done, await (await AccountAsync()).RenameAsync(mailbox, target, CancellationToken.None));

    public async Task DeleteAsync(string mailbox) => Assert.Equal(MailboxOutcome.Done, await (await AccountAsync()).DeleteAsync(mailbox, CancellationToken.None));

    public async Task SubscribeAsync(string mailbox, bool subscribed) => await (await AccountAsync()).SetSubscribedAsync(mailbox, subscribed, CancellationToken.None);

    /// <summary>Flags and keywords in order.</summary>
    internal static string FlagsOf(MailboxMessage message) => string.Join(' ', Enum.GetValues<SystemFlags>()
        .Where(flag => flag != SystemFlags.None && message.Flags.System.HasFlag(flag))
        .Select(flag => "\\" + flag)
        .Concat(message.Flags.Keywords)
        .Order(StringComparer.Ordinal));

    internal static MessageFlagSet SetOf(IReadOnlyList<string> flags) => new(
        flags.Where(flag => flag[0] == '\\').Aggregate(SystemFlags.None, (set, flag) => set | Enum.Parse<SystemFlags>(flag[1..])),
        [.. flags.Where(flag => flag[0] != '\\')]);

    internal static string HashOf(string octets) => Convert.ToHexStringLower(SHA256.HashData(Encoding.Latin1.GetBytes(octets)).AsSpan(0, 8));

    internal static async Task<List<MessageState>> MessagesAsync(IMailbox view)
    {
        var messages = new List<MessageState>();
        foreach (var message in view.Messages)
        {
            await using var stream = await view.OpenMessageAsync(message, CancellationToken.None) ?? throw new InvalidOperationException($"UID {message.Uid} is listed and not there.");
            using var reader = new StreamReader(stream, Encoding.Latin1);
            messages.Add(new MessageState(message.Uid, FlagsOf(message), view.InternalDate(message)!.Value.ToUnixTimeSeconds(), message.Size, view.GuidOf(message), HashOf(await reader.ReadToEndAsync())));
        }

        return messages;
    }

    private ValueTask<IMailAccount> AccountAsync() => store.OpenAccountAsync(StoreFixture.Account, CancellationToken.None);

    private async Task<IMailbox> OpenAsync(string mailbox) =>
        await (await AccountAsync()).OpenAsync(mailbox, readOnly: false, CancellationToken.None) ?? throw new InvalidOperationException($"{mailbox} is not there.");

    private static List<MailboxMessage> Chosen(IMailbox view, IReadOnlyList<uint> uids) => [.. view.Messages.Where(message => uids.Contains(message.Uid))];
}
