using MailOps.Maildir;
using MailOps.Maildir.Access;
using MailOps.Maildir.Watching;
using MailOps.Server.Connections;
using MailOps.Server.Imap.Lists;
using MailOps.Server.Imap.Metadata;

namespace MailOps.Server.Imap.Notify;

/// <summary>Tells of mailboxes that are not selected (RFC 5465 sections 5.1 to 5.7): what the store says happened in the account, as far as the client asked.</summary>
/// <param name="session">The session.</param>
/// <param name="rules">What the client asked.</param>
/// <param name="watch">What hears of it. It is this one's to dispose.</param>
internal sealed class MailboxNotices(ImapSession session, NotifyRules rules, IAccountWatch watch) : IDisposable
{
    /// <summary>Mailboxes whose STATUS NOTIFY tells at once, at the most.</summary>
    public const int MostStatuses = 10_000;

    private readonly Dictionary<string, KnownStatus> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<uint>> _own = new(StringComparer.Ordinal);

    // Mailboxes that the client left, as it knew them then.
    private readonly Dictionary<string, KnownStatus> _left = new(StringComparer.Ordinal);
    private HashSet<string> _subscribed = new(StringComparer.Ordinal);

    /// <summary>Ends when there may be something to tell.</summary>
    public Task WaitAsync(CancellationToken cancel) => _left.Count > 0 ? Task.CompletedTask : watch.WaitAsync(cancel);

    /// <summary>Learns what is there, and tells of mailboxes that the client may know of and not read (RFC 5465 section 3.1).</summary>
    /// <returns>The mailboxes whose messages are told of, but for the selected one.</returns>
    public async ValueTask<IReadOnlyList<string>> BeginAsync(CancellationToken cancel)
    {
        _subscribed = (await session.Account.ListSubscribedAsync(cancel)).ToHashSet(StringComparer.Ordinal);
        var (told, closed) = (new List<string>(), new List<string>());
        foreach (var mailbox in await session.Account.ListAsync(cancel))
        {
            if (!mailbox.Exists || IsSelected(mailbox.Name) || (EventsOf(mailbox.Name) & NotifyEvents.Messages) == NotifyEvents.None)
                continue;
            var rights = await session.Account.GetRightsAsync(mailbox.Name, cancel);
            (rights?.HasFlag(MailboxRights.Read) == false ? closed : told).Add(mailbox.Name);
        }

        var described = closed.Count == 0 ? null : await MailboxListing.DescribeAsync(session.Account, closed, cancel);
        foreach (var mailbox in closed)
            ListReply.Write(session.Replies, described![mailbox], hasNoAccess: true);
        return told;
    }

    /// <summary>Tells where mailboxes stand (RFC 5465 section 3.1).</summary>
    public async ValueTask TellStatusAsync(IReadOnlyList<string> mailboxes, CancellationToken cancel)
    {
        var statuses = new StatusSequence(session, mailboxes);
        foreach (var mailbox in mailboxes)
        {
            // The section asks for HIGHESTMODSEQ of a server that has it, whatever the client enabled.
            IReadOnlyList<string> items = EventsOf(mailbox).HasFlag(NotifyEvents.FlagChange)
                ? ["MESSAGES", "UIDNEXT", "UIDVALIDITY", "UNSEEN", "HIGHESTMODSEQ"]
                : session.IsEnabled(ImapExtensions.CondStore) ? ["MESSAGES", "UIDNEXT", "UIDVALIDITY", "HIGHESTMODSEQ"] : ["MESSAGES", "UIDNEXT", "UIDVALIDITY"];
            if (await statuses.NextAsync(cancel) is not { } status)
                continue;
            _known[mailbox] = KnownStatus.Of(status);
            new StatusItems(items).Write(session, mailbox, status);
            await session.Replies.FlushIfLargeAsync();
        }
    }

    /// <summary>The client put messages into a mailbox: it need not be told of them (RFC 5465 section 5).</summary>
    /// <param name="mailbox">The mailbox.</param>
    /// <param name="uids">Their UIDs, ascending.</param>
    public void NoteOwn(string mailbox, IReadOnlyList<uint> uids)
    {
        if (!_known.ContainsKey(mailbox))
            return;
        if (_own.TryGetValue(mailbox, out var own))
            own.AddRange(uids);
        else
            _own[mailbox] = [.. uids];
    }

    /// <summary>The client selected a mailbox, and hears of it in another way from now on.</summary>
    public void Forget(string mailbox)
    {
        _known.Remove(mailbox);
        _left.Remove(mailbox);
    }

    /// <summary>The client leaves the mailbox that was selected: what happened there and was not told yet is told of it from now on.</summary>
    public void NoteLeft(IMailbox mailbox)
    {
        if ((EventsOf(mailbox.Name) & NotifyEvents.Messages) != NotifyEvents.None)
            _left[mailbox.Name] = KnownStatus.Of(mailbox);
    }

