using MailOps.Server.Imap.Search;

namespace MailOps.Server.Imap.Commands;

/// <summary>SEARCH and UID SEARCH (RFC 3501 section 6.4.4).</summary>
internal sealed class SearchCommand(MessageNumbers numbers) : ImapCommand<SearchArguments>
{
    public override string Name => numbers == MessageNumbers.Uid ? "UID SEARCH" : "SEARCH";

    public override ImapStates States => ImapStates.Selected;

    public override bool MayExpunge => numbers == MessageNumbers.Uid;

    protected override bool TryParse(ref ImapReader reader, out SearchArguments arguments) => SearchArguments.TryParse(ref reader, out arguments);

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, SearchArguments arguments, CancellationToken cancel)
    {
        if (!arguments.IsCharsetKnown)
            return Completion.No(ResponseCode.BadCharset, "Texts are in US-ASCII or UTF-8 here");

        // Found first and told then: a fault on the way leaves no half line behind.
        var found = new List<uint>();
        await using (var message = new SearchedMessage(session.Selected))
        {
            for (var i = 0; i < session.Selected.Messages.Count; i++)
            {
                await message.MoveToAsync(i);
                if (await arguments.Key.MatchesAsync(message, cancel))
                    found.Add(numbers == MessageNumbers.Uid ? message.Message.Uid : (uint)message.SequenceNumber);
            }
        }

        session.Replies.Raw("* SEARCH"u8);
        foreach (var number in found)
        {
            session.Replies.Raw(" "u8);
            session.Replies.Number(number);
            await session.Replies.FlushIfLargeAsync();
        }

        session.Replies.EndLine();
        return Completion.Ok("Searched");
    }
}
