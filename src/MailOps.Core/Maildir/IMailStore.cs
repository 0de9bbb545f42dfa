namespace MailOps.Maildir;

/// <summary>The store's one face: protocols and cmdlets reach messages through it and never touch a path.</summary>
public interface IMailStore : IAsyncDisposable
{
    /// <summary>Opens the folders of an account, making its INBOX if it is missing.</summary>
    /// <param name="account">The account's canonical name, <c>local@domain</c>, already known to exist.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="MailStoreException">The folder cannot be read or made.</exception>
    ValueTask<IMailAccount> OpenAccountAsync(string account, CancellationToken cancel);

    /// <summary>
    /// Opens all that a user may see: his own mailboxes, those that others share with him, and public ones. What he does there obeys
    /// the rights of RFC 4314.
    /// </summary>
    /// <param name="user">The canonical name of his account, already known to exist.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="MailStoreException">The folder cannot be read or made.</exception>
    ValueTask<IMailAccount> OpenNamespacesAsync(string user, CancellationToken cancel) => OpenAccountAsync(user, cancel);

    /// <summary>Tells whether an account's quota has room for so many octets more. Makes nothing.</summary>
    /// <param name="account">The account's canonical name.</param>
    /// <param name="octets">Octets that are to come.</param>
    /// <param name="cancel">Ends the wait.</param>
    ValueTask<bool> HasRoomAsync(string account, long octets, CancellationToken cancel) => new(true);

    /// <summary>Starts taking one message in. Nothing is visible to anyone until it is committed.</summary>
    IDelivery BeginDelivery();
}
