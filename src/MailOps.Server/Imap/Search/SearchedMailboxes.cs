using MailOps.Maildir;
using MailOps.Server.Imap.Notify;

namespace MailOps.Server.Imap.Search;

/// <summary>Finds the mailboxes that a search of several names (RFC 7377 section 2.2), each once.</summary>
internal static class SearchedMailboxes
{
    /// <summary>The names, the selected mailbox first. Whether a mailbox that is named one by one is there, and may be read, who opens it finds out.</summary>
    /// <param name="session">The session.</param>
    /// <param name="sources">Where to search.</param>
    /// <param name="cancel">Ends the wait for the store.</param>
    public static async ValueTask<IReadOnlyList<string>> FindAsync(ImapSession session, IReadOnlyList<MailboxFilter> sources, CancellationToken cancel)
    {
        var (names, seen) = (new List<string>(), new HashSet<string>(StringComparer.Ordinal));
        if (sources.Count == 0 || sources.Any(source => source.IsSelected))
            Add(session.Selected.Name);
        var others = sources.Where(source => !source.IsSelected).ToList();
        foreach (var name in others.SelectMany(source => source.Names))
            Add(name);
        if (others.Any(source => source.Kind != MailboxFilterKind.Mailboxes))
        {
            var subscribed = (await session.Account.ListSubscribedAsync(cancel)).ToHashSet(StringComparer.Ordinal);
            foreach (var mailbox in await session.Account.ListAsync(cancel))
            {
                if (mailbox.Exists && others.Exists(source => source.Matches(mailbox.Name, session.Account, subscribed)))
                    Add(mailbox.Name);
            }
        }

        return names;

        void Add(string name)
        {
            if (seen.Add(name))
                names.Add(name);
        }
    }
}
