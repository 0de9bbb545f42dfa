using MailOps.Maildir;
using MailOps.Messages;

namespace MailOps.Server.Imap.Search;

/// <summary>Finds the messages of the selected mailbox that a key matches: for SEARCH, SORT and THREAD.</summary>
internal static class MessageSearch
{
    /// <summary>Looks at every message, and reads no more of each than its answer needs.</summary>
    /// <param name="mailbox">The mailbox.</param>
    /// <param name="search">What is the same for all messages.</param>
    /// <param name="key">What to find.</param>
    /// <param name="progress">Tells the client how far the search is; null where none waits for it.</param>
    /// <param name="cancel">Ends the search.</param>
    /// <returns>The places in the view of what was found, ascending, counted from 0.</returns>
    public static ValueTask<List<int>> FindAsync(IMailbox mailbox, SearchContext search, SearchKey key, CommandProgress? progress, CancellationToken cancel) =>
        FindAsync(mailbox, search, key, Enumerable.Range(0, mailbox.Messages.Count), progress, cancel);

    /// <summary>Looks at some of the messages.</summary>
    /// <param name="mailbox">The mailbox.</param>
    /// <param name="search">What is the same for all messages.</param>
    /// <param name="key">What to find.</param>
    /// <param name="places">The places to look at, counted from 0.</param>
    /// <param name="progress">Tells the client how far the search is; null where none waits for it.</param>
    /// <param name="cancel">Ends the search.</param>
    /// <returns>Those of the places where something was found, in their order.</returns>
    public static async ValueTask<List<int>> FindAsync(IMailbox mailbox, SearchContext search, SearchKey key, IEnumerable<int> places, CommandProgress? progress, CancellationToken cancel)
    {
        var found = new List<int>();
        using var message = new SearchedMessage(mailbox, search);
        await using var digests = key.NeedsDigest ? new RecordSequence(mailbox, RecordKind.Digest, Undecided(mailbox, search, key, places)) : null;
        foreach (var i in places)
        {
            message.MoveTo(i);
            var matches = key.MatchesView(message);
            if (matches is null)
            {
                if (digests is not null)
                    message.Learn(await digests.NextAsync(cancel));
                matches = await key.MatchesAsync(message, cancel);
                if (progress is not null)
                    await progress.ReportAsync(i + 1, mailbox.Messages.Count);
            }

            if (matches.Value)
                found.Add(i);
        }

        return found;
    }

    // In the order in which they are looked at: so their digests are read in good time, and no others.
    private static IEnumerable<MailboxMessage> Undecided(IMailbox mailbox, SearchContext search, SearchKey key, IEnumerable<int> places)
    {
        using var message = new SearchedMessage(mailbox, search);
        foreach (var i in places)
        {
            message.MoveTo(i);
            if (key.MatchesView(message) is null)
                yield return message.Message;
        }
    }
}
