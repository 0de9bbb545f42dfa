namespace MailOps.Maildir.Watching;

/// <summary>
/// Hears of all that happens in an account, whichever session, delivery or program does it. What this process does is heard of at once, other
/// programs within the time that <see cref="MaildirStoreOptions.AccountWatchInterval"/> names. What was done to mailboxes through the
/// <see cref="IMailAccount"/> that gave the watch is not told; a change of messages is, whoever made it.
/// </summary>
public interface IAccountWatch : IDisposable
{
    /// <summary>Ends when there is something to take.</summary>
    Task WaitAsync(CancellationToken cancel);

    /// <summary>Takes what happened; it may be nothing.</summary>
    AccountNews Take();
}