    /// <summary>Tells what happened.</summary>
    /// <returns>False if more happened than is kept for a client that does not read: it is not known any more (RFC 5465 section 5.8).</returns>
    public async ValueTask<bool> TellAsync(CancellationToken cancel)
    {
        var news = watch.Take();
        if (news.IsOverflow)
            return false;
        var others = KnownAmong(news.Changes);
        if (news.Changes.Count > 0)
        {
            await TellNamesAsync(news.Changes, cancel);
            await TellMetadataAsync(news.Changes);
        }

        foreach (var mailbox in news.Touched.Union(_left.Keys, StringComparer.Ordinal).Union(others, StringComparer.Ordinal).ToList())
        {
            await TellMessagesAsync(mailbox, cancel);
            await session.Replies.FlushIfLargeAsync();
        }

        return true;
    }

    public void Dispose() => watch.Dispose();

    private bool IsSelected(string mailbox) => session.State == ImapStates.Selected && session.Selected.Name == mailbox;

    private NotifyEvents EventsOf(string mailbox) => rules.Of(mailbox, _subscribed);

    private async ValueTask TellMessagesAsync(string mailbox, CancellationToken cancel)
    {
        var events = EventsOf(mailbox);
        _own.Remove(mailbox, out var own);
        KnownStatus? left = _left.Remove(mailbox, out var seen) ? seen : null;
        if (IsSelected(mailbox) || (events & NotifyEvents.Messages) == NotifyEvents.None || await StatusSequence.AskAsync(session, mailbox, cancel) is not { } status)
            return;
        KnownStatus? known = _known.TryGetValue(mailbox, out var before) && before.UidValidity == status.UidValidity ? before : null;
        if (known is not null && own is not null)
            known = known.Value.With(own);
        var now = KnownStatus.Of(status);
        var hasModSeqs = session.IsEnabled(ImapExtensions.CondStore);
        if (left is not null && now.Differences(left, events, hasModSeqs).Count == 0)
            return;
        var items = now.Differences(known, events, hasModSeqs);
        _known[mailbox] = now;
        if (items.Count > 0)
            new StatusItems(items).Write(session, mailbox, status);
    }

    // Of these there may be another of the same name now (section 5.1: UIDVALIDITY).
    private List<string> KnownAmong(IReadOnlyList<AccountChange> changes) =>
        [.. changes.Where(change => change.Kind is AccountChangeKind.Created or AccountChangeKind.Deleted or AccountChangeKind.Renamed)
            .SelectMany(change => new[] { change.OldName, change.Mailbox }).OfType<string>().Where(_known.ContainsKey)];

    // RFC 5465 sections 5.4 and 5.5.
    private async ValueTask TellNamesAsync(IReadOnlyList<AccountChange> changes, CancellationToken cancel)
    {
        var before = _subscribed;
        if (changes.Any(change => change.Kind == AccountChangeKind.Subscription))
            _subscribed = (await session.Account.ListSubscribedAsync(cancel)).ToHashSet(StringComparer.Ordinal);
        var affected = new AffectedNames();
        foreach (var change in changes)
        {
            affected.Take(change, name => rules.Of(name, _subscribed) | rules.Of(name, before));
            if (change is { Kind: AccountChangeKind.Subscription, Mailbox: { } subscribed })
                _known.Remove(subscribed);
        }

        var names = affected.Names;
        if (names.Count == 0)
            return;
        var oldNames = names.Select(one => one.OldName).OfType<string>();
        var described = await MailboxListing.DescribeAsync(session.Account, names.Select(one => one.Name).Union(oldNames, StringComparer.Ordinal), cancel);
        foreach (var (name, oldName) in names)
        {
            ListReply.Write(session.Replies, described[name], oldName: oldName);
            await session.Replies.FlushIfLargeAsync();
        }

        // Until a mailbox is told to be gone, another of its name is told by its UIDVALIDITY.
        foreach (var (name, mailbox) in described)
        {
            if (!mailbox.Exists)
                _known.Remove(name);
        }

        // One that is told as a name of before is gone for the client; it may be there again by what the client did itself.
        foreach (var name in affected.OldNamesToldLast.Where(name => name != MailboxName.Inbox && described[name].Exists))
            ListReply.Write(session.Replies, described[name]);
    }

    // RFC 5465 sections 5.6 and 5.7.
    private async ValueTask TellMetadataAsync(IReadOnlyList<AccountChange> changes)
    {
        var entries = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var change in changes.Where(change => change.Kind == AccountChangeKind.Annotated && change.Entries.Count > 0))
        {
            var isAsked = change.Mailbox is null ? rules.Any.HasFlag(NotifyEvents.ServerMetadataChange) : EventsOf(change.Mailbox).HasFlag(NotifyEvents.MailboxMetadataChange);
            if (!isAsked)
                continue;
            var mailbox = change.Mailbox ?? "";
            entries[mailbox] = [.. (entries.GetValueOrDefault(mailbox) ?? []).Union(change.Entries, StringComparer.Ordinal)];
        }

        foreach (var (mailbox, names) in entries)
        {
            MetadataReply.WriteNames(session.Replies, mailbox, names);
            await session.Replies.FlushIfLargeAsync();
        }
    }
}
