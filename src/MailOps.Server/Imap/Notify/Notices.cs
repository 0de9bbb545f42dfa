using MailOps.Maildir;
using MailOps.Server.Imap.Fetch;

namespace MailOps.Server.Imap.Notify;

/// <summary>
/// What the client wants to be told, and when (NOTIFY, RFC 5465). Until it says so, and this is where a session begins, changes of the
/// selected mailbox are told with commands and in IDLE, and nothing of others.
/// </summary>
/// <param name="session">The session.</param>
internal sealed class Notices(ImapSession session) : IDisposable
{
    private bool _isSet;
    private EventGroup? _selected;
    private MailboxNotices? _others;

    /// <summary>True if there is something to tell while no command runs.</summary>
    public bool IsOn => TellsSelectedAtOnce || _others is not null;

    /// <summary>True if changes of the selected mailbox are told.</summary>
    public bool TellsSelected => !_isSet || _selected is not null;

    /// <summary>True if the flags that others change in the selected mailbox are told.</summary>
    public bool TellsFlags => !_isSet || _selected?.Events.HasFlag(NotifyEvents.FlagChange) == true;

    /// <summary>What is told of messages that come into the selected mailbox.</summary>
    public FetchAttributes Attributes => _selected?.Attributes ?? FetchAttributes.None;

    private bool TellsSelectedAtOnce => _isSet && _selected is not null && session.State == ImapStates.Selected;

    private bool IsDelayed => _selected?.Filter.Kind == MailboxFilterKind.SelectedDelayed;

    /// <summary>Takes the place of what was asked before.</summary>
    /// <param name="selected">What to tell of the selected mailbox; null for nothing.</param>
    /// <param name="others">What to tell of others; null for nothing.</param>
    public void Set(EventGroup? selected, MailboxNotices? others)
    {
        _others?.Dispose();
        (_isSet, _selected, _others) = (true, selected, others);
    }

    /// <summary>Back to where a session begins.</summary>
    public void Reset()
    {
        Set(null, null);
        _isSet = false;
    }

    /// <summary>The client put messages into a mailbox that is not selected.</summary>
    public void NoteOwn(string mailbox, IReadOnlyList<uint> uids) => _others?.NoteOwn(mailbox, uids);

    /// <summary>The client selected a mailbox.</summary>
    public void NoteSelected(string mailbox) => _others?.Forget(mailbox);

    /// <summary>The client leaves the mailbox that was selected.</summary>
    public void NoteLeft(IMailbox mailbox) => _others?.NoteLeft(mailbox);

    /// <summary>Ends when there may be something to tell.</summary>
    /// <param name="idles">True in IDLE.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task WaitAsync(bool idles, CancellationToken cancel)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var waits = new List<Task>(2);
        if (session.State == ImapStates.Selected && (_isSet ? TellsSelectedAtOnce : idles))
            waits.Add(idles || !IsDelayed ? session.Selected.WaitForChangeAsync(done.Token) : session.Selected.WaitForChangeButExpungesAsync(done.Token));
        if (_others is not null)
            waits.Add(_others.WaitAsync(done.Token));
        if (waits.Count == 0)
            waits.Add(Task.Delay(Timeout.Infinite, done.Token));
        try
        {
            await await Task.WhenAny(waits);
        }
        finally
        {
            await done.CancelAsync();
            foreach (var wait in waits)
                await wait.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Tells what there is to tell.</summary>
    /// <param name="idles">True in IDLE, where expunges may always be told.</param>
    /// <param name="cancel">Ends the wait for the store.</param>
    /// <returns>False if the selected mailbox is lost.</returns>
    /// <exception cref="MailStoreException">The store cannot be asked.</exception>
    public async ValueTask<bool> TellAsync(bool idles, CancellationToken cancel)
    {
        if ((_isSet ? TellsSelectedAtOnce : idles) && !await session.Changes.TellAsync(idles || !IsDelayed, cancel))
            return false;
        if (_others is null)
            return true;
        try
        {
            if (await _others.TellAsync(cancel))
                return true;
        }
        catch (MailStoreException)
        {
            SayOverflow();
            throw;
        }

        SayOverflow();
        return true;
    }

    public void Dispose() => _others?.Dispose();

    // RFC 5465 section 5.8: as if NOTIFY NONE had come.
    private void SayOverflow()
    {
        Set(null, null);
        session.Replies.Ok(ResponseCode.NotificationOverflow.Text, "Some of what happened is lost, and no more is told: ask what you need, and NOTIFY again");
    }
}
