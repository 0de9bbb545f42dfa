using MailOps.Maildir;
using MailOps.Server.Imap.Fetch;
using MailOps.Server.Imap.Sorting;

namespace MailOps.Server.Imap.Search;

/// <summary>The searches of the selected mailbox whose changes are told (RFC 5267 section 4.3). They end when it is left.</summary>
/// <param name="session">The session.</param>
internal sealed class SearchUpdates(ImapSession session)
{
    /// <summary>How many a session may have at once: as many as in Dovecot.</summary>
    public const int Most = 10;

    private readonly List<SearchUpdate> _all = [];

    // To be looked at again.
    private readonly SortedSet<uint> _changed = [];

    /// <summary>True if a search with this tag goes on.</summary>
    public bool Has(string tag) => _all.Exists(update => update.Tag == tag);

    /// <summary>Goes on with the search of the running command, or says why not (RFC 5267 section 4.3.1).</summary>
    /// <param name="numbers">Whether the client wants sequence numbers or UIDs.</param>
    /// <param name="search">What is searched for, and what is told of it.</param>
    /// <param name="context">What is the same for all messages.</param>
    /// <param name="program">The order; null for that of the mailbox.</param>
    /// <param name="found">Places in the view, in their order.</param>
    /// <param name="correlator">What names it; null for the tag alone.</param>
    public void Begin(MessageNumbers numbers, SearchArguments search, SearchContext context, IReadOnlyList<SortStep>? program, IReadOnlyList<int> found, SearchCorrelator? correlator = null)
    {
        var view = session.Selected.Messages;
        var key = search.Key;
        if (RefusalOf(key) is { } refusal)
        {
            session.Replies.No(ResponseCode.NoUpdate(session.Tag), refusal);
            return;
        }

        var update = new SearchUpdate(correlator ?? new SearchCorrelator(session.Tag), numbers, key, context.Keep(key, view), program) { Attributes = search.Return?.UpdateAttributes ?? FetchAttributes.None };
        update.Begin(view, found);
        _all.Add(update);
    }

    /// <summary>Ends searches: all that are named, or none if one of the tags names none.</summary>
    /// <returns>The tag that names none; null if all are ended.</returns>
    public string? Cancel(IReadOnlyList<string> tags)
    {
        foreach (var tag in tags)
        {
            if (!Has(tag))
                return tag;
        }

        _all.RemoveAll(update => tags.Contains(update.Tag, StringComparer.Ordinal));
        return null;
    }

    /// <summary>The mailbox is left.</summary>
    public void Clear()
    {
        _all.Clear();
        _changed.Clear();
    }

    /// <summary>This session changed messages, or saw with a command of its own that another did: they are looked at when that ends.</summary>
    public void Note(IReadOnlyList<MailboxMessage> messages)
    {
        if (_all.Count > 0)
            _changed.UnionWith(messages.Select(message => message.Uid));
    }

    /// <summary>Notes what was told of the mailbox, after the view took it up.</summary>
    public void Note(MailboxChanges changes)
    {
        if (_all.Count == 0)
            return;
        var view = session.Selected.Messages;
        _changed.ExceptWith(changes.ExpungedUids);
        foreach (var number in changes.FlagsChanged.Concat(changes.ModSeqsChanged))
            _changed.Add(view[number - 1].Uid);
        for (var place = view.Count - changes.Appended; place < view.Count; place++)
            _changed.Add(view[place].Uid);
    }

    /// <summary>Tells which results lose messages that are expunged, ahead of that: sequence numbers hold still (RFC 5267 section 4.3.4).</summary>
    public async ValueTask TellExpungedAsync(MailboxChanges changes)
    {
        if (_all.Count == 0 || changes.ExpungedUids.Count == 0)
            return;
        var numbers = new Dictionary<uint, uint>(changes.ExpungedUids.Count);
        for (var i = 0; i < changes.ExpungedUids.Count; i++)
            numbers[changes.ExpungedUids[i]] = (uint)(changes.Expunged[i] + i);
        foreach (var update in _all)
            await SearchUpdateReply.WriteAsync(session.Replies, update.Remove(changes.ExpungedUids), uid => numbers[uid]);
    }

    /// <summary>Looks how results changed, when what caused it was told.</summary>
    /// <exception cref="MailStoreException">A message cannot be read. It is looked at again the next time.</exception>
    public async ValueTask<IReadOnlyList<ResultChange>> LookAsync(CancellationToken cancel)
    {
        if (_all.Count == 0)
            return [];
        List<uint> changed = [.. _changed];
        var results = new List<ResultChange>(_all.Count);
        try
        {
            foreach (var update in _all)
                results.Add(await update.LookAsync(session.Selected, changed, cancel));
        }
        catch (MailStoreException)
        {
            // Those that have changed are told; they will not change again.
            await TellAsync(results);
            throw;
        }

        _changed.Clear();
        return results;
    }

    /// <summary>Tells how results changed.</summary>
    public async ValueTask TellAsync(IReadOnlyList<ResultChange> results)
    {
        foreach (var result in results)
            await SearchUpdateReply.WriteAsync(session.Replies, result, uid => (uint)SequenceSet.FirstAtOrAbove(session.Selected.Messages, uid) + 1);
    }

    private string? RefusalOf(SearchKey key)
    {
        if (_all.Count == Most)
            return FormattableString.Invariant($"{Most} searches are told of already: CANCELUPDATE ends one");
        // RFC 5032 section 2.3 leaves it to the server when it looks at the clock.
        return key.All.Any(part => part is WithinKey) ? "What OLDER and YOUNGER find changes without a change of the mailbox: ask again" : null;
    }
}
