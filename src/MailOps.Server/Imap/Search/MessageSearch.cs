using System.Runtime.CompilerServices;
using MailOps.Maildir;

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
        var (found, unread) = Look(mailbox, search, key, places);
        if (unread.Count == 0)
            return found;
        var matches = await new DividedSearch(mailbox, search, key, unread.ConvertAll(at => found[at])).RunAsync(progress, cancel);
        var (kept, next) = (0, 0);
        for (var at = 0; at < found.Count; at++)
        {
            if (next == unread.Count || unread[next] != at || matches[next++])
                found[kept++] = found[at];
        }

        found.RemoveRange(kept, found.Count - kept);
        return found;
    }

    // What matches and what may, and where among that the view does not tell. Compiled at its best at once: it runs for each message of a large folder.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (List<int> Found, List<int> Unread) Look(IMailbox mailbox, SearchContext search, SearchKey key, IEnumerable<int> places)
    {
        var (found, unread) = (new List<int>(), new List<int>());
        using var message = new SearchedMessage(mailbox, search);
        foreach (var place in places)
        {
            message.MoveTo(place);
            var matches = key.MatchesView(message);
            if (matches == false)
                continue;
            if (matches is null)
                unread.Add(found.Count);
            found.Add(place);
        }

        return (found, unread);
    }
}
