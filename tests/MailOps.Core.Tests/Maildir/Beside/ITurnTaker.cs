using MailOps.Maildir;

namespace MailOps.Core.Tests.Maildir.Beside;

/// <summary>A program that changes an account, and tells what is in it.</summary>
internal interface ITurnTaker
{
    string Name { get; }

    Task<AccountState> LookAsync();

    Task DeliverAsync(string text);

    Task AppendAsync(string mailbox, string text, IReadOnlyList<string> flags, DateTimeOffset date);

    Task StoreAsync(string mailbox, IReadOnlyList<uint> uids, FlagChange change, IReadOnlyList<string> flags);

    Task CopyAsync(string mailbox, IReadOnlyList<uint> uids, string target);

    Task MoveAsync(string mailbox, IReadOnlyList<uint> uids, string target);

    Task ExpungeAsync(string mailbox, IReadOnlyList<uint> uids);

    Task CreateAsync(string mailbox);

    Task RenameAsync(string mailbox, string target);

    Task DeleteAsync(string mailbox);

    Task SubscribeAsync(string mailbox, bool subscribed);
}
