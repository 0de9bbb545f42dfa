using MailOps.Maildir;
using MailOps.Maildir.Names;

namespace MailOps.Client.Maildirs;

/// <summary>Where a store keeps the mail of its accounts.</summary>
public static class MaildirAccounts
{
    /// <summary>The Maildir of an account of a store, which may not be there yet.</summary>
    /// <param name="storePath">The store's directory.</param>
    /// <param name="account">The account's name, <c>local@domain</c>.</param>
    /// <exception cref="MailStoreException">No account can have the name.</exception>
    public static string PathOf(string storePath, string account) => AccountPath.TryToDirectory(account, out var directory)
        ? Path.Join(Path.GetFullPath(storePath), "mail", directory)
        : throw new MailStoreException(StoreFault.NoMaildir, $"There can be no account '{account}': a name is 'local@domain', without control characters.");
}
