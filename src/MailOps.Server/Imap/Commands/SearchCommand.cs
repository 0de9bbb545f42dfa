using MailOps.Server.Imap.Search;

namespace MailOps.Server.Imap.Commands;

/// <summary>SEARCH and UID SEARCH (RFC 3501 section 6.4.4), with RETURN (RFC 4731), SAVE (RFC 5182), PARTIAL (RFC 9394) and MODSEQ (RFC 7162 section 3.1.5).</summary>
internal sealed class SearchCommand(MessageNumbers numbers) : ImapCommand<SearchArguments>
{
    public override string Name => numbers == MessageNumbers.Uid ? "UID SEARCH" : "SEARCH";

    public override ImapStates States => ImapStates.Selected;

    public override bool MayExpunge => numbers == MessageNumbers.Uid;

    protected override bool TryParse(ref ImapReader reader, out SearchArguments arguments) => SearchArguments.TryParse(ref reader, out arguments);

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, SearchArguments arguments, CancellationToken cancel)
    {
        if (arguments.Key.AsksModSeq && !session.TryUseModSeqs())
            return Completion.Bad("This mailbox has no mod-sequences");
        var search = new SearchContext(session.Connection.Clock.GetUtcNow(), session.Saved);
        // RFC 5182 section 2.1: where a search that was to be saved fails, nothing is. Its keys may still ask for what was.
        if (arguments.Return is { Save: true })
            session.Saved = NumberRanges.None;
        if (!arguments.IsCharsetKnown)
            return Completion.No(ResponseCode.BadCharset, "Texts are in US-ASCII or UTF-8 here");

        // Found first and told then: a fault on the way leaves no half line behind.
        var found = await MessageSearch.FindAsync(session.Selected, search, arguments.Key, cancel);
        var reply = new SearchReply(session, numbers) { TellsModSeq = arguments.Key.AsksModSeq };
        if (arguments.Return is { } options)
            await reply.TellAsync(options, found);
        else
            await reply.ListAsync("SEARCH", found);
        return Completion.Ok("Searched") with { HoldsNumbers = arguments.Key.NamesNumbers };
    }
}
