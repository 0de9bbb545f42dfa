using MailOps.Maildir.Access;
using MailOps.Maildir.Names;

namespace MailOps.Maildir.Folders;

/// <summary>Changes of flags, and what the view is told of them.</summary>
internal sealed partial class MailboxView
{
    public async ValueTask<FlagStoreResult> StoreFlagsAsync(IReadOnlyList<MailboxMessage> messages, FlagChange change, MessageFlagSet flags, ulong unchangedSince, CancellationToken cancel)
    {
        ThrowIfReadOnly();
        var mask = FlagMask.Of(RequireRights(MailboxRights.None));
        var stored = new List<MailboxMessage>(messages.Count);
        var left = new List<MailboxMessage>();
        var overtaken = new HashSet<uint>();
        var before = (_messages, _seenVersion, HighestModSeq);
        Task durable;
        await _folder.Gate.WaitAsync(cancel);
        try
        {
            var isCurrent = _seenVersion == _folder.Version;
            var version = _folder.Version;
            Func<FolderEntry, bool>? hasChanged = unchangedSince == ulong.MaxValue ? null : entry => HasChanged(entry, change, flags, unchangedSince);
            var (done, modified) = await _folder.StoreFlagsAsync(EntriesOf(messages), change, flags, mask, hasChanged, cancel);
            var (isDone, isModified) = (new HashSet<FolderEntry>(done), new HashSet<FolderEntry>(modified));
            var places = new List<int>(messages.Count);
            var asked = _folder.LettersOf(flags);
            var isPartly = change != FlagChange.Remove && !_folder.KnowsAll(flags);
            foreach (var message in messages)
            {
                if (_messages.IndexOf(message.Uid) is not (>= 0 and var index))
                    continue;
                var entry = _messages.EntryAt(index);
                if (!isDone.Contains(entry) && !isModified.Contains(entry))
                    continue;
                places.Add(index);
                if (isDone.Contains(entry) && (isPartly || !_messages.IsAsExpected(index, change, asked, _folder.Keywords)))
                    overtaken.Add(entry.Uid);
            }

            _messages = _messages.Tell(places, _folder.Keywords);
            foreach (var place in places)
                (isDone.Contains(_messages.EntryAt(place)) ? stored : left).Add(_messages[place]);
            Keywords = _folder.Keywords.Names;

            // Nobody else changed anything: there is nothing to tell afterwards.
            if (isCurrent && _folder.IsChangedOnlyBy(version, isDone))
            {
                _seenVersion = _folder.Version;
                RaiseHighestModSeq();
            }

            durable = _folder.MakeDurable();
        }
        finally
        {
            _folder.Gate.Release();
        }

        try
        {
            await durable;
        }
        catch (MailStoreException)
        {
            await TakeBackAsync(before);
            throw;
        }

        return new FlagStoreResult(stored, left) { Overtaken = overtaken };
    }

    // What the caller does not hear of it will not tell: the next refresh does.
    private async ValueTask TakeBackAsync((MessageList Messages, long SeenVersion, ulong HighestModSeq) before)
    {
        await _folder.Gate.WaitAsync(CancellationToken.None);
        try
        {
            (_messages, _seenVersion, HighestModSeq) = before;
        }
        finally
        {
            _folder.Gate.Release();
        }
    }

    /// <summary>
    /// Whether UNCHANGEDSINCE keeps a message from being changed (RFC 7162 section 3.1.3). One number stands for all flags of a message, but where
    /// flags are added or removed, a change of other flags is no reason (section 3.1.12): of what the client knows at that number the view knows too.
    /// </summary>
    private bool HasChanged(FolderEntry entry, FlagChange change, MessageFlagSet flags, ulong unchangedSince)
    {
        var keywords = flags.Keywords.IsDefault ? [] : flags.Keywords;
        if (unchangedSince == 0)
        {
            // Example 7: a system flag is always there, a keyword when it is set.
            var set = _folder.Keywords.KeywordsOf(entry.Letters.Keywords);
            return change == FlagChange.Replace || flags.System != SystemFlags.None || keywords.Any(keyword => set.Contains(keyword, StringComparer.OrdinalIgnoreCase));
        }

        if (entry.ModSeq <= unchangedSince)
            return false;
        if (change == FlagChange.Replace || unchangedSince > HighestModSeq || _messages.IndexOf(entry.Uid) is not (>= 0 and var index))
            return true;
        var told = _messages[index];
        if (told.ModSeq > unchangedSince)
            return true;
        var now = _folder.Keywords.KeywordsOf(entry.Letters.Keywords);
        return ((told.Flags.System ^ entry.Letters.System) & flags.System) != SystemFlags.None
            || keywords.Any(keyword => told.Flags.Keywords.Contains(keyword, StringComparer.OrdinalIgnoreCase) != now.Contains(keyword, StringComparer.OrdinalIgnoreCase));
    }

    private (List<int> Flags, List<int> ModSeqs) TellFlags()
    {
        List<int> flags = [];
        List<int> modSeqs = [];
        var stale = new SortedSet<int>();
        var recent = _folder.ChangesSince(_seenVersion, out var isComplete);
        foreach (var entry in recent)
        {
            if (entry is not null && _messages.IndexOf(entry.Uid) is >= 0 and var index && _messages.EntryAt(index) == entry)
                Look(index);
        }

        for (var i = 0; !isComplete && i < _messages.Count; i++)
        {
            if (_messages.EntryAt(i).ChangedAt > _seenVersion)
                Look(i);
        }

        if (stale.Count == 0)
            return (flags, modSeqs);
        foreach (var index in stale)
            (_messages.IsFlagStale(index, _folder.Keywords) ? flags : modSeqs).Add(index + 1);

        _messages = _messages.Tell(stale, _folder.Keywords);
        return (flags, modSeqs);

        void Look(int index)
        {
            if (!_messages.EntryAt(index).IsGone && (_messages.IsModSeqStale(index) || _messages.IsFlagStale(index, _folder.Keywords)))
                stale.Add(index);
        }
    }
}
