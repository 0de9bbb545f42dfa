using MailOps.Maildir;
using MailOps.Server.Imap.Fetch;

namespace MailOps.Server.Imap;

/// <summary>Tells the client what happened in the selected mailbox (RFC 3501 section 7), as far as it wants to hear of it (RFC 5465).</summary>
/// <param name="session">The session.</param>
internal sealed class SelectedChanges(ImapSession session)
{
    // Messages that came, and those among them that the client put there.
    private readonly SortedSet<uint> _new = [];
    private readonly HashSet<uint> _own = [];

    /// <summary>The mailbox is left.</summary>
    public void Clear()
    {
        _new.Clear();
        _own.Clear();
    }

    /// <summary>The client put messages into the mailbox: it knows what they are (RFC 5465 section 5.2).</summary>
    public void NoteOwn(IEnumerable<uint> uids) => _own.UnionWith(uids);

    /// <summary>Tells what others did, if the client wants to hear of it.</summary>
    /// <param name="expunges">False while sequence numbers must hold.</param>
    /// <param name="cancel">Ends the wait for the store.</param>
    /// <returns>False if the mailbox is lost, and the session with it: a client that was told of expunges would throw away what it has (RFC 2180 section 3.3).</returns>
    /// <exception cref="MailStoreException">The store cannot be asked. What the view took up is told.</exception>
    public async ValueTask<bool> TellAsync(bool expunges, CancellationToken cancel)
    {
        if (session.State != ImapStates.Selected || session.Notices.TellsSelected)
            return await TellAsync(expunges, session.Notices.TellsFlags, cancel);

        // The mailbox is as it was (RFC 5465 section 5): what the client does itself is told by its commands.
        await TellUpdatesAsync(cancel);
        return true;
    }

    /// <summary>Tells what happened, whatever the client wants to hear of otherwise.</summary>
    public ValueTask<bool> TellAllAsync(CancellationToken cancel) => TellAsync(expunges: true, tellsFlags: true, cancel);

    private async ValueTask<bool> TellAsync(bool expunges, bool tellsFlags, CancellationToken cancel)
    {
        if (session.State != ImapStates.Selected)
            return true;

        var (mailbox, replies) = (session.Selected, session.Replies);
        var changes = await mailbox.RefreshAsync(expunges, cancel);
        if (changes.IsLost)
            return false;
        session.TellRights();
        await session.Updates.TellExpungedAsync(changes);
        if (session.TellsVanished)
            await replies.VanishedAsync(VanishedUids.RangesOf(changes.ExpungedUids), earlier: false);
        foreach (var gone in session.TellsVanished ? [] : changes.Expunged)
        {
            replies.Expunge(gone);
            await replies.FlushIfLargeAsync();
        }

        if (changes.Appended > 0)
        {
            replies.Exists(mailbox.Messages.Count);
            if (!session.IsRev2)
                replies.Recent(mailbox.CountNews().Recent);
        }

        session.TellKeywords();
        foreach (var changed in tellsFlags ? changes.FlagsChanged : [])
        {
            session.TellFlags(changed, mailbox.Messages[changed - 1]);
            await replies.FlushIfLargeAsync();
        }

        foreach (var changed in tellsFlags && session.TellsModSeqs ? changes.ModSeqsChanged : [])
        {
            session.TellModSeq(changed, mailbox.Messages[changed - 1]);
            await replies.FlushIfLargeAsync();
        }

        // Last, since messages may have to be read for it, which may fail when all that the view took up is told.
        session.Updates.Note(changes);
        NoteNew(changes);
        await TellUpdatesAsync(cancel);
        return true;
    }

    private void NoteNew(MailboxChanges changes)
    {
        var view = session.Selected.Messages;
        for (var place = view.Count - changes.Appended; place < view.Count; place++)
        {
            if (!_own.Remove(view[place].Uid))
                _new.Add(view[place].Uid);
        }
    }

    // What FETCH responses told of mod-sequences is put right behind all of them.
    private async ValueTask TellUpdatesAsync(CancellationToken cancel)
    {
        if (session.State != ImapStates.Selected)
            return;
        try
        {
            await TellNewAsync(cancel);
        }
        finally
        {
            session.SettleHighestModSeq();
        }
    }

    // RFC 5465 section 7: one FETCH of each message, behind EXISTS and ahead of what it changes in searches.
    private async ValueTask TellNewAsync(CancellationToken cancel)
    {
        var results = await session.Updates.LookAsync(cancel);
        List<uint> uids = [.. _new];
        _new.Clear();
        try
        {
            foreach (var uid in uids)
                await TellNewAsync(uid, results.Aggregate(session.Notices.Attributes, (all, result) => result.Adds(uid) ? all.With(result.Update.Attributes) : all), cancel);
        }
        finally
        {
            await session.Updates.TellAsync(results);
        }
    }

    private async ValueTask TellNewAsync(uint uid, FetchAttributes attributes, CancellationToken cancel)
    {
        var place = SequenceSet.FirstAtOrAbove(session.Selected.Messages, uid);
        if (attributes.IsEmpty || place == session.Selected.Messages.Count || session.Selected.Messages[place].Uid != uid)
            return;
        var items = attributes.Items | FetchItems.Uid | (session.TellsModSeqs ? FetchItems.ModSeq : FetchItems.None);
        var responder = new FetchResponder(session, items, attributes.Sections);
        await using var records = new FetchRecords(session.Selected, responder, new MessageSelection(session.Selected.Messages, [new Places(place, place)]));
        await responder.RespondAsync(place, await records.NextAsync(cancel), tellFlags: false, cancel);
        await session.Replies.FlushIfLargeAsync();
    }
}
