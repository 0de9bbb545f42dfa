using MailOps.Maildir;
using MailOps.Messages;
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
        var found = await FindAsync(session.Selected, arguments.Key, cancel);
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

    private async ValueTask<List<uint>> FindAsync(IMailbox mailbox, SearchKey key, CancellationToken cancel)
    {
        var found = new List<uint>();
        using var message = new SearchedMessage(mailbox);
        await using var digests = key.NeedsDigest ? new RecordSequence(mailbox, RecordKind.Digest, Undecided(mailbox, key)) : null;
        for (var i = 0; i < mailbox.Messages.Count; i++)
        {
            message.MoveTo(i);
            var matches = key.MatchesView(message);
            if (matches is null)
            {
                if (digests is not null)
                    message.Learn(await digests.NextAsync(cancel));
                matches = await key.MatchesAsync(message, cancel);
            }

            if (matches.Value)
                found.Add(numbers == MessageNumbers.Uid ? message.Message.Uid : (uint)message.SequenceNumber);
        }

        return found;
    }

    // In the order in which they are looked at: so their digests are read in good time, and no others.
    private static IEnumerable<MailboxMessage> Undecided(IMailbox mailbox, SearchKey key)
    {
        using var message = new SearchedMessage(mailbox);
        for (var i = 0; i < mailbox.Messages.Count; i++)
        {
            message.MoveTo(i);
            if (key.MatchesView(message) is null)
                yield return message.Message;
        }
    }
}
