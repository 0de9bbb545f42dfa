using MailOps.Server.Imap.Search;
using MailOps.Server.Imap.Sorting;

namespace MailOps.Server.Imap.Commands;

/// <summary>SEARCH, and what makes something else of the messages that a search finds: SORT and THREAD.</summary>
/// <param name="name">The command's name, without UID.</param>
/// <param name="numbers">Whether it answers with sequence numbers or UIDs.</param>
internal abstract class SearchingCommand<TArguments>(string name, MessageNumbers numbers) : ImapCommand<TArguments>
{
    public sealed override string Name => Numbers == MessageNumbers.Uid ? "UID " + name : name;

    public sealed override ImapStates States => ImapStates.Selected;

    public sealed override bool UsesSequenceNumbers => Numbers == MessageNumbers.Sequence;

    public sealed override bool MayExpunge => Numbers == MessageNumbers.Uid;

    /// <summary>What it answers with.</summary>
    protected MessageNumbers Numbers { get; } = numbers;

    /// <summary>What it is to find.</summary>
    protected abstract SearchArguments SearchOf(TArguments arguments);

    /// <summary>Tells what was found: places in the view, ascending, counted from 0.</summary>
    /// <returns>The places in the order in which they were told, where a search of this kind can go on.</returns>
    protected abstract ValueTask<IReadOnlyList<int>> AnswerAsync(ImapSession session, TArguments arguments, IReadOnlyList<int> found, CancellationToken cancel);

    /// <summary>The order of what is found; null for that of the mailbox.</summary>
    protected virtual IReadOnlyList<SortStep>? ProgramOf(TArguments arguments) => null;

    /// <summary>Why this session may not search so; null if it may.</summary>
    protected virtual Completion? Refusal(ImapSession session, TArguments arguments) => null;

    /// <summary>True if it tells no more than the server takes at once (RFC 9738 section 3): the last of what was found.</summary>
    protected virtual bool IsLimited => false;

    protected sealed override async ValueTask<Completion> ExecuteAsync(ImapSession session, TArguments arguments, CancellationToken cancel)
    {
        var search = SearchOf(arguments);
        var (options, _, key) = search;
        if (key.NamesNumbers && session.IsUidOnly)
            return Completion.Bad(ResponseCode.UidRequired, "After ENABLE UIDONLY messages are named by UID: use the key UID");
        if (key.AsksModSeq && !session.TryUseModSeqs())
            return Completion.Bad("This mailbox has no mod-sequences");
        // RFC 5267 section 4.3: nobody could tell the two apart.
        if (options is { Update: true } && session.Updates.Has(session.Tag))
            return Completion.Bad("A search with this tag is told of already: each needs a tag of its own");
        if (Refusal(session, arguments) is { } refusal)
            return refusal;
        var context = new SearchContext(session.Connection.Clock.GetUtcNow(), session.Saved);
        // RFC 5182 section 2.1: where a search that was to be saved fails, nothing is. Its keys may still ask for what was.
        if (options is { Save: true })
            session.Saved = NumberRanges.None;
        if (!search.IsCharsetKnown)
            return Completion.No(ResponseCode.BadCharset, "Texts are in US-ASCII or UTF-8 here");

        // Found first and told then: a fault on the way leaves no half line behind.
        var found = await MessageSearch.FindAsync(session.Selected, context, key, session.Progress, cancel);
        var code = (ResponseCode?)null;
        if (IsLimited && options is not { Update: true } && session.Options.MaxMessagesPerCommand is > 0 and var limit && found.Count > limit)
        {
            found.RemoveRange(0, found.Count - limit);
            code = ResponseCode.MessageLimit(limit, session.Selected.Messages[found[0]].Uid);
        }

        var told = await AnswerAsync(session, arguments, found, cancel);
        if (options is { Update: true })
            session.Updates.Begin(Numbers, search, context, ProgramOf(arguments), told);
        return Completion.Ok("Done") with { Code = code, HoldsNumbers = key.NamesNumbers };
    }
}
