using MailOps.Maildir;
using MailOps.Maildir.Access;
using MailOps.Server.Imap.Search;

namespace MailOps.Server.Imap.Commands;

/// <summary>
/// ESEARCH (RFC 7377): a search of several mailboxes, of which none is selected by it, and no message loses \Recent. One that is not there
/// or may not be read is passed over, as if it had no such message.
/// </summary>
internal sealed class MultiSearchCommand : ImapCommand<MultiSearchArguments>
{
    // Each is opened and read, one after the other.
    private const int MostMailboxes = 10_000;

    public override string Name => "ESEARCH";

    public override ImapStates States => ImapStates.LoggedIn;

    public override Capability? Requires => Capability.MultiSearch;

    protected override bool TryParse(ref ImapReader reader, out MultiSearchArguments arguments) => MultiSearchArguments.TryParse(ref reader, out arguments);

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, MultiSearchArguments arguments, CancellationToken cancel)
    {
        if (Problem(session, arguments) is { } problem)
            return problem;
        var search = arguments.Search with { Return = arguments.Search.Return ?? ReturnOptions.Everything };
        var saved = session.Saved;
        // RFC 5182 section 2.1: where a search that was to be saved fails, nothing is. Its keys may still ask for what was.
        if (search.Return is { Save: true })
            session.Saved = NumberRanges.None;
        if (!search.IsCharsetKnown)
            return Completion.No(ResponseCode.BadCharset, "Texts are in US-ASCII or UTF-8 here");
        if (search.Key.AsksModSeq)
            session.Enable(ImapExtensions.CondStore);

        var mailboxes = await SearchedMailboxes.FindAsync(session, arguments.Sources, cancel);
        if (mailboxes.Count > MostMailboxes)
            return Completion.No(ResponseCode.Limit, FormattableString.Invariant($"{MostMailboxes} mailboxes can be searched at once, and these are {mailboxes.Count}"));
        foreach (var name in mailboxes)
        {
            if (session.State == ImapStates.Selected && session.Selected.Name == name)
            {
                // RFC 4314 section 5.1.1, as for the commands that need a selected mailbox.
                if (!session.Selected.RefreshRights())
                    return session.SayLost();
                await SearchAsync(session, session.Selected, search, new SearchContext(session.Connection.Clock.GetUtcNow(), saved), cancel);
                continue;
            }

            if (await session.RefusalAsync(name, MailboxRights.Read, cancel) is not null)
                continue;

            // What was saved is of the selected mailbox.
            await using var mailbox = await session.Account.OpenAsync(name, readOnly: true, cancel);
            if (mailbox is not null)
                await SearchAsync(session, mailbox, search, new SearchContext(session.Connection.Clock.GetUtcNow(), NumberRanges.None), cancel);
        }

        if (search.Return is { Update: true } && !mailboxes.Contains(session.Selected.Name, StringComparer.Ordinal))
            session.Replies.No(ResponseCode.NoUpdate(session.Tag), "The selected mailbox alone can be told of, and it is none of those that were searched");
        return Completion.Ok("Done") with { HoldsNumbers = search.Key.NamesNumbers };
    }

    // RFC 7377 section 2.2, RFC 5267 section 4.3, RFC 9586 section 3.
    private static Completion? Problem(ImapSession session, MultiSearchArguments arguments)
    {
        var (options, charset, key) = arguments.Search;
        if (arguments.NamesSelected && session.State != ImapStates.Selected)
            return Completion.Bad("No mailbox is selected: name others with IN");
        if (options is { Save: true } && !arguments.NamesSelectedAlone)
            return Completion.Bad("What is found can be saved in the selected mailbox alone");
        if (options is { Update: true } && session.State != ImapStates.Selected)
            return Completion.Bad("The selected mailbox alone can be told of, and none is");
        if (options is { Update: true } && session.Updates.Has(session.Tag))
            return Completion.Bad("A search with this tag is told of already: each needs a tag of its own");
        if (key.NamesNumbers && session.IsUidOnly)
            return Completion.Bad(ResponseCode.UidRequired, "After ENABLE UIDONLY messages are named by UID: use the key UID");
        return charset is not null && session.IsEnabled(ImapExtensions.Utf8Accept) ? Completion.Bad("After ENABLE UTF8=ACCEPT a search names no charset") : null;
    }

    private static async ValueTask SearchAsync(ImapSession session, IMailbox mailbox, SearchArguments search, SearchContext context, CancellationToken cancel)
    {
        // Found first and told then: a fault on the way leaves no half line behind. Nothing is said of a mailbox without such messages (section 2.1).
        var found = await MessageSearch.FindAsync(mailbox, context, search.Key, session.Progress, cancel);
        var correlator = new SearchCorrelator(session.Tag, mailbox.Name, session.Connection.ShownUidValidity(mailbox.UidValidity));
        if (found.Count > 0)
            await new SearchReply(session, mailbox, MessageNumbers.Uid, search, correlator).GiveAsync("SEARCH", found);
        if (search.Return is { Update: true } && mailbox == session.Selected)
            session.Updates.Begin(MessageNumbers.Uid, search, context, program: null, found, correlator);
    }
}
