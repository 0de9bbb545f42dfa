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
    private HashSet<string> _subscribed = new(StringComparer.Ordinal);

    /// <summary>Ends when there may be something to tell.</summary>
    public Task WaitAsync(CancellationToken cancel) => watch.WaitAsync(cancel);

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
    public void Forget(string mailbox) => _known.Remove(mailbox);

    /// <summary>Tells what happened.</summary>
    /// <returns>False if more happened than is kept for a client that does not read: it is not known any more (RFC 5465 section 5.8).</returns>
    public async ValueTask<bool> TellAsync(CancellationToken cancel)
    {
        var news = watch.Take();
        if (news.IsOverflow)
            return false;
        if (news.Changes.Count > 0)
        {
            await TellNamesAsync(news.Changes, cancel);
            await TellMetadataAsync(news.Changes);
        }

        foreach (var mailbox in news.Touched)
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
        if (IsSelected(mailbox) || (events & NotifyEvents.Messages) == NotifyEvents.None || await StatusSequence.AskAsync(session, mailbox, cancel) is not { } status)
            return;
        KnownStatus? known = _known.TryGetValue(mailbox, out var before) ? before : null;
        if (known is not null && own is not null)
            known = known.Value.With(own);
        var now = KnownStatus.Of(status);
        var items = now.Differences(known, events, session.IsEnabled(ImapExtensions.CondStore));
        _known[mailbox] = now;
        if (items.Count > 0)
            new StatusItems(items).Write(session, mailbox, status);
    }

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
            foreach (var stale in new[] { change.OldName, change.Kind == AccountChangeKind.Annotated ? null : change.Mailbox }.OfType<string>())
                _known.Remove(stale);
        }

        var names = affected.Names;
        if (names.Count == 0)
            return;
        var described = await MailboxListing.DescribeAsync(session.Account, names.Select(one => one.Name), cancel);
        foreach (var (name, oldName) in names)
        {
            ListReply.Write(session.Replies, described[name], oldName: oldName);
            await session.Replies.FlushIfLargeAsync();
        }
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
