using MailOps.Server.Imap.Search;

namespace MailOps.Server.Imap.Commands;

/// <summary>
/// SEARCH and UID SEARCH (RFC 3501 section 6.4.4), with RETURN (RFC 4731), SAVE (RFC 5182), UPDATE (RFC 5267), PARTIAL (RFC 9394) and MODSEQ
/// (RFC 7162 section 3.1.5). To a client of IMAP4rev2 the answer is ESEARCH in any case (RFC 9051 section 6.4.4).
/// </summary>
internal sealed class SearchCommand(MessageNumbers numbers) : SearchingCommand<SearchArguments>("SEARCH", numbers)
{
    protected override bool TryParse(ref ImapReader reader, out SearchArguments arguments) => SearchArguments.TryParse(ref reader, out arguments);

    protected override SearchArguments SearchOf(SearchArguments arguments) => arguments;

    protected override async ValueTask<IReadOnlyList<int>> AnswerAsync(ImapSession session, SearchArguments arguments, IReadOnlyList<int> found, CancellationToken cancel)
    {
        if (session.IsRev2)
            arguments = arguments with { Return = arguments.Return ?? ReturnOptions.Everything };
        await new SearchReply(session, Numbers, arguments).GiveAsync("SEARCH", found);
        return found;
    }

    protected override bool IsLimited => true;

    // RFC 6855 section 3: texts are in UTF-8 then, and no charset says otherwise.
    protected override Completion? Refusal(ImapSession session, SearchArguments arguments) =>
        arguments.Charset is not null && session.IsEnabled(ImapExtensions.Utf8Accept) ? Completion.Bad("After ENABLE UTF8=ACCEPT a SEARCH names no charset") : null;
}
