namespace MailOps.Maildir;

/// <summary>What all sessions of an account share.</summary>
internal sealed class AccountState(string path)
{
    /// <summary>The account's directory, which is its INBOX.</summary>
    internal string Path { get; } = path;

    /// <summary>Held while mailboxes are made, deleted or renamed, and while subscriptions change.</summary>
    internal SemaphoreSlim Lock { get; } = new(1, 1);
}
