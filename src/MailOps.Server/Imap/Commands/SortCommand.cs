using MailOps.Server.Imap.Search;
using MailOps.Server.Imap.Sorting;

namespace MailOps.Server.Imap.Commands;

/// <summary>SORT and UID SORT (RFC 5256 section 3), with RETURN and UPDATE (RFC 5267 sections 3 and 4) and MODSEQ (RFC 7162 section 3.1.6).</summary>
internal sealed class SortCommand(MessageNumbers numbers) : SearchingCommand<SortArguments>("SORT", numbers)
{
    public override Capability? Requires => Capability.Sort;

    protected override bool TryParse(ref ImapReader reader, out SortArguments arguments) => SortArguments.TryParse(ref reader, out arguments);

    protected override SearchArguments SearchOf(SortArguments arguments) => arguments.Search;

    protected override IReadOnlyList<SortStep>? ProgramOf(SortArguments arguments) => arguments.Program;

    protected override async ValueTask<IReadOnlyList<int>> AnswerAsync(ImapSession session, SortArguments arguments, IReadOnlyList<int> found, CancellationToken cancel)
    {
        var sorted = await new MessageSorter(session.Selected, arguments.Program).SortAsync(found, session.Progress, cancel);
        await new SearchReply(session, Numbers, arguments.Search).GiveAsync("SORT", sorted);
        return sorted;
    }
}
