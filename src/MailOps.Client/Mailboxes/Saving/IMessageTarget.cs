namespace MailOps.Client.Mailboxes.Saving;

/// <summary>A place where messages are saved. One at a time.</summary>
public interface IMessageTarget : IAsyncDisposable
{
    /// <summary>Begins a message, as far as nobody sees it yet.</summary>
    /// <param name="entry">Which.</param>
    /// <param name="cancel">Ends the wait.</param>
    ValueTask<IMessageInSaving> BeginAsync(Pop3Entry entry, CancellationToken cancel);
}
